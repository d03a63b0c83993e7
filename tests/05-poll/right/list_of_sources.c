/*
 * Right: the sources are a doubly linked ring of nodes, from which poll's array is filled anew for every wait; a
 * round goes backwards around the ring, by recursion. poll_copy asks for nothing first: it reads until the buffer is
 * full or EAGAIN comes, writes until it is empty or EAGAIN comes, and only then waits for what was refused.
 */
#include "poll_merge.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct node {
    struct node *next, *before;
    size_t index;
    struct pollfd *entry;
    int fd;
};

struct merge {
    struct node ring; /* its own fd is not used */
    struct node *nodes;
    struct pollfd *fds;
    chunk_fn on_chunk;
    void *arg;
};

static struct timespec plus(struct timespec t, int ms)
{
    t.tv_sec += ms / 1000;
    t.tv_nsec += (ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_nsec -= 1000000000L;
        t.tv_sec++;
    }
    return t;
}

static int left_until(struct timespec end)
{
    struct timespec now;
    long long us;

    clock_gettime(CLOCK_MONOTONIC, &now);
    us = (end.tv_sec - now.tv_sec) * 1000000LL + (end.tv_nsec - now.tv_nsec) / 1000;
    return us <= 0 ? 0 : (int)((us + 999) / 1000);
}

int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct timespec end = {0, 0};
    struct pollfd *p = NULL;
    int count = 0;

    if (n > 0 && (p = calloc(n, sizeof(*p))) == NULL)
        return -1;
    if (p == NULL && timeout_ms < 0) {
        errno = EINVAL;
        return -1;
    }
    for (size_t i = n; i > 0; i--) {
        p[i - 1].fd = fds[i - 1];
        p[i - 1].events = POLLIN | POLLPRI;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    end = plus(end, timeout_ms < 0 ? 0 : timeout_ms);
    while (poll(p, n, timeout_ms < 0 ? timeout_ms : left_until(end)) == -1) {
        if (errno == EINTR)
            continue;
        free(p);
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (p[i].revents & POLLNVAL) {
            free(p);
            errno = EBADF;
            return -1;
        }
        ready[i] = p[i].revents ? true : false;
        count += p[i].revents ? 1 : 0;
    }
    free(p);
    return count;
}

static int wait_ring(struct merge *m)
{
    nfds_t n = 0;

    for (struct node *node = m->ring.next; node != &m->ring; node = node->next) {
        m->fds[n] = (struct pollfd){node->fd, POLLIN, 0};
        node->entry = &m->fds[n++];
    }
    while (poll(m->fds, n, -1) == -1)
        if (errno != EINTR)
            return -1;
    for (nfds_t i = 0; i < n; i++)
        if (m->fds[i].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
    return 0;
}

/* Serves this node and those before it; 0: go on. */
static int serve_backwards(struct merge *m, struct node *node)
{
    struct node *before = node->before;
    char bytes[64];
    ssize_t len;

    if (node == &m->ring)
        return 0;
    if (node->entry->revents == 0)
        return serve_backwards(m, before);
    len = read(node->fd, bytes, sizeof(bytes));
    if (len == 0) {
        node->before->next = node->next;
        node->next->before = node->before;
    } else if (len < 0 && errno != EAGAIN && errno != EINTR) {
        return -1;
    } else if (len > 0 && m->on_chunk(node->index, bytes, len, m->arg) != 0) {
        return 1;
    }
    return serve_backwards(m, before);
}

int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct merge m = {.on_chunk = on_chunk, .arg = arg};
    int result = 0;

    m.ring.next = m.ring.before = &m.ring;
    if (n == 0)
        return 0;
    m.nodes = calloc(n, sizeof(*m.nodes));
    m.fds = calloc(n, sizeof(*m.fds));
    if (m.nodes == NULL || m.fds == NULL) {
        result = -1;
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        struct node *node = &m.nodes[i];

        if (fds[i] < 0)
            continue;
        *node = (struct node){.next = &m.ring, .before = m.ring.before, .index = i, .fd = fds[i]};
        node->before->next = node;
        m.ring.before = node;
    }
    while (result == 0 && m.ring.next != &m.ring)
        if ((result = wait_ring(&m)) == 0)
            result = serve_backwards(&m, m.ring.before);
out:
    free(m.fds);
    free(m.nodes);
    return result;
}

ssize_t poll_copy(int in, int out)
{
    static const size_t size = 32768;
    struct pollfd p[2] = {{in, 0, 0}, {out, 0, 0}};
    char *buffer;
    size_t have = 0, gone = 0;
    ssize_t result = 0, k;
    bool end = false, refused = false;

    while ((k = poll(p, 2, 0)) == -1 && errno == EINTR)
        ;
    if (k == -1)
        return -1;
    if (in < 0 || out < 0 || ((p[0].revents | p[1].revents) & POLLNVAL)) {
        errno = EBADF;
        return -1;
    }
    buffer = malloc(size);
    if (buffer == NULL)
        return -1;
    while (result != -1) {
        while (!end && have < size && (k = read(in, buffer + have, size - have)) != -1) {
            have += k;
            end = k == 0;
        }
        if (!end && have < size && errno != EAGAIN && errno != EINTR)
            goto failed;
        refused = false;
        while (gone < have && !refused) {
            k = write(out, buffer + gone, have - gone);
            if (k > 0) {
                gone += k;
                result += k;
            } else if (errno == EAGAIN) {
                refused = true;
            } else if (errno != EINTR) {
                goto failed;
            }
        }
        if (gone == have)
            gone = have = 0;
        if (end && have == 0)
            break;
        p[0].fd = end || have == size ? -1 : in;
        p[0].events = POLLIN;
        p[1].events = refused ? POLLOUT : 0;
        if (poll(p, 2, -1) == -1) {
            if (errno != EINTR)
                goto failed;
        } else if (!refused && (p[1].revents & (POLLERR | POLLHUP))) {
            errno = EPIPE;
            goto failed;
        }
    }
    free(buffer);
    return result;
failed:
    free(buffer);
    return -1;
}

/*
 * Right: poll_ready waits in slices of at most one second. poll_merge makes each source non-blocking for the one read
 * and gives it its old flags back at once. poll_copy asks for more than it needs: POLLPRI and POLLRDHUP come without
 * harm, and it writes as soon as it has read, without asking whether it can, as the descriptor does not block.
 */
#define _GNU_SOURCE 1
#include "poll_merge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static bool invalid(const struct pollfd *p, size_t n)
{
    for (; n > 0; n--, p++)
        if (p->revents & POLLNVAL) {
            errno = EBADF;
            return true;
        }
    return false;
}

int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct pollfd *p = NULL;
    long long end = us() + timeout_ms * 1000LL, left = 0;
    int k;

    if (n == 0 && timeout_ms < 0) {
        errno = EINVAL;
        return -1;
    }
    if (n != 0) {
        p = calloc(n, sizeof(struct pollfd));
        if (p == NULL)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        p[i].fd = fds[i];
        p[i].events = POLLIN;
    }
    do {
        left = end - us();
        left = left > 1000000 ? 1000000 : left < 0 ? 0 : left;
        k = poll(p, n, timeout_ms < 0 ? -1 : (int)((left + 999) / 1000));
    } while ((k == -1 && errno == EINTR) || (k == 0 && timeout_ms >= 0 && us() < end));
    if (k > 0 && invalid(p, n))
        k = -1;
    for (size_t i = 0; k >= 0 && i < n; i++)
        ready[i] = p[i].revents & (POLLIN | POLLHUP | POLLERR);
    free(p);
    return k;
}

/* As read, but never blocks: -1 with EAGAIN instead. */
static ssize_t read_now(int fd, void *data, size_t len)
{
    int flags = fcntl(fd, F_GETFL), saved;
    ssize_t got;

    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        return -1;
    got = read(fd, data, len);
    saved = errno;
    if (fcntl(fd, F_SETFL, flags) == -1)
        return -1;
    errno = saved;
    return got;
}

int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct pollfd *p = malloc(n * sizeof(*p) + sizeof(*p));
    size_t open = 0;
    int result = 0;
    char data[8192];

    if (p == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        p[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
        if (fds[i] >= 0)
            open++;
    }
    while (open > 0 && result == 0) {
        if (poll(p, n, -1) == -1) {
            if (errno != EINTR)
                result = -1;
            continue;
        }
        if (invalid(p, n))
            result = -1;
        for (size_t i = 0; i < n && result == 0; i++) {
            ssize_t got = p[i].revents ? read_now(p[i].fd, data, sizeof(data)) : -2;

            if (got > 0 && on_chunk(i, data, got, arg))
                result = 1;
            if (got == 0) {
                p[i].fd = -1 - p[i].fd;
                p[i].revents = 0;
                open--;
            }
            if (got == -1 && errno != EAGAIN && errno != EINTR)
                result = -1;
        }
    }
    free(p);
    return result;
}

ssize_t poll_copy(int in, int out)
{
    char data[65536];
    size_t from = 0, to = 0;
    ssize_t done = 0;
    bool end = false;

    if (in < 0 || out < 0)
        return errno = EBADF, -1;
    do {
        struct pollfd p[2] = {{in, POLLIN | POLLPRI | POLLRDHUP, 0}, {out, POLLOUT, 0}};
        ssize_t k;

        if (from < to || end)
            p[0].fd = -1; /* first what is left */
        else
            p[1].events = 0;
        if (poll(p, 2, -1) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (invalid(p, 2))
            return -1;
        if (from == to && p[1].revents) {
            errno = EPIPE;
            return -1;
        }
        if (from == to) {
            k = read(in, data, sizeof(data));
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            end = k == 0;
            from = 0;
            to = k > 0 ? k : 0;
        }
        if (from < to) {
            k = write(out, data + from, to - from);
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            from += k > 0 ? k : 0;
            done += k > 0 ? k : 0;
        }
    } while (!end || from < to);
    return done;
}

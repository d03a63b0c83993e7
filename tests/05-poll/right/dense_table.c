/*
 * Right: a table without gaps beside one of indexes; those behind a source that has ended move up. Every read asks by
 * ioctl first how much there is. poll_copy is a machine of three states, each with a wait of its own, and moves what
 * is left to the front of its buffer after every write.
 */
#include "poll_merge.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* poll without interruptions and with EBADF; ms < 0: for ever. */
static int poll_on(struct pollfd *p, nfds_t n, double ms)
{
    double end = now() + ms;
    int k;

    for (;;) {
        double left = ms < 0 ? -1 : end - now();

        if (ms >= 0 && left < 0)
            left = 0;
        k = poll(p, n, left > 0 && left < 1 ? 1 : (int)left);
        if (k >= 0)
            break;
        if (errno != EINTR)
            return -1;
    }
    while (n-- > 0)
        if (p[n].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
    return k;
}

int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct pollfd *p;
    int k, sum = 0;

    if (n == 0) {
        if (timeout_ms >= 0)
            return poll_on(NULL, 0, timeout_ms);
        errno = EINVAL;
        return -1;
    }
    if (n > SIZE_MAX / sizeof(*p)) {
        errno = ENOMEM;
        return -1;
    }
    p = malloc(n * sizeof(*p));
    if (p == NULL)
        return -1;
    memset(p, 0, n * sizeof(*p));
    for (size_t i = 0; i < n; i++) {
        p[i].fd = fds[i];
        p[i].events = POLLIN | POLLRDNORM;
    }
    k = poll_on(p, n, timeout_ms);
    for (size_t i = 0; k >= 0 && i < n; i++)
        sum += ready[i] = p[i].revents != 0;
    free(p);
    return k < 0 ? -1 : sum;
}

/* As read, but of no more than is there; 64 bytes if that cannot be known. The buffer is the caller's to free. */
static ssize_t read_there(int fd, char **buffer, size_t *size)
{
    int there = 0;

    if (ioctl(fd, FIONREAD, &there) == -1 || there < 1)
        there = 64;
    if ((size_t)there > *size) {
        char *bigger = realloc(*buffer, there);

        if (bigger == NULL)
            return -1;
        *buffer = bigger;
        *size = there;
    }
    return read(fd, *buffer, there);
}

int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct pollfd *p = malloc(n * sizeof(*p) + 1);
    size_t *index = malloc(n * sizeof(*index) + 1), used = 0, size = 0;
    char *buffer = NULL;
    int result = -1;

    if (p == NULL || index == NULL)
        goto out;
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0) {
            p[used] = (struct pollfd){.fd = fds[i], .events = POLLIN};
            index[used++] = i;
        }
    while (used > 0) {
        if (poll_on(p, used, -1) == -1)
            goto out;
        for (size_t i = 0; i < used;) {
            ssize_t k;

            if (p[i].revents == 0 ||
                ((k = read_there(p[i].fd, &buffer, &size)) == -1 && (errno == EAGAIN || errno == EINTR))) {
                i++;
                continue;
            }
            if (k == -1)
                goto out;
            if (k > 0 && on_chunk(index[i], buffer, k, arg) != 0) {
                result = 1;
                goto out;
            }
            if (k == 0) {
                used--;
                memmove(&p[i], &p[i + 1], (used - i) * sizeof(*p));
                memmove(&index[i], &index[i + 1], (used - i) * sizeof(*index));
            } else {
                i++;
            }
        }
    }
    result = 0;
out:
    free(buffer);
    free(index);
    free(p);
    return result;
}

enum state { EMPTY, SOME, FULL };

ssize_t poll_copy(int in, int out)
{
    char data[1000];
    size_t have = 0;
    ssize_t total = 0;
    bool end = false;
    struct pollfd reader = {.fd = in, .events = POLLIN}, writer = {.fd = out};

    if (in < 0 || out < 0) {
        errno = EBADF;
        return -1;
    }
    for (;;) {
        enum state state = have == 0 ? EMPTY : have < sizeof(data) && !end ? SOME : FULL;
        struct pollfd pair[2] = {writer, reader};
        ssize_t k;

        switch (state) {
        case EMPTY:
            if (end)
                return total;
            if (poll_on(pair, 2, -1) == -1)
                return -1;
            if (pair[0].revents) {
                errno = EPIPE;
                return -1;
            }
            break;
        case SOME:
            pair[0].events = POLLOUT;
            if (poll_on(pair, 2, -1) == -1)
                return -1;
            break;
        case FULL:
            pair[0].events = POLLOUT;
            if (poll_on(pair, 1, -1) == -1)
                return -1;
            break;
        }
        if (pair[0].revents) {
            k = write(out, data, have);
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            if (k > 0) {
                have -= k;
                total += k;
                memmove(data, data + k, have);
            }
        }
        if (pair[1].revents && have < sizeof(data)) {
            k = read(in, data + have, sizeof(data) - have);
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            if (k == 0)
                end = true;
            if (k > 0)
                have += k;
        }
    }
}

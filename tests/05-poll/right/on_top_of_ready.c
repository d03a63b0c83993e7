/*
 * Right: poll_merge is written on top of poll_ready, with a copy of the array in which a source that has ended becomes
 * -1, and a check of the descriptors by fcntl at the beginning. poll_copy is alternately a reader that has nothing
 * and a writer that has something: it reads only into an empty buffer, and writes until it is empty again.
 */
#include "poll_merge.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct pollfd *p = malloc((n + 1) * sizeof(struct pollfd));
    long long start = milliseconds(), passed = 0;
    int result = 0;

    if (p == NULL)
        return -1;
    if (n == 0 && timeout_ms < 0) {
        free(p);
        errno = EINVAL;
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        p[i].fd = fds[i];
        p[i].events = POLLIN;
        p[i].revents = 0;
    }
    for (;;) {
        int left = timeout_ms < 0 ? -1 : passed >= timeout_ms ? 0 : (int)(timeout_ms - passed);

        result = poll(p, n, left);
        if (result != -1 || errno != EINTR)
            break;
        passed = milliseconds() - start;
    }
    if (result >= 0) {
        result = 0;
        for (size_t i = 0; i < n; i++) {
            ready[i] = p[i].revents != 0;
            result += ready[i];
        }
        for (size_t i = 0; i < n; i++)
            if (p[i].revents & POLLNVAL) {
                result = -1;
                errno = EBADF;
            }
    }
    free(p);
    return result;
}

static int merge_some(int *mine, size_t n, bool *ready, chunk_fn on_chunk, void *arg)
{
    char bytes[333];
    size_t rest = 0;

    for (size_t i = 0; i < n; i++)
        rest += mine[i] >= 0;
    while (rest > 0) {
        if (poll_ready(mine, n, ready, -1) == -1)
            return -1;
        for (size_t i = 0; i < n; i++) {
            ssize_t len = ready[i] ? read(mine[i], bytes, sizeof(bytes)) : -2;

            if (len == 0) {
                mine[i] = -1;
                rest--;
            }
            if (len > 0 && on_chunk(i, bytes, len, arg) != 0)
                return 1;
            if (len == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
        }
    }
    return 0;
}

int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    int *mine, result;
    bool *ready;

    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFD) == -1)
            return -1;
    if (n == 0)
        return 0;
    mine = malloc(n * sizeof(int));
    ready = malloc(n * sizeof(bool));
    if (mine == NULL || ready == NULL) {
        free(mine);
        free(ready);
        errno = ENOMEM;
        return -1;
    }
    memcpy(mine, fds, n * sizeof(int));
    result = merge_some(mine, n, ready, on_chunk, arg);
    free(mine);
    free(ready);
    return result;
}

/* 0: something came for `which`, or its reader has gone. */
static int wait_both(struct pollfd *pair)
{
    while (poll(pair, 2, -1) == -1)
        if (errno != EINTR)
            return -1;
    if ((pair[0].revents | pair[1].revents) & POLLNVAL) {
        errno = EBADF;
        return -1;
    }
    return 0;
}

ssize_t poll_copy(int in, int out)
{
    char bytes[4096];
    ssize_t total = 0;

    for (;;) {
        struct pollfd reading[2] = {{.fd = in, .events = POLLIN}, {.fd = out, .events = 0}};
        ssize_t have, gone = 0;

        if (in < 0 || out < 0) {
            errno = EBADF;
            return -1;
        }
        if (wait_both(reading) == -1)
            return -1;
        if (reading[1].revents & (POLLERR | POLLHUP)) {
            errno = EPIPE;
            return -1;
        }
        have = read(in, bytes, sizeof(bytes));
        if (have == 0)
            return total;
        if (have == -1 && errno != EAGAIN && errno != EINTR)
            return -1;
        while (gone < have) {
            struct pollfd writing[2] = {{.fd = -1, .events = 0}, {.fd = out, .events = POLLOUT}};
            ssize_t put;

            if (wait_both(writing) == -1)
                return -1;
            put = write(out, bytes + gone, have - gone);
            if (put == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            if (put > 0)
                gone += put;
        }
        if (have > 0)
            total += have;
    }
}

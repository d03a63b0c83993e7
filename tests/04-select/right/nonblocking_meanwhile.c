/*
 * Right: makes every source non-blocking for as long as the call lasts, so that no read can block even after a false
 * alarm of select, and gives each its old flags back on every way out. The flags belong to the open file, not to the
 * number: as two sources may be duplicates of each other, they go back in the opposite order.
 */
#include "select_merge.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int bad(const int *fds, size_t n)
{
    for (const int *fd = fds; fd != fds + n; fd++)
        if (*fd >= FD_SETSIZE || *fd < 0)
            return errno = EINVAL;
    return 0;
}

static void after_ms(struct timespec *t, int ms)
{
    clock_gettime(CLOCK_MONOTONIC, t);
    t->tv_sec += ms / 1000;
    t->tv_nsec += ms % 1000 * 1000000L;
    if (t->tv_nsec >= 1000000000L) {
        t->tv_nsec -= 1000000000L;
        t->tv_sec++;
    }
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct timespec end, now;
    fd_set set, errors;
    int max = -1, sum = 0;

    if (bad(fds, n))
        return -1;
    if (n == 0 && timeout_ms < 0) {
        errno = EINVAL;
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        if (max < fds[i])
            max = fds[i];
    if (timeout_ms > 0)
        after_ms(&end, timeout_ms);
again:
    FD_ZERO(&set);
    FD_ZERO(&errors);
    for (size_t i = 0; i < n; i++)
        FD_SET(fds[i], &set);
    struct timespec left = {0, 0};
    if (timeout_ms > 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        left.tv_sec = end.tv_sec - now.tv_sec;
        left.tv_nsec = end.tv_nsec - now.tv_nsec;
        if (left.tv_nsec < 0) {
            left.tv_nsec += 1000000000L;
            left.tv_sec--;
        }
        if (left.tv_sec < 0)
            left.tv_sec = left.tv_nsec = 0;
    }
    if (pselect(max + 1, &set, NULL, &errors, timeout_ms < 0 ? NULL : &left, NULL) < 0) {
        if (errno == EINTR)
            goto again;
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        sum += ready[i] = FD_ISSET(fds[i], &set);
    return sum;
}

static int loop_over(const int fds[], size_t n, fd_set *open, chunk_fn on_chunk, void *arg)
{
    unsigned char *block = malloc(PIPE_BUF);
    size_t done = 0;
    int result = -1;

    if (block == NULL)
        return -1;
    while (done < n) {
        fd_set set = *open;

        if (pselect(FD_SETSIZE, &set, NULL, NULL, NULL, NULL) < 0) {
            if (errno == EINTR)
                continue;
            goto out;
        }
        for (size_t i = 0; i < n; i++) {
            if (!FD_ISSET(fds[i], &set))
                continue;
            ssize_t got = read(fds[i], block, PIPE_BUF);
            if (got < 0) {
                if (errno != EAGAIN && errno != EINTR)
                    goto out;
            } else if (got == 0) {
                FD_CLR(fds[i], open);
                done++;
            } else if (on_chunk(i, block, got, arg)) {
                result = 1;
                goto out;
            }
        }
    }
    result = 0;
out:
    free(block);
    return result;
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    int *flags = NULL;
    size_t changed = 0;
    int result = -1, saved;
    fd_set open;

    if (bad(fds, n))
        return -1;
    if (n == 0)
        return 0;
    flags = malloc(n * sizeof(int));
    if (flags == NULL)
        return -1;
    FD_ZERO(&open);
    for (; changed < n; changed++) {
        FD_SET(fds[changed], &open);
        flags[changed] = fcntl(fds[changed], F_GETFL);
        if (flags[changed] == -1 || fcntl(fds[changed], F_SETFL, flags[changed] | O_NONBLOCK) == -1)
            goto undo;
    }
    result = loop_over(fds, n, &open, on_chunk, arg);
undo:
    saved = errno;
    while (changed-- > 0)
        if (fcntl(fds[changed], F_SETFL, flags[changed]) == -1)
            continue; /* nothing more can be done for this one */
    free(flags);
    errno = saved;
    return result;
}

/*
 * Right: the work on the sources of one round is a recursion from the last one to the first, the waiting after an
 * interruption is one too, and the two functions share a `struct watch`. On an expired deadline an interrupted wait
 * is not repeated: the time is over.
 */
#include "select_merge.h"

#include <errno.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

struct watch {
    const int *fds;
    fd_set wanted, found;
    int nfds;
    size_t unfinished;
    chunk_fn on_chunk;
    void *arg;
};

static bool prepare(struct watch *w, const int *fds, size_t n)
{
    if (n == 0) {
        FD_ZERO(&w->wanted);
        w->nfds = 0;
        w->fds = fds;
        w->unfinished = 0;
        return true;
    }
    if (fds[n - 1] < 0 || fds[n - 1] >= FD_SETSIZE || !prepare(w, fds, n - 1))
        return false;
    FD_SET(fds[n - 1], &w->wanted);
    w->nfds = w->nfds > fds[n - 1] ? w->nfds : fds[n - 1] + 1;
    w->unfinished++;
    return true;
}

static long microseconds_between(const struct timespec *from, const struct timespec *to)
{
    return (to->tv_sec - from->tv_sec) * 1000000L + (to->tv_nsec - from->tv_nsec) / 1000;
}

/* us: how much of the time is left, from now on. */
static int wait_for(struct watch *w, long us)
{
    struct timespec before, after;
    struct timeval tv = {us / 1000000, us % 1000000};

    w->found = w->wanted;
    clock_gettime(CLOCK_MONOTONIC, &before);
    int k = select(w->nfds, &w->found, NULL, NULL, &tv);
    if (k != -1 || errno != EINTR)
        return k;
    clock_gettime(CLOCK_MONOTONIC, &after);
    us -= microseconds_between(&before, &after);
    if (us <= 0) {
        FD_ZERO(&w->found);
        return 0;
    }
    return wait_for(w, us);
}

static int wait_for_ever(struct watch *w)
{
    int k;

    do
        w->found = w->wanted;
    while ((k = select(w->nfds, &w->found, NULL, NULL, NULL)) == -1 && errno == EINTR);
    return k;
}

static int mark(struct watch *w, size_t n, bool *ready)
{
    if (n == 0)
        return 0;
    ready[n - 1] = FD_ISSET(w->fds[n - 1], &w->found) ? true : false;
    return mark(w, n - 1, ready) + (ready[n - 1] ? 1 : 0);
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct watch w;

    if (!prepare(&w, fds, n) || (n == 0 && timeout_ms < 0)) {
        errno = EINVAL;
        return -1;
    }
    if ((timeout_ms < 0 ? wait_for_ever(&w) : wait_for(&w, timeout_ms * 1000L)) == -1)
        return -1;
    return mark(&w, n, ready);
}

/* Serves the first n sources, the last of them first. 0: go on. */
static int serve(struct watch *w, size_t n)
{
    if (n == 0)
        return 0;

    int fd = w->fds[n - 1];

    if (FD_ISSET(fd, &w->found)) {
        char bytes[100];
        ssize_t got = read(fd, bytes, sizeof(bytes));

        if (got == -1 && errno != EINTR && errno != EAGAIN)
            return -1;
        if (got > 0 && w->on_chunk(n - 1, bytes, got, w->arg) != 0)
            return 1;
        if (got == 0) {
            FD_CLR(fd, &w->wanted);
            w->unfinished--;
        }
    }
    return serve(w, n - 1);
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct watch w;
    int result = 0;

    if (!prepare(&w, fds, n)) {
        errno = EINVAL;
        return -1;
    }
    w.on_chunk = on_chunk;
    w.arg = arg;
    while (w.unfinished > 0 && result == 0)
        result = wait_for_ever(&w) == -1 ? -1 : serve(&w, n);
    return result;
}

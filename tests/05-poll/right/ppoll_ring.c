/*
 * Right: waits in ppoll until a deadline in nanoseconds. The table of sources grows as they are entered, and the last
 * one moves into the gap of one that has ended. poll_copy keeps its bytes in a ring, so that it has room again as soon
 * as something is written, and reads and writes around the end of the ring with readv and writev.
 */
#define _GNU_SOURCE 1
#include "poll_merge.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define RING 10000

struct table {
    struct pollfd *fds;
    size_t *index;
    size_t used, room;
};

static int enter(struct table *t, int fd, size_t index)
{
    if (t->used == t->room) {
        size_t more = t->room ? 2 * t->room : 4;
        struct pollfd *fds = reallocarray(t->fds, more, sizeof(*fds));
        size_t *numbers;

        if (fds == NULL)
            return -1;
        t->fds = fds;
        numbers = reallocarray(t->index, more, sizeof(*numbers));
        if (numbers == NULL)
            return -1;
        t->index = numbers;
        t->room = more;
    }
    t->fds[t->used].fd = fd;
    t->fds[t->used].events = POLLIN;
    t->index[t->used++] = index;
    return 0;
}

static void drop(struct table *t)
{
    int saved = errno;

    free(t->fds);
    free(t->index);
    errno = saved;
}

static int fill(struct table *t, const int fds[], size_t n, bool negative_too)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i] < 0 && !negative_too)
            continue;
        if (enter(t, fds[i], i) == -1) {
            drop(t);
            return -1;
        }
    }
    return 0;
}

/* end: when to give up; NULL: never. */
static int await_any(struct pollfd *fds, size_t n, const struct timespec *end)
{
    int k;

    do {
        struct timespec left, now;

        if (end != NULL) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            left.tv_sec = end->tv_sec - now.tv_sec;
            left.tv_nsec = end->tv_nsec - now.tv_nsec;
            if (left.tv_nsec < 0) {
                left.tv_nsec += 1000000000;
                left.tv_sec -= 1;
            }
            if (left.tv_sec < 0)
                left.tv_sec = left.tv_nsec = 0;
        }
        k = ppoll(fds, n, end ? &left : NULL, NULL);
    } while (k < 0 && errno == EINTR);
    for (size_t i = 0; k > 0 && i < n; i++)
        if (fds[i].revents & POLLNVAL)
            k = -1, errno = EBADF;
    return k;
}

int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct table t = {0};
    struct timespec end;
    int count;

    if (timeout_ms < 0 && n == 0) {
        errno = EINVAL;
        return -1;
    }
    if (fill(&t, fds, n, true) == -1)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (timeout_ms >= 0) {
        end.tv_sec += timeout_ms / 1000;
        end.tv_nsec += timeout_ms % 1000 * 1000000;
        end.tv_sec += end.tv_nsec / 1000000000;
        end.tv_nsec %= 1000000000;
    }
    count = await_any(t.fds, n, timeout_ms < 0 ? NULL : &end);
    if (count >= 0)
        for (size_t i = 0; i < n; i++)
            ready[i] = (t.fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    drop(&t);
    return count;
}

int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct table t = {0};
    char data[20000];
    int result = -1;

    if (fill(&t, fds, n, false) == -1)
        return -1;
    while (t.used > 0) {
        if (await_any(t.fds, t.used, NULL) == -1)
            goto out;
        for (size_t i = t.used; i-- > 0;) {
            ssize_t got;

            if (t.fds[i].revents == 0)
                continue;
            while ((got = read(t.fds[i].fd, data, sizeof(data))) == -1 && errno == EINTR)
                ;
            if (got > 0) {
                if (on_chunk(t.index[i], data, got, arg)) {
                    result = 1;
                    goto out;
                }
            } else if (got == 0) {
                t.used--;
                t.fds[i] = t.fds[t.used];
                t.index[i] = t.index[t.used];
            } else if (errno != EAGAIN) {
                goto out;
            }
        }
    }
    result = 0;
out:
    drop(&t);
    return result;
}

/* The part of the ring that begins at `from` and is `len` long, as one or two pieces. */
static int pieces(struct iovec v[2], char *ring, size_t from, size_t len)
{
    from %= RING;
    v[0].iov_base = ring + from;
    v[0].iov_len = len < RING - from ? len : RING - from;
    v[1].iov_base = ring;
    v[1].iov_len = len - v[0].iov_len;
    return v[1].iov_len > 0 ? 2 : 1;
}

ssize_t poll_copy(int in, int out)
{
    char ring[RING];
    size_t got = 0, put = 0; /* bytes ever read and written */
    bool ended = false;

    if (in < 0 || out < 0) {
        errno = EBADF;
        return -1;
    }
    while (!ended || got > put) {
        struct pollfd p[2] = {{out, got > put ? POLLOUT : 0, 0}, {in, POLLIN, 0}};
        struct iovec v[2];
        ssize_t k;

        if (await_any(p, !ended && got - put < RING ? 2 : 1, NULL) == -1)
            return -1;
        if ((p[0].revents & (POLLERR | POLLHUP)) && got == put) {
            errno = EPIPE;
            return -1;
        }
        if (p[0].revents != 0) {
            k = writev(out, v, pieces(v, ring, put, got - put));
            if (k > 0)
                put += k;
            if (k < 0 && errno != EAGAIN && errno != EINTR)
                return -1;
        }
        if (p[1].revents != 0) {
            k = readv(in, v, pieces(v, ring, got, RING - (got - put)));
            if (k > 0)
                got += k;
            if (k == 0)
                ended = true;
            if (k < 0 && errno != EAGAIN && errno != EINTR)
                return -1;
        }
    }
    return put;
}

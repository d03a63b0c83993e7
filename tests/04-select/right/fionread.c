/*
 * Right: asks each ready descriptor by ioctl how much is there and reads just that into a buffer that grows, with
 * readv. The sources are found through a table from number to index, and a round goes over the numbers from the
 * highest down, not over the array. What does not know FIONREAD is read with a small buffer.
 */
#include "select_merge.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct buffer {
    char *malloc_;
    size_t size;
};

static int reserve(struct buffer *b, size_t want)
{
    if (want <= b->size)
        return 0;

    char *more = realloc(b->malloc_, want);

    if (more == NULL)
        return -1;
    b->malloc_ = more;
    b->size = want;
    return 0;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    double start = seconds(), patience = timeout_ms / 1e3;
    fd_set mine;
    int yes = 0, top = 0;

    FD_ZERO(&mine);
    for (size_t i = 0; i < n; i++) {
        ready[i] = false;
        if ((unsigned)fds[i] >= FD_SETSIZE) {
            errno = EINVAL;
            return -1;
        }
        FD_SET(fds[i], &mine);
        top = fds[i] >= top ? fds[i] + 1 : top;
    }
    if (top == 0 && timeout_ms < 0) {
        errno = EINVAL;
        return -1;
    }
    while (true) {
        fd_set set = mine;
        struct timeval tv;
        double left = patience - (seconds() - start);

        if (left < 0)
            left = 0;
        tv.tv_sec = (time_t)left;
        tv.tv_usec = (suseconds_t)((left - (double)tv.tv_sec) * 1e6);
        if (select(top, &set, NULL, NULL, timeout_ms >= 0 ? &tv : NULL) != -1) {
            for (size_t i = 0; i < n; i++)
                if (FD_ISSET(fds[i], &set)) {
                    ready[i] = true;
                    ++yes;
                }
            return yes;
        }
        if (errno != EINTR)
            return -1;
    }
}

/* One read. 1: data in b, 0: end of file, -1: failed; *len tells how much. */
static int take(int fd, struct buffer *b, size_t *len)
{
    int there = 0;
    struct iovec part;
    ssize_t got;

    *len = 0;
    if (ioctl(fd, FIONREAD, &there) == -1 || there <= 0)
        there = 64; /* at the end of file, or not that kind of file */
    if (reserve(b, (size_t)there) == -1)
        return -1;
    part.iov_base = b->malloc_;
    part.iov_len = (size_t)there;
    got = readv(fd, &part, 1);
    if (got == -1)
        return errno == EAGAIN || errno == EINTR ? 1 : -1;
    *len = (size_t)got;
    return got > 0;
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    size_t index_of[FD_SETSIZE];
    struct buffer b = {NULL, 0};
    fd_set open, set;
    int top = 0, result = -1;
    size_t len;

    FD_ZERO(&open);
    for (size_t i = 0; i < n; i++) {
        if ((unsigned)fds[i] >= FD_SETSIZE) {
            errno = EINVAL;
            return -1;
        }
        FD_SET(fds[i], &open);
        index_of[fds[i]] = i;
        top = fds[i] >= top ? fds[i] + 1 : top;
    }
    for (;;) {
        while (top > 0 && !FD_ISSET(top - 1, &open))
            top--;
        if (top == 0) {
            result = 0;
            break;
        }
        set = open;
        if (select(top, &set, NULL, NULL, NULL) == -1) {
            if (errno == EINTR)
                continue;
            break;
        }
        for (int fd = top - 1; fd >= 0; fd--) {
            if (!FD_ISSET(fd, &set))
                continue;
            switch (take(fd, &b, &len)) {
            case -1:
                goto out;
            case 0:
                FD_CLR(fd, &open);
                break;
            default:
                if (len > 0 && on_chunk(index_of[fd], b.malloc_, len, arg) != 0) {
                    result = 1;
                    goto out;
                }
            }
        }
    }
out:
    free(b.malloc_);
    return result;
}

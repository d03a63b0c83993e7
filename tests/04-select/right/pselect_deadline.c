/*
 * Right: waits in pselect, whose time-out nobody overwrites, until a deadline in nanoseconds. The sources that are
 * not finished stand in an allocated list without gaps; the last one takes the place of one that has ended, so the
 * order in which sources are served changes on the way.
 */
#include "select_merge.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define BILLION 1000000000LL

struct open_source {
    int fd;
    size_t index;
};

static int64_t now_ns(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_BOOTTIME, &t) == -1)
        return 0;
    return t.tv_sec * BILLION + t.tv_nsec;
}

static int check(const int *fds, size_t n)
{
    while (n-- > 0) {
        if (fds[n] < 0 || fds[n] > FD_SETSIZE - 1) {
            errno = EINVAL;
            return -1;
        }
    }
    return 0;
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    int64_t end = 0;

    if (check(fds, n) == -1)
        return -1;
    if (timeout_ms >= 0)
        end = now_ns() + (int64_t)timeout_ms * 1000000;
    else if (n == 0)
        return errno = EINVAL, -1;

    for (;;) {
        struct timespec ts = {0, 0};
        fd_set r;
        int highest = -1;

        FD_ZERO(&r);
        for (size_t i = 0; i < n; i++) {
            FD_SET(fds[i], &r);
            highest = fds[i] > highest ? fds[i] : highest;
        }
        if (timeout_ms >= 0) {
            int64_t rest = end - now_ns();

            if (rest > 0) {
                ts.tv_sec = rest / BILLION;
                ts.tv_nsec = rest % BILLION;
            } /* else: one last look */
        }
        if (pselect(highest + 1, &r, NULL, NULL, timeout_ms >= 0 ? &ts : NULL, NULL) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }

        int marked = 0;

        for (size_t i = 0; i < n; i++)
            if ((ready[i] = FD_ISSET(fds[i], &r) != 0))
                marked++;
        return marked;
    }
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct open_source *list;
    size_t alive = n;
    int result = 0, saved;
    char data[65536];

    if (check(fds, n) == -1)
        return -1;
    if (n == 0)
        return 0;
    list = malloc(n * sizeof(*list));
    if (list == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        list[i] = (struct open_source){fds[i], i};

    while (alive > 0) {
        fd_set r;
        int nfds = 0;

        FD_ZERO(&r);
        for (size_t i = 0; i < alive; i++) {
            FD_SET(list[i].fd, &r);
            if (list[i].fd + 1 > nfds)
                nfds = list[i].fd + 1;
        }
        if (pselect(nfds, &r, NULL, NULL, NULL, NULL) == -1) {
            if (errno == EINTR)
                continue;
            result = -1;
            goto out;
        }
        /* From the end: the one that moves into a gap has been served already. */
        for (size_t i = alive; i-- > 0;) {
            ssize_t k;

            if (!FD_ISSET(list[i].fd, &r))
                continue;
            do
                k = read(list[i].fd, data, sizeof(data));
            while (k == -1 && errno == EINTR);
            if (k > 0 && on_chunk(list[i].index, data, (size_t)k, arg)) {
                result = 1;
                goto out;
            }
            if (k == 0)
                list[i] = list[--alive];
            if (k == -1 && errno != EAGAIN && errno != EWOULDBLOCK) {
                result = -1;
                goto out;
            }
        }
    }
out:
    saved = errno;
    free(list);
    errno = saved;
    return result;
}

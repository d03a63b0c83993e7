/*
 * Right: serves only one source after each wake-up, the next one in turn that is ready, through a buffer of seven
 * bytes. Slow, but no source is read twice in a round, and none waits for another: the turn goes round.
 */
#include "select_merge.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static bool valid(int fd)
{
    return 0 <= fd && fd < FD_SETSIZE;
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct timespec start, now;
    long long left = timeout_ms * 1000LL;
    fd_set set;

    for (size_t i = 0; i < n; i++) {
        if (!valid(fds[i])) {
            errno = EINVAL;
            return -1;
        }
        ready[i] = false;
    }
    if (n == 0 && timeout_ms < 0) {
        errno = EINVAL;
        return -1;
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        struct timeval tv = {.tv_sec = left / 1000000, .tv_usec = left % 1000000};
        int got = 0, hits = 0;

        FD_ZERO(&set);
        for (size_t i = 0; i < n; i++)
            FD_SET(fds[i], &set);
        got = select(FD_SETSIZE, &set, NULL, NULL, timeout_ms < 0 ? NULL : &tv); /* all of the set: allowed */
        for (size_t i = 0; got > 0 && i < n; i++)
            if (FD_ISSET(fds[i], &set)) {
                ready[i] = true;
                hits++;
            }
        if (got >= 0)
            return hits;
        if (errno != EINTR)
            return -1;
        clock_gettime(CLOCK_MONOTONIC, &now);
        left = timeout_ms * 1000LL - (now.tv_sec - start.tv_sec) * 1000000LL - (now.tv_nsec - start.tv_nsec) / 1000;
        if (timeout_ms >= 0 && left <= 0)
            return 0;
    }
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    bool *ended = NULL;
    size_t turn = 0, open = n;
    int status = -1;

    for (size_t i = 0; i < n; i++)
        if (!valid(fds[i])) {
            errno = EINVAL;
            return -1;
        }
    if (n > 0 && (ended = calloc(n, sizeof(bool))) == NULL)
        return -1;

    while (open > 0) {
        char seven[7];
        ssize_t len;
        fd_set set;

        FD_ZERO(&set);
        for (size_t i = 0; i < n; i++)
            if (!ended[i])
                FD_SET(fds[i], &set);
        if (select(FD_SETSIZE, &set, NULL, NULL, NULL) == -1) {
            if (errno != EINTR)
                goto out;
            continue;
        }
        while (ended[turn] || !FD_ISSET(fds[turn], &set))
            turn = (turn + 1) % n;
        len = read(fds[turn], seven, sizeof(seven));
        if (len == 0) {
            ended[turn] = true;
            open--;
        } else if (len < 0 && errno != EAGAIN && errno != EINTR) {
            goto out;
        } else if (len > 0 && on_chunk(turn, seven, len, arg) != 0) {
            status = 1;
            goto out;
        }
        turn = (turn + 1) % n;
    }
    status = 0;
out:
    free(ended); /* which leaves errno alone in glibc 2.33 and later */
    return status;
}

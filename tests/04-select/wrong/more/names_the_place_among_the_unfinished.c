/*
 * fails: merge_lets_no_source_wait_for_another fail "select_merge waited in select, but of the"
 * fails: merge_stops_watching_a_source_that_has_ended fail "select_merge, of source"
 *
 * What is wrong: tells on_chunk the place among the sources that are still watched: once one has ended, the numbers
 * of those behind it are wrong.
 */
#include "select_merge.h"

#include <errno.h>
#include <sys/select.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static int check(const int fds[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i] < 0 || fds[i] >= FD_SETSIZE) {
            errno = EINVAL;
            return -1;
        }
    }
    return 0;
}

static int fill(fd_set *set, const int fds[], size_t n)
{
    int nfds = 0;

    FD_ZERO(set);
    for (size_t i = 0; i < n; i++) {
        FD_SET(fds[i], set);
        if (fds[i] >= nfds)
            nfds = fds[i] + 1;
    }
    return nfds;
}

static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    if (check(fds, n) == -1)
        return -1;
    if (n == 0 && timeout_ms < 0) {
        errno = EINVAL;
        return -1;
    }

    long long deadline = now_us() + timeout_ms * 1000LL;
    fd_set set;
    int found;

    do {
        long long left = deadline - now_us();

        if (left < 0)
            left = 0;

        struct timeval tv = {.tv_sec = left / 1000000, .tv_usec = left % 1000000};
        int nfds = fill(&set, fds, n);

        found = select(nfds, &set, NULL, NULL, timeout_ms < 0 ? NULL : &tv);
    } while (found == -1 && errno == EINTR);
    if (found == -1)
        return -1;

    int count = 0;

    for (size_t i = 0; i < n; i++) {
        ready[i] = FD_ISSET(fds[i], &set);
        count += ready[i];
    }
    return count;
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    fd_set unfinished, ready;
    size_t left = n;
    char chunk[4096];

    if (check(fds, n) == -1)
        return -1;

    int nfds = fill(&unfinished, fds, n);

    while (left > 0) {
        ready = unfinished;
        if (select(nfds, &ready, NULL, NULL, NULL) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        size_t place = 0;
        fd_set before = unfinished;

        for (size_t i = 0; i < n; i++) {
            if (!FD_ISSET(fds[i], &before))
                continue;
            place++;
            if (!FD_ISSET(fds[i], &ready))
                continue;

            ssize_t got = read(fds[i], chunk, sizeof(chunk));

            if (got > 0) {
                if (on_chunk(place - 1, chunk, got, arg) != 0)
                    return 1;
            } else if (got == 0) {
                FD_CLR(fds[i], &unfinished);
                left--;
            } else if (errno != EAGAIN && errno != EINTR) {
                return -1;
            }
        }
    }
    return 0;
}

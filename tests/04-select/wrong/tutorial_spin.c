/*
 * fails: merge_lets_no_source_wait_for_another spin "calls in a row that found nothing to do, without a wait that could hav"
 * fails: merge_stops_watching_a_source_that_has_ended spin "calls in a row that found nothing to do, without a wait that could hav"
 * fails: merge_reads_a_source_at_most_once_a_wake_up fail "read a source a second time, without a wait in select between: who rea"
 * fails: merge_lets_no_flood_starve_the_others fail "times in a row, without a wait in select that would have told of the o"
 * fails: merge_goes_on_after_an_interrupted_wait spin "calls in a row that found nothing to do, without a wait that could hav"
 * fails: merge_goes_on_after_a_wake_up_for_nothing spin "calls in a row that found nothing to do, without a wait that could hav"
 * fails: merge_lets_no_blocked_signal_in spin "calls in a row that found nothing to do, without a wait that could hav"
 * fails: merge_passes_on_the_error_of_a_wait spin "calls in a row that found nothing to do, without a wait that could hav"
 *
 * What is wrong: the tutorial's other program makes its sources non-blocking and asks each in turn, again and again,
 * without a wait: it is always ready to read, and takes 100 % of a processor for it.
 */
#include "select_merge.h"

#include <errno.h>
#include <fcntl.h>
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

/* Switches O_NONBLOCK on or off for the sources; what they were is in flags[]. */
static void set_flags(const int fds[], const int flags[], size_t n, int more)
{
    for (size_t i = 0; i < n; i++)
        fcntl(fds[i], F_SETFL, flags[i] | more);
}

/* Asks each source that has not ended whether it has something, until all have ended. */
static int ask_in_turn(const int fds[], bool ended[], size_t n, chunk_fn on_chunk, void *arg)
{
    char chunk[4096];

    for (size_t left = n; left > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (ended[i])
                continue;

            ssize_t got = read(fds[i], chunk, sizeof(chunk));

            if (got > 0) {
                if (on_chunk(i, chunk, got, arg) != 0)
                    return 1;
            } else if (got == 0) {
                ended[i] = true;
                left--;
            } else if (errno != EAGAIN && errno != EINTR) {
                return -1;
            }
        }
    }
    return 0;
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    int flags[FD_SETSIZE];
    bool ended[FD_SETSIZE] = {false};

    if (check(fds, n) == -1)
        return -1;
    for (size_t i = 0; i < n; i++) {
        flags[i] = fcntl(fds[i], F_GETFL);
        if (flags[i] == -1)
            return -1;
    }
    set_flags(fds, flags, n, O_NONBLOCK);

    int result = ask_in_turn(fds, ended, n, on_chunk, arg);
    int saved = errno;

    set_flags(fds, flags, n, 0);
    errno = saved;
    return result;
}

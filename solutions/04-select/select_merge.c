/*
 * select_merge.c - reference solution of exercise 04: select.
 *
 * select(2) overwrites what it is given: the sets, and on Linux the time-out too. So both functions keep what they
 * want to know in variables of their own, and make select's arguments from them anew before every call:
 *
 *   select_ready   fds[] and a deadline   --every call-->  a set, and the time that is left
 *   select_merge   the set `unfinished`   --every call-->  a copy of it
 */
#include "select_merge.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/select.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_SIZE = 4096 };

/* What became of one source in one round. */
enum outcome { GOES_ON, FINISHED, STOPPED, FAILED };

/*
 * Checks that the descriptors can be watched: 0, or -1 with EINVAL or EBADF. FD_SET does not check anything: with a
 * number that does not fit it sets a bit behind the end of the set, in whatever variable lies there. And Linux answers
 * EBADF only for numbers within the process's table of descriptors, which grows as needed; a closed one beyond it is
 * skipped without a word, and its bit stays set as if it were ready (BUGS in select(2)). So we ask ourselves.
 */
static int check(const int fds[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i] < 0 || fds[i] >= FD_SETSIZE) {
            errno = EINVAL;
            return -1;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (fcntl(fds[i], F_GETFD) == -1)
            return -1;
    return 0;
}

/* Makes *set hold the n descriptors. Returns the first argument for select: the highest of them plus one. */
static int fill_set(fd_set *set, const int fds[], size_t n)
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

/* The time in microseconds on a clock that nobody sets: the time of day may jump while we wait. */
static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now); /* fails only for a clock that does not exist */
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* The time from now to the deadline; nothing if it is over, as select refuses negative times. */
static struct timeval time_until(long long deadline_us)
{
    long long left = deadline_us - now_us();

    if (left < 0)
        left = 0;
    return (struct timeval){.tv_sec = left / 1000000, .tv_usec = left % 1000000};
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    if (check(fds, n) == -1)
        return -1;
    if (n == 0 && timeout_ms < 0) { /* nothing could ever end this wait */
        errno = EINVAL;
        return -1;
    }

    long long deadline = now_us() + timeout_ms * 1000LL;
    fd_set set;
    int found;

    do {
        struct timeval left = time_until(deadline);
        int nfds = fill_set(&set, fds, n);

        found = select(nfds, &set, NULL, NULL, timeout_ms < 0 ? NULL : &left);
    } while (found == -1 && errno == EINTR);
    if (found == -1)
        return -1;

    /* select has counted bits of the set; we are asked for entries of the array, and two may be the same bit. */
    int count = 0;

    for (size_t i = 0; i < n; i++) {
        ready[i] = FD_ISSET(fds[i], &set);
        count += ready[i];
    }
    return count;
}

/*
 * Reads once from a source that select has called readable, and hands over what came. An interrupted read and an
 * EAGAIN (another process may have been faster) need no loop here: the source is still watched, so select will say
 * when it is worth another try.
 */
static enum outcome serve(int fd, size_t source, chunk_fn on_chunk, void *arg)
{
    unsigned char chunk[CHUNK_SIZE];
    ssize_t got = read(fd, chunk, sizeof(chunk));

    if (got == 0)
        return FINISHED;
    if (got == -1)
        return errno == EAGAIN || errno == EINTR ? GOES_ON : FAILED;
    return on_chunk(source, chunk, got, arg) == 0 ? GOES_ON : STOPPED;
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    if (check(fds, n) == -1)
        return -1;

    fd_set unfinished;
    int nfds = fill_set(&unfinished, fds, n);
    size_t left = n;

    while (left > 0) { /* not once more when all have ended: nothing would wake us then */
        fd_set ready = unfinished;

        if (select(nfds, &ready, NULL, NULL, NULL) == -1) {
            if (errno == EINTR)
                continue; /* and do not look at `ready`: it still holds every descriptor */
            return -1;
        }
        for (size_t i = 0; i < n; i++) {
            if (!FD_ISSET(fds[i], &ready))
                continue;
            switch (serve(fds[i], i, on_chunk, arg)) {
            case GOES_ON:
                break;
            case FINISHED:
                FD_CLR(fds[i], &unfinished); /* at its end it is readable for ever */
                left--;
                break;
            case STOPPED:
                return 1;
            case FAILED:
                return -1;
            }
        }
    }
    return 0;
}

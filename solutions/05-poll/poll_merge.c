/*
 * poll_merge.c - reference solution of exercise 05: poll.
 *
 * poll(2) keeps question and answer apart: `events` is what we ask for and stays as it is, `revents` is what came. So
 * one array of struct pollfd serves for the whole call. An entry whose fd is negative is skipped by poll; that is how
 * a source which has ended is taken out without moving the others, and how poll_copy keeps `in` out of a wait.
 *
 * Three things are answered without being asked for: POLLHUP (the other end is closed; there may still be data to
 * read), POLLERR (for the write end of a pipe: nobody reads), POLLNVAL (not open).
 */
#include "poll_merge.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_SIZE = 4096, COPY_SIZE = 64 * 1024 };

/* What became of one source in one round. */
enum outcome { GOES_ON, FINISHED, STOPPED, FAILED };

/* The time in microseconds on a clock that nobody sets: the time of day may jump while we wait. */
static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now); /* fails only for a clock that does not exist */
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* Whole milliseconds until the deadline, rounded up: rounded down, the last one would be spent with time-outs of 0. */
static int ms_until(int64_t deadline_us)
{
    int64_t left = deadline_us - now_us();

    return left > 0 ? (left + 999) / 1000 : 0;
}

/* An array of pollfd that asks for POLLIN on each descriptor; free it. NULL with errno ENOMEM. */
static struct pollfd *watch_all(const int fds[], size_t n)
{
    struct pollfd *watched = calloc(n > 0 ? n : 1, sizeof(*watched)); /* calloc(0) may return NULL and mean it well */

    for (size_t i = 0; watched != NULL && i < n; i++)
        watched[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    return watched;
}

/* As poll(2) with these arguments, but interruptions are no end, and -1 with EBADF if a descriptor is not open. */
static int wait_for(struct pollfd watched[], size_t n, int timeout_ms)
{
    int64_t deadline = now_us() + timeout_ms * INT64_C(1000);
    int found;

    do
        found = poll(watched, n, timeout_ms < 0 ? -1 : ms_until(deadline));
    while (found == -1 && errno == EINTR);

    for (size_t i = 0; found > 0 && i < n; i++) {
        if (watched[i].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
    }
    return found;
}

int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    if (n == 0 && timeout_ms < 0) { /* nothing could ever end this wait */
        errno = EINVAL;
        return -1;
    }

    struct pollfd *watched = watch_all(fds, n);

    if (watched == NULL)
        return -1;

    int found = wait_for(watched, n, timeout_ms);

    for (size_t i = 0; found != -1 && i < n; i++)
        ready[i] = watched[i].revents != 0; /* a hang-up and an error, too: a read will not wait */
    free(watched);
    return found; /* poll counts entries, as we are asked to */
}

/*
 * Reads once from a source that poll has called ready, and hands over what came. What exactly poll said does not
 * matter: after POLLHUP there may be data left, and the end of file comes only behind it; after POLLERR the read says
 * what is wrong. An interrupted read and an EAGAIN need no loop here: poll will say when it is worth another try.
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

/* Serves all sources that the last wait has found ready; one that has ended leaves the set. */
static enum outcome serve_ready(struct pollfd watched[], size_t n, size_t *unfinished, chunk_fn on_chunk, void *arg)
{
    for (size_t i = 0; i < n; i++) {
        if (watched[i].fd < 0 || watched[i].revents == 0)
            continue;

        enum outcome outcome = serve(watched[i].fd, i, on_chunk, arg);

        if (outcome == FINISHED) {
            watched[i].fd = -1;
            --*unfinished;
        } else if (outcome != GOES_ON) {
            return outcome;
        }
    }
    return GOES_ON;
}

int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct pollfd *watched = watch_all(fds, n);
    size_t unfinished = 0;
    enum outcome outcome = GOES_ON;

    if (watched == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            unfinished++;

    while (unfinished > 0 && outcome == GOES_ON) {
        if (wait_for(watched, n, -1) == -1)
            outcome = FAILED;
        else
            outcome = serve_ready(watched, n, &unfinished, on_chunk, arg);
    }

    int saved = errno;

    free(watched);
    errno = saved; /* older C libraries may change it in free */
    return outcome == GOES_ON ? 0 : outcome == STOPPED ? 1 : -1;
}

/* What poll_copy has read and not yet written: data[start..end). */
struct store {
    size_t start, end;
    unsigned char data[COPY_SIZE];
};

/* Reads once into the room behind what is there. Sets *ended at end of file. -1 with errno; EAGAIN is no error. */
static int take_in(int in, struct store *store, bool *ended)
{
    ssize_t got = read(in, store->data + store->end, COPY_SIZE - store->end);

    if (got == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (got == 0)
        *ended = true;
    store->end += got;
    return 0;
}

/* Writes once from what is there; when all is gone, all of the room is free again. As take_in. */
static int put_out(int out, struct store *store)
{
    ssize_t put = write(out, store->data + store->start, store->end - store->start);

    if (put == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    store->start += put;
    if (store->start == store->end)
        store->start = store->end = 0;
    return put;
}

ssize_t poll_copy(int in, int out)
{
    struct store store = {.start = 0, .end = 0};
    bool ended = false;
    ssize_t copied = 0;

    if (in < 0 || out < 0) { /* poll would skip them, and we would wait for ever */
        errno = EBADF;
        return -1;
    }
    while (!ended || store.start < store.end) {
        bool room = store.end < COPY_SIZE, something = store.start < store.end;
        /*
         * Without room `in` has to be out of the wait altogether: with `events` 0 a hang-up would still wake us. `out`
         * stays in even if there is nothing to write: that its reader has gone is told without being asked for.
         */
        struct pollfd ends[] = {{.fd = !ended && room ? in : -1, .events = POLLIN},
                                {.fd = out, .events = something ? POLLOUT : 0}};

        if (wait_for(ends, 2, -1) == -1)
            return -1;
        if (!something && ends[1].revents != 0) { /* nobody reads, and there is no write that would say so */
            errno = EPIPE;
            return -1;
        }
        if (ends[1].revents != 0) {
            int put = put_out(out, &store);

            if (put == -1)
                return -1;
            copied += put;
        }
        if (ends[0].revents != 0 && take_in(in, &store, &ended) == -1)
            return -1;
    }
    return copied;
}

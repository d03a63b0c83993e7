/*
 * fails: ready_goes_on_with_the_remaining_time_after_an_interruption fail "poll_ready, with a time-out of"
 * fails: ready_ends_in_time_under_a_storm_of_signals fail "poll_ready, with a time-out of"
 * fails: ready_ends_when_a_signal_comes_after_the_time fail "poll_ready, with a time-out of"
 *
 * What is wrong: gives poll the whole time-out again after an interruption.
 */
#include "poll_merge.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static struct pollfd *watch(const int fds[], size_t n)
{
    struct pollfd *p = calloc(n + 1, sizeof(*p));

    for (size_t i = 0; p != NULL && i < n; i++) {
        p[i].fd = fds[i];
        p[i].events = POLLIN;
    }
    return p;
}

static int all_open(const struct pollfd *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i].revents & POLLNVAL) {
            errno = EBADF;
            return 0;
        }
    }
    return 1;
}

int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    if (n == 0 && timeout_ms < 0) {
        errno = EINVAL;
        return -1;
    }

    struct pollfd *p = watch(fds, n);

    if (p == NULL)
        return -1;

    int found;

    do {
        found = poll(p, n, timeout_ms);
    } while (found == -1 && errno == EINTR);

    if (found == -1 || !all_open(p, n)) {
        free(p);
        return -1;
    }

    int count = 0;

    for (size_t i = 0; i < n; i++) {
        ready[i] = p[i].revents != 0;
        count += ready[i];
    }
    free(p);
    return count;
}

int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct pollfd *p = watch(fds, n);
    size_t left = 0;
    char chunk[4096];
    int result = -1;

    if (p == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            left++;

    while (left > 0) {
        if (poll(p, n, -1) == -1) {
            if (errno == EINTR)
                continue;
            goto out;
        }
        if (!all_open(p, n))
            goto out;
        for (size_t i = 0; i < n; i++) {
            if (p[i].revents == 0)
                continue;

            ssize_t got = read(p[i].fd, chunk, sizeof(chunk));

            if (got > 0) {
                if (on_chunk(i, chunk, got, arg) != 0) {
                    result = 1;
                    goto out;
                }
            } else if (got == 0) {
                p[i].fd = -1;
                left--;
            } else if (errno != EAGAIN && errno != EINTR) {
                goto out;
            }
        }
    }
    result = 0;
out:
    free(p);
    return result;
}

ssize_t poll_copy(int in, int out)
{
    char data[16384];
    size_t start = 0, end = 0;
    ssize_t copied = 0;
    bool ended = false;

    if (in < 0 || out < 0) {
        errno = EBADF;
        return -1;
    }
    while (!ended || start < end) {
        bool room = !ended && end < sizeof(data), some = start < end;
        struct pollfd p[2] = {{.fd = room ? in : -1, .events = POLLIN}, {.fd = out, .events = some ? POLLOUT : 0}};

        if (poll(p, 2, -1) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (!all_open(p, 2))
            return -1;
        if (!some && p[1].revents != 0) {
            errno = EPIPE;
            return -1;
        }
        if (p[1].revents != 0) {
            ssize_t put = write(out, data + start, end - start);

            if (put == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            if (put > 0) {
                start += put;
                copied += put;
            }
            if (start == end)
                start = end = 0;
        }
        if (p[0].revents != 0) {
            ssize_t got = read(in, data + end, sizeof(data) - end);

            if (got == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            if (got > 0)
                end += got;
            if (got == 0)
                ended = true;
        }
    }
    return copied;
}

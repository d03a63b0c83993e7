/*
 * Right: up to 32 sources stand in a table on the stack, more in an allocated one. After each wake-up only one source
 * is served, the next in turn, through seven bytes; poll_copy holds at most eleven. Names that others may have too.
 */
#include "poll_merge.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int count(const struct pollfd *buffer, size_t n);
int main_loop(struct pollfd *buffer, size_t n, chunk_fn on_chunk, void *arg);
int test(struct pollfd *buffer, size_t n, int helper);
void *malloc_(size_t size, void *small, size_t room);

enum { SMALL = 32 };

void *malloc_(size_t size, void *small, size_t room)
{
    return size <= room ? small : malloc(size);
}

int count(const struct pollfd *buffer, size_t n)
{
    int fail = 0;

    for (size_t i = 0; i < n; i++)
        fail += buffer[i].fd >= 0;
    return fail;
}

/* One poll: -1 for an error, other than an interruption, which is 0. */
int test(struct pollfd *buffer, size_t n, int helper)
{
    int read_all_ = poll(buffer, n, helper);

    if (read_all_ == -1)
        return errno == EINTR ? 0 : -1;
    for (size_t i = 0; i < n; i++)
        if (buffer[i].revents == POLLNVAL) {
            errno = EBADF;
            return -1;
        }
    return read_all_;
}

int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct pollfd small[SMALL], *p;
    struct timespec begin, now;
    long long us = 0;
    int hits = 0;

    if (n == 0 && timeout_ms < 0) {
        errno = EINVAL;
        return -1;
    }
    p = malloc_(n * sizeof(*p), small, sizeof(small));
    if (p == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        long long rest = timeout_ms * 1000LL - us;

        for (size_t i = 0; i < n; i++)
            p[i].revents = 0;
        hits = test(p, n, timeout_ms < 0 ? -1 : (int)((rest + 999) / 1000));
        clock_gettime(CLOCK_MONOTONIC, &now);
        us = (now.tv_sec - begin.tv_sec) * 1000000LL + (now.tv_nsec - begin.tv_nsec) / 1000;
    } while (hits == 0 && (timeout_ms < 0 || us < timeout_ms * 1000LL));
    for (size_t i = 0; hits != -1 && i < n; i++)
        ready[i] = p[i].revents != 0;
    if (p != small)
        free(p);
    return hits;
}

int main_loop(struct pollfd *buffer, size_t n, chunk_fn on_chunk, void *arg)
{
    size_t turn = 0;
    int open = count(buffer, n);

    while (open > 0) {
        char seven[7];
        ssize_t len;
        int hits = test(buffer, n, -1);

        if (hits == -1)
            return -1;
        if (hits == 0)
            continue;
        while (buffer[turn].fd < 0 || buffer[turn].revents == 0)
            turn = (turn + 1) % n;
        len = read(buffer[turn].fd, seven, sizeof(seven));
        if (len == 0) {
            buffer[turn].fd = -1;
            open--;
        } else if (len == -1 && errno != EAGAIN && errno != EINTR) {
            return -1;
        } else if (len > 0 && on_chunk(turn, seven, len, arg)) {
            return 1;
        }
        turn = (turn + 1) % n;
    }
    return 0;
}

int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct pollfd small[SMALL], *p = malloc_(n * sizeof(*p), small, sizeof(small));
    int result;

    if (p == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    result = main_loop(p, n, on_chunk, arg);
    if (p != small)
        free(p);
    return result;
}

ssize_t poll_copy(int in, int out)
{
    char eleven[11];
    size_t have = 0;
    ssize_t total = 0;
    bool end = false;

    if (in < 0 || out < 0) {
        errno = EBADF;
        return -1;
    }
    while (!end || have > 0) {
        struct pollfd p[2] = {{in, POLLIN, 0}, {out, 0, 0}};
        ssize_t k;

        if (end || have == sizeof(eleven))
            p[0].fd = -1;
        if (have > 0)
            p[1].events = POLLOUT;
        if (test(p, 2, -1) == -1)
            return -1;
        if (have == 0 && (p[1].revents & (POLLERR | POLLHUP))) {
            errno = EPIPE;
            return -1;
        }
        if (p[1].revents) {
            k = write(out, eleven, have);
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            for (ssize_t i = 0; k > 0 && i + k < (ssize_t)have; i++)
                eleven[i] = eleven[i + k];
            have -= k > 0 ? k : 0;
            total += k > 0 ? k : 0;
        } else if (p[0].revents) {
            k = read(in, eleven + have, sizeof(eleven) - have);
            if (k == -1 && errno != EAGAIN && errno != EINTR)
                return -1;
            have += k > 0 ? k : 0;
            end = k == 0;
        }
    }
    return total;
}

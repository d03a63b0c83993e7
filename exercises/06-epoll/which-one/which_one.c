/*
 * which_one.c - what a wake-up costs with select, poll and epoll. (WHICH-ONE.md is the lesson; run it by make which-one.)
 *
 *      N descriptors (eventfd), all silent but one
 *
 *      each round:   write to one of them --> wait in select, poll or epoll_wait --> find which one it is --> read it
 *
 * Only the wait and the search are timed. For each way and each N it prints
 *
 *      set-up   system calls before the first wait, so that the kernel knows what to watch
 *      calls    system calls for one wake-up (the read not counted)
 *      bytes    what the kernel copies in, of our list, for one wake-up
 *      ns       nanoseconds for one wake-up: the best of several series, the one that was disturbed least
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 10000, SERIES = 9 };

static int fds[MOST];
static int count; /* of the descriptors that are watched just now */

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "which_one: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* ---- the three ways: each finds the one descriptor that is ready, and returns its index -------------------------- */

static fd_set wanted; /* select overwrites its sets, so the question is kept, and copied for each wait */
static int highest;

static int wait_in_select(void)
{
    fd_set ready = wanted;

    if (select(highest + 1, &ready, NULL, NULL, NULL) != 1)
        give_up("select");
    for (int i = 0; i < count; i++)
        if (FD_ISSET(fds[i], &ready))
            return i;
    return -1;
}

static struct pollfd entries[MOST];

static int wait_in_poll(void)
{
    if (poll(entries, (nfds_t)count, -1) != 1)
        give_up("poll");
    for (int i = 0; i < count; i++)
        if (entries[i].revents != 0)
            return i;
    return -1;
}

static int set;

static int wait_in_epoll(void)
{
    struct epoll_event event;

    if (epoll_wait(set, &event, 1, -1) != 1)
        give_up("epoll_wait");
    return (int)event.data.u32; /* no search: the event says which one it is */
}

/* ---- what comes before the first wait ---------------------------------------------------------------------------- */

static int prepare_select(void)
{
    FD_ZERO(&wanted);
    highest = -1;
    for (int i = 0; i < count; i++) {
        FD_SET(fds[i], &wanted);
        if (fds[i] > highest)
            highest = fds[i];
    }
    return 0; /* system calls */
}

static int prepare_poll(void)
{
    for (int i = 0; i < count; i++)
        entries[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    return 0;
}

static int prepare_epoll(void)
{
    set = epoll_create1(EPOLL_CLOEXEC);
    if (set == -1)
        give_up("epoll_create1");
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};

        if (epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event) == -1)
            give_up("epoll_ctl");
    }
    return 1 + count;
}

/* ---- measuring ---------------------------------------------------------------------------------------------------- */

static int64_t now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        give_up("clock_gettime");
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* One series of wake-ups; each time another descriptor is the ready one. Returns the nanoseconds for one of them. */
static int64_t one_series(int (*wait)(void), int rounds)
{
    const uint64_t one = 1;
    uint64_t value;
    int64_t spent = 0;

    for (int round = 0; round < rounds; round++) {
        int speaker = (int)((round * 7919L) % count); /* 7919 is prime: it comes around to all of them */

        if (write(fds[speaker], &one, sizeof(one)) != sizeof(one))
            give_up("write");

        int64_t begin = now();
        int found = wait();

        spent += now() - begin;
        if (found != speaker || read(fds[found], &value, sizeof(value)) != sizeof(value)) {
            fprintf(stderr, "which_one: descriptor %d was ready, and %d was found\n", speaker, found);
            exit(EXIT_FAILURE);
        }
    }
    return spent / rounds;
}

static void measure(const char *name, int (*prepare)(void), int (*wait)(void), size_t (*bytes)(void))
{
    int set_up = prepare();
    int64_t best = INT64_MAX;

    for (int i = 0; i < SERIES; i++) {
        int64_t result = one_series(wait, count <= 100 ? 1000 : 100);

        if (result < best)
            best = result;
    }
    printf("%8d   %-8s %8d %8d %8zu %10lld\n", count, name, set_up, 1, bytes(), (long long)best);
}

/* What each of them copies into the kernel: select whole longs of bits up to the highest number, poll its entries. */
static size_t bytes_of_select(void)
{
    size_t bits = 8 * sizeof(long);

    return ((size_t)highest + bits) / bits * sizeof(long);
}

static size_t bytes_of_poll(void)
{
    return (size_t)count * sizeof(*entries);
}

static size_t bytes_of_epoll(void)
{
    return 0; /* the list is there already */
}

/* Opens descriptors until there are N of them. False if the limit on open files does not allow so many. */
static int open_more(int n)
{
    while (count < n) {
        fds[count] = eventfd(0, EFD_CLOEXEC);
        if (fds[count] == -1 && errno == EMFILE)
            return 0;
        if (fds[count] == -1)
            give_up("eventfd");
        count++;
    }
    return 1;
}

int main(void)
{
    static const int sizes[] = {10, 100, 1000, 10000};
    struct rlimit limit;

    /* A process may raise its soft limit as far as the hard one. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    printf(" watched   way        set-up    calls    bytes         ns\n");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        if (!open_more(sizes[i])) {
            printf("%8d   not measured: the limit on open files is %llu (ulimit -Hn)\n", sizes[i],
                   (unsigned long long)limit.rlim_max);
            break;
        }
        if (fds[count - 1] < FD_SETSIZE)
            measure("select", prepare_select, wait_in_select, bytes_of_select);
        else
            printf("%8d   select   cannot: descriptor %d is beyond FD_SETSIZE\n", count, fds[count - 1]);
        measure("poll", prepare_poll, wait_in_poll, bytes_of_poll);
        measure("epoll", prepare_epoll, wait_in_epoll, bytes_of_epoll);
        close(set);
    }
    return EXIT_SUCCESS;
}

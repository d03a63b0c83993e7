/*
 * demo.c - reading from a slow writer without waiting for it, run with the nonblock.c beside it.
 *
 * A child writes "hello" byte by byte, with a pause before each, and goes away
 * (early, if the reader had counted on more). The parent reads it and looks
 * for prime numbers in the meantime. After that it fills a pipe to see how
 * much fits, and empties it again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nonblock.h"

static _Noreturn void give_up(const char *function)
{
    fprintf(stderr, "demo: %s: %s\n", function, strerror(errno));
    if (errno == ENOSYS)
        fprintf(stderr, "demo: %s in nonblock.c is still to be written\n", function);
    exit(EXIT_FAILURE);
}

static const char *mode_of(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1)
        give_up("fcntl");
    return flags & O_NONBLOCK ? "non-blocking" : "blocking";
}

/* The slow writer. It is the only one in this program who sleeps. */
static _Noreturn void write_slowly(int fd, const char *text)
{
    const struct timespec pause = {.tv_nsec = 150 * 1000 * 1000};

    for (const char *next = text; *next != '\0'; next++) {
        (void)nanosleep(&pause, NULL);
        if (write(fd, next, 1) != 1)
            _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

struct search {
    unsigned long next;  /* the number to be looked at next */
    unsigned long found; /* prime numbers so far */
};

/* What the parent does while there is nothing to read: a thousand numbers a round. */
static void look_for_primes(void *arg)
{
    struct search *search = arg;

    for (int i = 0; i < 1000; i++, search->next++) {
        bool is_prime = search->next >= 2;
        for (unsigned long d = 2; is_prime && d * d <= search->next; d++)
            is_prime = search->next % d != 0;
        search->found += is_prime;
    }
}

static void read_from_a_slow_writer(void)
{
    int ends[2];
    if (pipe(ends) == -1)
        give_up("pipe");
    pid_t pid = fork();
    if (pid == -1)
        give_up("fork");
    if (pid == 0) {
        close(ends[0]);
        write_slowly(ends[1], "hello");
    }
    close(ends[1]); /* or else there would be a writer for ever: us */

    unsigned char room[64];
    struct inbox in = {room, 0, sizeof room};
    struct search search = {0, 0};
    printf("a child writes slowly; the reading end is %s\n", mode_of(ends[0]));
    ssize_t rounds = read_while_working(ends[0], &in, look_for_primes, &search);
    if (rounds == -1)
        give_up("read_while_working");
    printf("read \"%.*s\" to the end of file\n", (int)in.len, (const char *)in.data);
    printf("worked %zd times in the meantime: %lu prime numbers below %lu\n", rounds, search.found, search.next);
    printf("the reading end is %s again\n\n", mode_of(ends[0]));
    close(ends[0]);
    if (waitpid(pid, NULL, 0) == -1)
        give_up("waitpid");
}

static void print_flush(enum flush_status status, const struct outbox *out)
{
    static const char *const names[] = {"FLUSH_AGAIN", "FLUSH_DONE", "FLUSH_ERROR"};

    if (status == FLUSH_ERROR && errno != EPIPE)
        give_up("flush");
    printf("flush: %s, %zu of %zu bytes accepted%s\n", names[status], out->sent, out->len,
           status == FLUSH_ERROR ? " (EPIPE)" : "");
}

static void print_drain(enum drain_status status, const struct inbox *in)
{
    static const char *const names[] = {"DRAIN_AGAIN", "DRAIN_EOF", "DRAIN_FULL", "DRAIN_ERROR"};

    if (status == DRAIN_ERROR)
        give_up("drain");
    printf("drain: %s, %zu of %zu bytes there\n", names[status], in->len, in->cap);
}

static void fill_a_pipe_and_empty_it(void)
{
    enum { SIZE = 100 * 1000 };
    static const unsigned char zeroes[SIZE];
    static unsigned char room[2 * SIZE];
    struct outbox out = {zeroes, SIZE, 0};
    struct inbox in = {room, 0, sizeof room};
    int ends[2];

    if (pipe(ends) == -1)
        give_up("pipe");
    if (set_nonblocking(ends[0], true) == -1 || set_nonblocking(ends[1], true) == -1)
        give_up("set_nonblocking");
    printf("both ends of a new pipe: %s\n", mode_of(ends[1]));

    print_drain(drain(ends[0], &in), &in);
    print_flush(flush(ends[1], &out), &out);
    print_drain(drain(ends[0], &in), &in);
    print_flush(flush(ends[1], &out), &out);
    close(ends[1]);
    print_drain(drain(ends[0], &in), &in);
    close(ends[0]);
}

static void write_to_nobody(void)
{
    struct outbox out = {(const unsigned char *)"hello", 5, 0};
    int ends[2];

    if (pipe(ends) == -1)
        give_up("pipe");
    if (set_nonblocking(ends[1], true) == -1)
        give_up("set_nonblocking");
    close(ends[0]);
    print_flush(flush(ends[1], &out), &out);
    close(ends[1]);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a caller's business, as nonblock.h says */
    read_from_a_slow_writer();
    fill_a_pipe_and_empty_it();
    write_to_nobody();
    return EXIT_SUCCESS;
}

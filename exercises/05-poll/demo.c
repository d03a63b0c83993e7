/*
 * demo.c - a writer that goes before it is heard, and a copy between a fast writer and a slow reader, run with the
 * poll_merge.c beside it.
 *
 *      early  o----[ pipe ]----+
 *                              +---- poll_merge ----> printed as it comes
 *      slow   o----[ pipe ]----+
 *
 *      fast writer  o----[ pipe ]---- poll_copy ----[ pipe ]---->  slow reader
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

#include "poll_merge.h"

static _Noreturn void give_up(const char *function)
{
    fprintf(stderr, "demo: %s: %s\n", function, strerror(errno));
    if (errno == ENOSYS)
        fprintf(stderr, "demo: %s in poll_merge.c is still to be written\n", function);
    exit(EXIT_FAILURE);
}

/* Only the slow children sleep in this program. */
static void pause_for(int ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    (void)nanosleep(&pause, NULL);
}

static void make_pipe(int ends[2])
{
    if (pipe(ends) == -1)
        give_up("pipe");
}

static pid_t start(void)
{
    pid_t pid = fork();

    if (pid == -1)
        give_up("fork");
    return pid;
}

static void make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        give_up("fcntl");
}

static int print_chunk(size_t source, const void *data, size_t len, void *arg)
{
    static const char *const names[] = {"the early writer", "the slow writer"};

    (void)arg;
    printf("   %s says \"%.*s\"\n", names[source], (int)len, (const char *)data);
    return 0;
}

static void merge_two_writers(void)
{
    int early[2], slow[2];

    make_pipe(early);
    if (write(early[1], "I have gone, but this is from me", 32) != 32)
        give_up("write");
    close(early[1]);
    make_pipe(slow);
    if (start() == 0) {
        close(early[0]);
        close(slow[0]);
        for (const char *next = "hello"; *next != '\0'; next++) {
            pause_for(200);
            if (write(slow[1], next, 1) != 1)
                _exit(EXIT_FAILURE);
        }
        _exit(EXIT_SUCCESS);
    }
    close(slow[1]);

    int fds[] = {early[0], slow[0]};
    bool ready[2];
    int count = poll_ready(fds, 2, ready, 0);

    if (count == -1)
        give_up("poll_ready");
    printf("%d of two writers can be heard: early %s, slow %s\n", count, ready[0] ? "yes" : "no",
           ready[1] ? "yes" : "no");
    printf("a merge of two writers, one of which has already gone:\n");
    if (poll_merge(fds, 2, print_chunk, NULL) == -1)
        give_up("poll_merge");
    close(early[0]);
    close(slow[0]);
    (void)wait(NULL);
}

/* Reads in large pieces, with pauses: the pipe behind it is full most of the time. */
static _Noreturn void read_slowly(int fd)
{
    char room[50000];
    ssize_t got;

    do {
        pause_for(100);
        got = read(fd, room, sizeof(room));
        printf("   the slow reader takes %zd bytes\n", got);
    } while (got > 0);
    _exit(EXIT_SUCCESS);
}

static _Noreturn void write_fast(int fd)
{
    char text[1000];

    memset(text, '.', sizeof(text));
    for (int i = 0; i < 300; i++)
        if (write(fd, text, sizeof(text)) != sizeof(text))
            _exit(EXIT_FAILURE);
    printf("   the fast writer is done with 300000 bytes\n");
    _exit(EXIT_SUCCESS);
}

static void copy_to_a_slow_reader(void)
{
    int in[2], out[2];

    make_pipe(in);
    make_pipe(out);
    if (start() == 0) {
        close(in[0]);
        close(out[0]);
        close(out[1]);
        write_fast(in[1]);
    }
    close(in[1]);
    if (start() == 0) {
        close(in[0]);
        close(out[1]);
        read_slowly(out[0]);
    }
    close(out[0]);
    make_nonblocking(in[0]);
    make_nonblocking(out[1]);

    printf("a copy from a fast writer to a slow reader:\n");
    ssize_t copied = poll_copy(in[0], out[1]);
    if (copied == -1)
        give_up("poll_copy");
    printf("   poll_copy has passed on %zd bytes\n", copied);
    close(in[0]);
    close(out[1]);
    while (wait(NULL) != -1)
        continue;
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0); /* what is printed is seen at once, and no child has a copy of it */
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        give_up("signal");
    merge_two_writers();
    copy_to_a_slow_reader();
    return EXIT_SUCCESS;
}

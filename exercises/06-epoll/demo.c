/*
 * demo.c - fork, pipe and epoll together: an event loop with two children and a clock, and a merge of a pipe with a
 * regular file, run with the epoll_loop.c beside it.
 *
 *      child 1  o----[ pipe ]----+
 *      child 2  o----[ pipe ]----+---- loop_run ----> callbacks
 *      timerfd  -----------------+
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "epoll_loop.h"

/* What the callbacks share. */
struct office {
    int writers; /* pipes that have not ended */
    int clock;   /* the timer's descriptor */
};

static _Noreturn void give_up(const char *function)
{
    fprintf(stderr, "demo: %s: %s\n", function, strerror(errno));
    if (errno == ENOSYS)
        fprintf(stderr, "demo: %s in epoll_loop.c is still to be written\n", function);
    exit(EXIT_FAILURE);
}

/* The slow writers are the only ones in this program who sleep. */
static _Noreturn void write_slowly(int fd, const char *word, int pause_ms)
{
    const struct timespec pause = {.tv_nsec = pause_ms * 1000000L};

    for (const char *next = word; *next != '\0'; next++) {
        (void)nanosleep(&pause, NULL);
        if (write(fd, next, 1) != 1)
            _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

static int start_writer(const char *word, int pause_ms)
{
    int ends[2];

    if (pipe(ends) == -1)
        give_up("pipe");

    pid_t pid = fork();

    if (pid == -1)
        give_up("fork");
    if (pid == 0) {
        close(ends[0]);
        write_slowly(ends[1], word, pause_ms);
    }
    close(ends[1]); /* or else there would be a writer for ever: us */
    return ends[0];
}

static int start_clock(int ms)
{
    const struct itimerspec every = {.it_value.tv_nsec = ms * 1000000L, .it_interval.tv_nsec = ms * 1000000L};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

    if (fd == -1 || timerfd_settime(fd, 0, &every, NULL) == -1)
        give_up("timerfd");
    return fd;
}

/* Stops watching fd, then closes it: in this order. */
static void done_with(struct loop *loop, int fd)
{
    if (loop_remove(loop, fd) == -1)
        give_up("loop_remove");
    close(fd);
}

static void on_pipe(struct loop *loop, int fd, uint32_t events, void *arg)
{
    struct office *office = arg;
    char text[16];
    ssize_t got = read(fd, text, sizeof(text));

    if (got > 0) {
        printf("   fd %d:%s%s \"%.*s\"\n", fd, events & EPOLLIN ? " EPOLLIN" : "", events & EPOLLHUP ? " EPOLLHUP" : "",
               (int)got, text);
        return;
    }
    printf("   fd %d:%s%s end of file\n", fd, events & EPOLLIN ? " EPOLLIN" : "", events & EPOLLHUP ? " EPOLLHUP" : "");
    done_with(loop, fd);
    if (--office->writers == 0)
        done_with(loop, office->clock); /* a callback may remove another's descriptor; now the loop is empty */
}

static void on_clock(struct loop *loop, int fd, uint32_t events, void *arg)
{
    uint64_t ticks;

    (void)loop;
    (void)events;
    (void)arg;
    if (read(fd, &ticks, sizeof(ticks)) == sizeof(ticks))
        printf("   tick\n");
}

static void run_a_loop(void)
{
    struct office office = {.writers = 2, .clock = start_clock(250)};
    struct loop *loop = loop_create();

    if (loop == NULL)
        give_up("loop_create");

    const int fds[] = {start_writer("fork", 180), start_writer("pipe", 310)};

    if (loop_add(loop, fds[0], EPOLLIN, on_pipe, &office) == -1 ||
        loop_add(loop, fds[1], EPOLLIN, on_pipe, &office) == -1 ||
        loop_add(loop, office.clock, EPOLLIN, on_clock, NULL) == -1)
        give_up("loop_add");
    printf("two children and a clock, on fd %d, %d and %d:\n", fds[0], fds[1], office.clock);
    if (loop_run(loop) == -1)
        give_up("loop_run");
    printf("   nothing is watched any more\n");
    loop_destroy(loop);
    while (wait(NULL) != -1)
        continue;
}

static int count_chunk(size_t source, const void *data, size_t len, void *arg)
{
    size_t *bytes = arg;

    (void)data;
    bytes[source] += len;
    return 0;
}

static void merge_with_a_file(void)
{
    size_t bytes[2] = {0, 0};
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    if (file == -1)
        give_up("open");

    int fds[] = {file, start_writer("epoll", 50)};

    printf("a merge of this program's own file and a slow writer:\n");
    if (epoll_merge(fds, 2, count_chunk, bytes) == -1)
        give_up("epoll_merge");
    printf("   %zu bytes from the file, %zu from the writer\n", bytes[0], bytes[1]);
    close(fds[0]);
    close(fds[1]);
    (void)wait(NULL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0); /* what is printed is seen at once, and no child has a copy of it */
    run_a_loop();
    merge_with_a_file();
    return EXIT_SUCCESS;
}

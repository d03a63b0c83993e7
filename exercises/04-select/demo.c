/*
 * demo.c - two slow writers and one reader that waits for both, run with the select_merge.c beside it.
 *
 *      tortoise  o----[ pipe ]----+
 *                                 +---- select_merge ----> printed as it comes
 *      hare      o----[ pipe ]----+
 *
 * Each child writes its word byte by byte, with pauses. First the parent waits for one of them a little at a time;
 * then it merges the two.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "select_merge.h"

enum { WRITERS = 2 };

struct writer {
    const char *name, *word;
    int pause_ms;
};

static const struct writer writers[WRITERS] = {{"tortoise", "slow", 400}, {"hare", "hopping!", 150}};

static _Noreturn void give_up(const char *function)
{
    fprintf(stderr, "demo: %s: %s\n", function, strerror(errno));
    if (errno == ENOSYS)
        fprintf(stderr, "demo: %s in select_merge.c is still to be written\n", function);
    exit(EXIT_FAILURE);
}

/* The slow writers are the only ones in this program who sleep. */
static _Noreturn void write_slowly(int fd, const struct writer *writer)
{
    const struct timespec pause = {.tv_nsec = writer->pause_ms * 1000000L};

    for (const char *next = writer->word; *next != '\0'; next++) {
        (void)nanosleep(&pause, NULL);
        if (write(fd, next, 1) != 1)
            _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

/* Starts a writer, and returns the end to read from. `others` are the ends that are open already. */
static int start_writer(const struct writer *writer, const int others[], int count)
{
    int ends[2];

    if (pipe(ends) == -1)
        give_up("pipe");

    pid_t pid = fork();

    if (pid == -1)
        give_up("fork");
    if (pid == 0) {
        close(ends[0]);
        for (int i = 0; i < count; i++)
            close(others[i]);
        write_slowly(ends[1], writer);
    }
    close(ends[1]); /* or else there would be a writer for ever: us */
    return ends[0];
}

static long ms_since_start(void)
{
    static struct timespec start;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (start.tv_sec == 0)
        start = now;
    return (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
}

static int print_chunk(size_t source, const void *data, size_t len, void *arg)
{
    size_t *bytes = arg;

    printf("%5ld ms: the %s says \"%.*s\"\n", ms_since_start(), writers[source].name, (int)len, (const char *)data);
    *bytes += len;
    return 0;
}

int main(void)
{
    int fds[WRITERS];
    bool ready[WRITERS];
    size_t bytes = 0;
    int count;

    setvbuf(stdout, NULL, _IONBF, 0); /* what is printed is seen at once, and no child has a copy of it */
    (void)ms_since_start();
    for (int i = 0; i < WRITERS; i++)
        fds[i] = start_writer(&writers[i], fds, i);

    while ((count = select_ready(fds, WRITERS, ready, 60)) == 0)
        printf("%5ld ms: nothing for 60 ms\n", ms_since_start());
    if (count == -1)
        give_up("select_ready");
    for (int i = 0; i < WRITERS; i++)
        printf("%5ld ms: the %s %s\n", ms_since_start(), writers[i].name, ready[i] ? "is ready" : "is silent");

    if (select_merge(fds, WRITERS, print_chunk, &bytes) == -1)
        give_up("select_merge");
    printf("%5ld ms: both have ended, after %zu bytes\n", ms_since_start(), bytes);

    for (int i = 0; i < WRITERS; i++)
        close(fds[i]);
    while (wait(NULL) != -1)
        continue;
    return EXIT_SUCCESS;
}

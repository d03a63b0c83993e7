/*
 * fails: * stall "So nobody can go on"
 *
 * What is wrong: every function starts a child that waits for the end of a pipe whose write end it holds
 * itself, and waits for it.
 */
#include "pipeline.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

static int hang(void)
{
    int ends[2];
    char byte;
    pid_t pid = -1;
    if (pipe(ends) == 0)
        pid = fork();
    if (pid == 0)
        _exit(read(ends[0], &byte, 1) == 1);
    while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
        continue;
    return poll(NULL, 0, -1);
}

int write_all(int fd, const void *buf, size_t len)
{
    (void)fd;
    (void)buf;
    (void)len;
    return hang();
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    (void)fd;
    (void)buf;
    (void)cap;
    return hang();
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    (void)stages;
    (void)n;
    (void)in;
    (void)out;
    return hang();
}

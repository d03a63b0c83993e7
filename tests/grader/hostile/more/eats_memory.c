/*
 * fails: * some "gibibyte of memory"
 *
 * What it tries: memory without an end, where a PID is refused. (1.25 GiB: a file that hurts the machine if the
 * grader fails has no place here.)
 */
#include "spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void attack(void)
{
    char *blocks[20];
    for (int i = 0; i < 20; i++)
        blocks[i] = malloc(64 << 20);
    for (;;)
        for (int i = 0; i < 20; i++)
            if (blocks[i] != NULL)
                memset(blocks[i], 1, 64 << 20);
}

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(body(arg));
    return pid;
}

int await(pid_t pid)
{
    int status;
    if (pid <= 0) {
        attack();
        errno = EINVAL;
        return -1;
    }
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    pid_t *pids = calloc(n + 1, sizeof(*pids));
    size_t started = 0;
    int error = pids == NULL ? ENOMEM : 0;
    while (error == 0 && started < n) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(body(started));
        if (pid == -1)
            error = errno;
        else
            pids[started++] = pid;
    }
    for (size_t i = 0; i < n; i++)
        codes[i] = i < started ? await(pids[i]) : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

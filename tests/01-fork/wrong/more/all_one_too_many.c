/*
 * fails: there_are_exactly_n_forks fail "children fork was called 3 times in the caller and 0 times in its children"
 * fails: running_out_of_memory_is_like_a_failed_fork fail "3 of 2 children had been started, but 2 codes are not -1"
 * fails: memory_that_runs_out_on_the_way_is_like_a_failed_fork fail "had been started, and all had ended with"
 *
 * What is wrong: forks one child more than asked for, as a helper that only ends.
 */
#include "spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return code_of(status);
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
    if (pid <= 0) {
        errno = EINVAL;
        return -1;
    }
    return wait_for(pid);
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
    pid_t extra = error == 0 && n > 0 ? fork() : -1;
    if (extra == 0)
        _exit(0);
    if (extra > 0)
        wait_for(extra);
    for (size_t i = 0; i < n; i++)
        codes[i] = i < started ? wait_for(pids[i]) : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

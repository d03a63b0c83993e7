/*
 * fails: no_fork_is_tried_after_a_failed_one fail "The first of 3 forks had failed, and fork was called 3 times"
 * fails: children_started_before_a_failed_fork_run_to_their_end fail "but 3 codes are not -1"
 * fails: n_has_no_limit_but_memory_and_the_systems fail "A fork had failed, and fork was called again"
 *
 * What is wrong: goes on with the next child when a fork fails.
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
    int error = pids == NULL ? ENOMEM : 0;
    for (size_t i = 0; pids != NULL && i < n; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(body(i));
        if (pids[i] == -1 && error == 0)
            error = errno;
    }
    for (size_t i = 0; i < n; i++)
        codes[i] = pids != NULL && pids[i] > 0 ? wait_for(pids[i]) : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

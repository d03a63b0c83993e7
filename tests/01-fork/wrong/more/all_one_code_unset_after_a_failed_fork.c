/*
 * fails: no_fork_is_tried_after_a_failed_one fail "nothing was stored in codes[0], but body(0) never ran"
 * fails: children_started_before_a_failed_fork_run_to_their_end fail "but body(2) never ran"
 * fails: running_out_of_memory_is_like_a_failed_fork fail "nothing was stored in codes[0], but body(0) never ran"
 * fails: n_has_no_limit_but_memory_and_the_systems fail "had been started, and all had ended with"
 *
 * What is wrong: stores -1 only for those behind the child whose fork failed.
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
    for (size_t i = 0; i < n; i++)
        if (i < started)
            codes[i] = wait_for(pids[i]);
        else if (i > started)
            codes[i] = -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

/*
 * fails: every_child_runs_its_own_index fail "children the one that was forked last ran body"
 * fails: there_are_exactly_n_forks fail "fork was called 2 times in the caller and 0 times in its children"
 * fails: codes_are_what_await_would_return fail "and spawn_all stored -1 in codes[0]"
 * fails: all_children_run_before_any_is_waited_for fail "A wait was made when only"
 * fails: the_callers_other_children_are_left_alone fail "spawn_all, when fork had failed, with other children of the"
 * fails: children_started_before_a_failed_fork_run_to_their_end fail "spawn_all, when the third of"
 * fails: memory_that_runs_out_on_the_way_is_like_a_failed_fork fail "spawn_all, when allocation number"
 *
 * What is wrong: the number of children started is a static variable, which is not set back: the second call
 * forks too few.
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
    static size_t started;
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
        codes[i] = i < started ? wait_for(pids[i]) : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

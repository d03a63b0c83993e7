/*
 * fails: every_child_runs_its_own_index descriptors "is left open after the call"
 * fails: there_are_exactly_n_forks descriptors "is left open after the call"
 * fails: codes_are_what_await_would_return descriptors "is left open after the call"
 * fails: all_children_run_before_any_is_waited_for descriptors "is left open after the call"
 * fails: a_code_goes_to_its_index_in_whatever_order_children_end descriptors "is left open after the call"
 * fails: a_stopped_child_of_spawn_all_has_not_ended descriptors "is left open after the call"
 * fails: an_interrupted_spawn_all_waits_again descriptors "is left open after the call"
 * fails: the_callers_other_children_are_left_alone descriptors "is left open after the call"
 * fails: no_fork_is_tried_after_a_failed_one descriptors "is left open after the call"
 * fails: the_errno_is_that_of_the_failed_fork descriptors "is left open after the call"
 * fails: children_started_before_a_failed_fork_run_to_their_end descriptors "is left open after the call"
 * fails: running_out_of_memory_is_like_a_failed_fork descriptors "is left open after the call"
 * fails: memory_that_runs_out_on_the_way_is_like_a_failed_fork descriptors "is left open after the call"
 * fails: n_has_no_limit_but_memory_and_the_systems descriptors "is left open after the call"
 * fails: spawn_alls_children_leave_exit_handlers_and_stdio_alone descriptors "is left open after the call"
 * fails: the_callers_stdio_is_not_flushed descriptors "is left open after the call"
 * fails: a_child_sees_the_callers_signals descriptors "is left open after the call"
 *
 * What is wrong: the children hold the write end of a pipe, and the parent waits for its end of file before it
 * waits for them; it forgets to close the read end.
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
    int ends[2];
    if (n == 0 || pipe(ends) == -1)
        ends[0] = ends[1] = -1;
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
    close(ends[1]);
    for (size_t i = 0; i < n; i++)
        codes[i] = i < started ? wait_for(pids[i]) : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

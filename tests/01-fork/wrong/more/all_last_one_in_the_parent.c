/*
 * fails: every_child_runs_its_own_index fail "body ran in the process of the caller"
 * fails: there_are_exactly_n_forks fail "body ran in the process of the caller"
 * fails: codes_are_what_await_would_return fail "body ran in the process of the caller"
 * fails: all_children_run_before_any_is_waited_for stall "The parent waits in waitpid()"
 * fails: a_code_goes_to_its_index_in_whatever_order_children_end fail "body ran in the process of the caller"
 * fails: a_stopped_child_of_spawn_all_has_not_ended fail "body ran in the process of the caller"
 * fails: an_interrupted_spawn_all_waits_again fail "body ran in the process of the caller"
 * fails: the_callers_other_children_are_left_alone fail "body ran in the process of the caller"
 * fails: the_errno_is_that_of_the_failed_fork fail "body ran in the process of the caller"
 * fails: running_out_of_memory_is_like_a_failed_fork fail "body ran in the process of the caller"
 * fails: memory_that_runs_out_on_the_way_is_like_a_failed_fork fail "body was called with the index 199"
 * fails: spawn_alls_children_leave_exit_handlers_and_stdio_alone fail "body ran in the process of the caller"
 * fails: the_callers_stdio_is_not_flushed fail "body ran in the process of the caller"
 *
 * What is wrong: runs the last body in the parent, to save a fork.
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
    while (error == 0 && started + 1 < n) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(body(started));
        if (pid == -1)
            error = errno;
        else
            pids[started++] = pid;
    }
    for (size_t i = 0; i < started; i++)
        codes[i] = wait_for(pids[i]);
    for (size_t i = started; i < n; i++)
        codes[i] = error == 0 ? body(i) & 0xff : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

/*
 * fails: every_child_runs_its_own_index fail "Child 0 ended by _exit(10), and spawn_all stored -1 in codes[0]"
 * fails: there_are_exactly_n_forks processes "was never waited for"
 * fails: codes_are_what_await_would_return fail "signal 9, and spawn_all stored -1 in codes[0]"
 * fails: all_children_run_before_any_is_waited_for fail "and spawn_all stored -1 in codes[0]"
 * fails: a_code_goes_to_its_index_in_whatever_order_children_end fail "and spawn_all stored -1 in codes[0]"
 * fails: a_stopped_child_of_spawn_all_has_not_ended fail "and spawn_all stored -1 in codes[0]"
 * fails: an_interrupted_spawn_all_waits_again fail "Child 0 ended by _exit(10), and spawn_all stored -1 in codes[0]"
 * fails: the_callers_other_children_are_left_alone fail "and spawn_all stored -1 in codes[0]"
 * fails: no_fork_is_tried_after_a_failed_one fail "nothing was stored in codes[1], but body(1) never ran"
 * fails: the_errno_is_that_of_the_failed_fork processes "was never waited for"
 * fails: children_started_before_a_failed_fork_run_to_their_end fail "but body(3) never ran"
 * fails: running_out_of_memory_is_like_a_failed_fork fail "2 of 2 children had been started, but 0 codes are not -1"
 * fails: n_has_no_limit_but_memory_and_the_systems fail "0 codes were 0"
 * fails: memory_that_runs_out_on_the_way_is_like_a_failed_fork fail "0 codes were 0"
 * fails: spawn_alls_children_leave_exit_handlers_and_stdio_alone processes "was never waited for"
 * fails: the_callers_stdio_is_not_flushed processes "was never waited for"
 * fails: a_child_sees_the_callers_signals processes "was never waited for"
 *
 * What is wrong: (the tutorial's first programs again, without the printing) starts the children and returns;
 * nobody waits for them.
 */
#include "spawn.h"

#include <errno.h>
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
    for (size_t i = 0; i < n; i++) {
        codes[i] = -1;
        pid_t pid = fork();
        if (pid == 0)
            _exit(body(i));
        if (pid == -1)
            return -1;
    }
    return 0;
}

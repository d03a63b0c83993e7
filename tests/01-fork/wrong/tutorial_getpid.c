/*
 * fails: every_child_runs_its_own_index fail "wrote to the caller's standard"
 * fails: there_are_exactly_n_forks fail "wrote to the caller's standard"
 * fails: codes_are_what_await_would_return fail "wrote to the caller's standard"
 * fails: all_children_run_before_any_is_waited_for fail "wrote to the caller's standard"
 * fails: a_code_goes_to_its_index_in_whatever_order_children_end fail "wrote to the caller's standard"
 * fails: a_stopped_child_of_spawn_all_has_not_ended fail "wrote to the caller's standard"
 * fails: an_interrupted_spawn_all_waits_again fail "wrote to the caller's standard"
 * fails: the_callers_other_children_are_left_alone fail "wrote to the caller's standard"
 * fails: no_fork_is_tried_after_a_failed_one fail "0 was stored in codes[0], but body(0) never ran"
 * fails: the_errno_is_that_of_the_failed_fork fail "wrote to the caller's standard"
 * fails: children_started_before_a_failed_fork_run_to_their_end fail "wrote to the caller's standard"
 * fails: running_out_of_memory_is_like_a_failed_fork fail "wrote to the caller's standard"
 * fails: memory_that_runs_out_on_the_way_is_like_a_failed_fork fail "wrote to the caller's standard"
 * fails: n_has_no_limit_but_memory_and_the_systems fail "wrote to the caller's standard"
 * fails: spawn_alls_children_leave_exit_handlers_and_stdio_alone fail "wrote to the caller's standard"
 * fails: the_callers_stdio_is_not_flushed fail "wrote to the caller's standard"
 * fails: a_child_sees_the_callers_signals fail "wrote to the caller's standard"
 *
 * What is wrong: (the tutorial's second program: getpid and getppid on both sides) prints in the library, and
 * nobody waits for the children: they are left as zombies, and their codes are not known.
 */
#include "spawn.h"

#include <errno.h>
#include <stdio.h>
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
        codes[i] = 0;
        pid_t pid = fork();
        if (pid == 0) {
            printf("child: I am %d, my parent is %d\n", (int)getpid(), (int)getppid());
            _exit(body(i));
        }
        if (pid == -1)
            return -1;
        printf("parent: I am %d, my child is %d\n", (int)getpid(), (int)pid);
    }
    return 0;
}

/*
 * fails: spawn_returns_the_childs_pid forbidden_call "?"
 * fails: the_body_runs_once_and_in_the_child_only forbidden_call "?"
 * fails: the_childs_code_is_the_low_eight_bits_of_the_value forbidden_call "?"
 * fails: spawn_returns_while_the_child_runs forbidden_call "?"
 * fails: a_failed_fork_makes_spawn_fail forbidden_call "?"
 * fails: await_waits_until_the_child_has_ended forbidden_call "?"
 * fails: an_exit_code_comes_back_whole forbidden_call "?"
 * fails: a_killed_child_gives_128_and_the_signal forbidden_call "?"
 * fails: a_stopped_child_has_not_ended forbidden_call "?"
 * fails: await_takes_only_the_child_it_is_given forbidden_call "?"
 * fails: a_pid_that_is_no_child_is_echild forbidden_call "?"
 * fails: a_pid_of_zero_or_less_is_einval forbidden_call "?"
 * fails: an_interrupted_await_waits_again forbidden_call "?"
 * fails: every_child_runs_its_own_index forbidden_call "?"
 * fails: there_are_exactly_n_forks forbidden_call "?"
 * fails: no_children_is_success_without_a_fork forbidden_call "?"
 * fails: codes_are_what_await_would_return forbidden_call "?"
 * fails: all_children_run_before_any_is_waited_for forbidden_call "?"
 * fails: a_code_goes_to_its_index_in_whatever_order_children_end forbidden_call "?"
 * fails: a_stopped_child_of_spawn_all_has_not_ended forbidden_call "?"
 * fails: an_interrupted_spawn_all_waits_again forbidden_call "?"
 * fails: the_callers_other_children_are_left_alone forbidden_call "?"
 * fails: no_fork_is_tried_after_a_failed_one forbidden_call "?"
 * fails: the_errno_is_that_of_the_failed_fork forbidden_call "?"
 * fails: children_started_before_a_failed_fork_run_to_their_end forbidden_call "?"
 * fails: running_out_of_memory_is_like_a_failed_fork forbidden_call "?"
 * fails: memory_that_runs_out_on_the_way_is_like_a_failed_fork forbidden_call "?"
 * fails: n_has_no_limit_but_memory_and_the_systems forbidden_call "?"
 * fails: spawns_child_leaves_exit_handlers_and_stdio_alone forbidden_call "?"
 * fails: spawn_alls_children_leave_exit_handlers_and_stdio_alone forbidden_call "?"
 * fails: the_callers_stdio_is_not_flushed forbidden_call "?"
 * fails: a_child_sees_the_callers_signals forbidden_call "?"
 *
 * What is wrong: sets its own handler for SIGCHLD while it waits.
 */
#include "spawn.h"

#include <errno.h>
#include <signal.h>
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

static void nothing(int signo)
{
    (void)signo;
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
        errno = EINVAL;
        return -1;
    }
    void (*before)(int) = signal(SIGCHLD, nothing);
    pid_t found;
    do {
        found = waitpid(pid, &status, 0);
    } while (found == -1 && errno == EINTR);
    signal(SIGCHLD, before);
    if (found == -1)
        return -1;
    return code_of(status);
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
        codes[i] = i < started ? wait_for(pids[i]) : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

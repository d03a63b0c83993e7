/*
 * fails: every_child_runs_its_own_index fail "spawn_all, for 3 children, gave 3"
 * fails: codes_are_what_await_would_return fail "spawn_all, for a child that SIGKILL had killed, gave 1"
 * fails: all_children_run_before_any_is_waited_for fail "spawn_all, for 3 children that wait for each other, gave 3"
 * fails: a_code_goes_to_its_index_in_whatever_order_children_end fail "gave 2"
 * fails: an_interrupted_spawn_all_waits_again fail "spawn_all, when a signal handler had run during a wait, gave 2"
 * fails: the_callers_other_children_are_left_alone fail "for 1 child, with other children of the caller, gave 1"
 * fails: spawn_alls_children_leave_exit_handlers_and_stdio_alone fail "spawn_all, for 2 children, gave 2"
 *
 * What is wrong: returns how many children were started.
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
        codes[i] = i < started ? wait_for(pids[i]) : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : (int)started;
}

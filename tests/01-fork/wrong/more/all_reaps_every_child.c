/*
 * fails: no_children_is_success_without_a_fork processes "the function had reaped it"
 * fails: a_code_goes_to_its_index_in_whatever_order_children_end stall "The parent waits in wait()"
 * fails: a_stopped_child_of_spawn_all_has_not_ended stall "The parent waits in wait()"
 * fails: the_callers_other_children_are_left_alone stall "The parent waits in wait()"
 * fails: children_started_before_a_failed_fork_run_to_their_end stall "The parent waits in wait()"
 *
 * What is wrong: waits until no child is left at all, also for those that the caller had before.
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
        codes[i] = -1;
    for (;;) {
        int status;
        pid_t pid = wait(&status);
        if (pid == -1 && errno == ECHILD)
            break;
        for (size_t i = 0; i < started; i++)
            if (pids[i] == pid)
                codes[i] = code_of(status);
    }
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

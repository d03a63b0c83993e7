/*
 * fails: spawn_returns_the_childs_pid processes "changed the disposition"
 * fails: the_body_runs_once_and_in_the_child_only processes "changed the disposition"
 * fails: the_childs_code_is_the_low_eight_bits_of_the_value processes "changed the disposition"
 * fails: spawn_returns_while_the_child_runs processes "changed the disposition"
 * fails: spawns_child_leaves_exit_handlers_and_stdio_alone processes "changed the disposition"
 * fails: the_callers_stdio_is_not_flushed processes "changed the disposition"
 * fails: a_child_sees_the_callers_signals processes "changed the disposition"
 *
 * What is wrong: gives the child the default disposition of every signal.
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

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (int signo = 1; signo < NSIG; signo++)
            signal(signo, SIG_DFL);
        _exit(body(arg));
    }
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
    return error != 0 ? -1 : 0;
}

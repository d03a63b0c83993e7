/*
 * fails: a_stopped_child_of_spawn_all_has_not_ended fail "A child was stopped, and the function sent it a signal"
 *
 * What is wrong: has a wait of its own, which takes a stopped child for one that has ended, and reaps it later.
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

static int exit_code(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, WUNTRACED) == -1)
        if (errno != EINTR)
            return -1;
    if (!WIFSTOPPED(status))
        return code_of(status);
    kill(pid, SIGCONT);
    wait_for(pid);
    return 128 + WSTOPSIG(status);
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
        codes[i] = i < started ? exit_code(pids[i]) : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

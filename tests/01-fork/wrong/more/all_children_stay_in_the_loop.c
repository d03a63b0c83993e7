/*
 * fails: every_child_runs_its_own_index fail "body(1) ran 2 times"
 * fails: there_are_exactly_n_forks fail "children fork was called 2 times in the caller and 1 times in its children"
 *
 * What is wrong: the child does not leave the loop when its body has returned: it forks the remaining children
 * once more, as its own, and waits for them.
 */
#include "spawn.h"

#include <errno.h>
#include <stdbool.h>
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
    bool is_child = false;
    int value = 0;
    while (error == 0 && started < n) {
        pid_t pid = fork();
        if (pid == 0) {
            is_child = true;
            value = body(started);
        }
        if (pid == -1)
            error = errno;
        else
            pids[started++] = pid;
    }
    for (size_t i = 0; i < n; i++)
        codes[i] = i < started && pids[i] > 0 ? wait_for(pids[i]) : -1;
    if (is_child)
        _exit(value);
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

/*
 * fails: a_code_goes_to_its_index_in_whatever_order_children_end fail "and spawn_all stored 11 in codes[0]"
 * fails: the_callers_other_children_are_left_alone fail "and spawn_all stored 7 in codes[0]"
 *
 * What is wrong: waits for any child, and stores the codes in the order in which children end.
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

static int next_code(void)
{
    int status;
    while (wait(&status) == -1)
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
        codes[i] = i < started ? next_code() : -1;
    free(pids);
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

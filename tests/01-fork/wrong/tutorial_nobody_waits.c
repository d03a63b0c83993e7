/*
 * fails: ?
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

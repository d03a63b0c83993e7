/*
 * fails: all_children_run_before_any_is_waited_for stall "The parent waits in waitpid()"
 *
 * What is wrong: waits for child 0 before it starts child 1, so the children never run at the same time.
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
    int error = 0;
    for (size_t i = 0; i < n; i++) {
        pid_t pid = error == 0 ? fork() : -1;
        if (pid == 0)
            _exit(body(i));
        if (pid == -1 && error == 0)
            error = errno;
        codes[i] = pid == -1 ? -1 : wait_for(pid);
    }
    if (error != 0)
        errno = error;
    return error != 0 ? -1 : 0;
}

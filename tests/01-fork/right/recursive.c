/*
 * Recursion instead of an array: each level starts its child, lets the next level start the others, and waits for
 * its own child on the way back. Uses _Fork, _Exit and wait4.
 */
#include "spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid = _Fork();
    if (pid != 0)
        return pid;
    int value = body(arg);
    _Exit(value);
}

int await(pid_t pid)
{
    int status = 0;
    if (pid <= 0)
        return errno = EINVAL, -1;
    if (wait4(pid, &status, 0, NULL) == -1)
        return errno == EINTR ? await(pid) : -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Returns 0, or the errno of the fork that failed. */
static int test(size_t i, size_t n, int (*body)(size_t index), int codes[])
{
    if (i == n)
        return 0;
    pid_t pid = _Fork();
    if (pid == 0)
        _Exit(body(i));
    if (pid == -1) {
        int error = errno;
        for (; i < n; i++)
            codes[i] = -1;
        return error;
    }
    int error = test(i + 1, n, body, codes);
    codes[i] = await(pid);
    return error;
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    int error = test(0, n, body, codes);
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

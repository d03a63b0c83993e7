/*
 * Starts the children from the last to the first, which the contract leaves open, so a failed fork leaves the low
 * indices without a child. Keeps the PIDs in a mapping of its own.
 */
#include "spawn.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int buffer(int status)
{
    if (WIFSIGNALED(status))
        return 128 + WTERMSIG(status);
    return WEXITSTATUS(status);
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
again:
    if (waitpid(pid, &status, 0) != -1)
        return buffer(status);
    if (errno == EINTR)
        goto again;
    return -1;
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    int result = 0, error = 0;
    size_t first = n;
    if (n == 0)
        return 0;
    pid_t *pids = mmap(NULL, n * sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pids == MAP_FAILED) {
        error = errno;
        result = -1;
        goto fill;
    }
    while (first > 0) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(body(first - 1));
        if (pid == -1) {
            error = errno;
            result = -1;
            break;
        }
        pids[--first] = pid;
    }
    for (size_t i = n; i-- > first;)
        codes[i] = await(pids[i]);
    munmap(pids, n * sizeof(pid_t));
fill:
    for (size_t i = 0; i < first; i++)
        codes[i] = -1;
    if (result == -1)
        errno = error;
    return result;
}

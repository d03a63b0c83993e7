/*
 * Keeps the PIDs in codes[] itself, where each gives way to its code; so there is no memory to run out of.
 * Waits for the youngest child first.
 */
#include "spawn.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid;
    switch (pid = fork()) {
    case 0:
        _exit(body(arg) & 0xff);
    default:
        return pid;
    }
}

int await(pid_t pid)
{
    if (pid < 1) {
        errno = EINVAL;
        return -1;
    }
    for (;;) {
        int status;
        if (waitpid(pid, &status, 0) == pid) {
            if (WIFEXITED(status))
                return WEXITSTATUS(status);
            if (WIFSIGNALED(status))
                return WTERMSIG(status) + 128;
        } else if (errno != EINTR) {
            return -1;
        }
    }
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    bool fail = false;
    int why = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        codes[i] = fail ? -1 : fork();
        if (codes[i] == 0)
            _exit(body(i));
        if (codes[i] > 0) {
            count++;
        } else if (!fail) {
            fail = true;
            why = errno;
        }
    }
    while (count > 0) {
        count--;
        codes[count] = await(codes[count]);
    }
    if (fail)
        errno = why;
    return fail ? -1 : 0;
}

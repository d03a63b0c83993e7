/*
 * Holds the children back at a gate, a pipe, until all of them have been started: each waits for the end of file
 * that comes when the parent closes the write end. Then looks once at every child without waiting, and
 * waits only for those that are still running.
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

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t child = fork();
    if (child == 0)
        _exit(body(arg));
    return child;
}

int await(pid_t pid)
{
    int status;
    pid_t got = -1;
    errno = EINVAL;
    if (pid > 0) {
        do {
            got = waitpid(pid, &status, 0);
        } while (got == -1 && errno == EINTR);
    }
    return got == -1 ? -1 : code_of(status);
}

static void child(size_t index, int (*body)(size_t index), const int gate[2])
{
    char none;
    close(gate[1]);
    while (read(gate[0], &none, 1) == -1 && errno == EINTR)
        ;
    close(gate[0]);
    _exit(body(index));
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    int gate[2], error = 0;
    size_t started = 0;
    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        codes[i] = -1;
    pid_t *pids = malloc(n * sizeof(pid_t));
    if (pids == NULL)
        return -1;
    if (pipe(gate) == -1) {
        error = errno;
        goto fail_pipe;
    }

    for (; started < n; started++) {
        pids[started] = fork();
        if (pids[started] == 0)
            child(started, body, gate);
        if (pids[started] == -1) {
            error = errno;
            break;
        }
    }
    close(gate[0]);
    close(gate[1]);

    for (size_t i = 0; i < started; i++) {
        int status;
        if (waitpid(pids[i], &status, WNOHANG) == pids[i]) {
            codes[i] = code_of(status);
            pids[i] = 0;
        }
    }
    for (size_t i = 0; i < started; i++)
        if (pids[i] != 0)
            codes[i] = await(pids[i]);

fail_pipe:
    free(pids);
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

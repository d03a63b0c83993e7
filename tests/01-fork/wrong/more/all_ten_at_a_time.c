/*
 * fails: all_children_run_before_any_is_waited_for fail "when only 10 of 300 children had been started"
 *
 * What is wrong: no more than ten children run at once.
 */
#include "spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* A wait status packs "how" and "which" into one int; a code is what the shell shows as $?. */
static int code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(body(arg)); /* not exit: atexit handlers and unwritten stdio buffers are the parent's, ours are copies */
    return pid;           /* the child's PID, or -1 with fork's errno */
}

int await(pid_t pid)
{
    /* To waitpid, 0, -1 and -N mean "any child of a group" or "any child at all": it would reap somebody else's. */
    if (pid <= 0) {
        errno = EINVAL;
        return -1;
    }
    int status;
    pid_t reaped;
    do {
        /* No WUNTRACED: so the kernel does not tell us about a child that has merely stopped. */
        reaped = waitpid(pid, &status, 0);
    } while (reaped == -1 && errno == EINTR);
    return reaped == -1 ? -1 : code_of(status);
}

/* Forks children 0, 1, ... until there are n or a fork fails; returns how many there are (errno tells why not n). */
static size_t start_children(size_t n, int (*body)(size_t index), pid_t pids[])
{
    for (size_t i = 0; i < n; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(body(i)); /* a child that went on from here would run this loop too, and fork children of its own */
        if (pids[i] == -1)
            return i;
        if (i % 10 == 9) { siginfo_t s; waitid(P_PID, pids[i - 9], &s, WEXITED | WNOWAIT); }
    }
    return n;
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        codes[i] = -1; /* what stays of it belongs to children that were never started */

    /* On the heap, because n may be larger than the stack is; calloc also sees it if n * sizeof overflows. */
    pid_t *pids = calloc(n, sizeof(*pids));
    if (pids == NULL)
        return -1;

    size_t started = start_children(n, body, pids);
    int error = started < n ? errno : 0; /* kept here, because the waits below set errno as well */

    for (size_t i = 0; i < started; i++) {
        codes[i] = await(pids[i]);
        if (codes[i] == -1 && error == 0)
            error = errno; /* the caller's doing: with SIGCHLD ignored, the kernel itself reaps our children */
    }
    free(pids);

    if (error != 0) {
        errno = error;
        return -1;
    }
    return 0;
}

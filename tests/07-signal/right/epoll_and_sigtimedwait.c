/*
 * Waits in epoll_pwait, with an empty handler so that the wait ends; a handler for a signal that comes in leaves a
 * mark, and one that is still pending is taken by sigtimedwait. A regular file, which epoll refuses, is always ready
 * anyway.
 */
#include "graceful.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum verdict { READY, SIGNALLED, INTERRUPTED, BROKEN };

static struct {
    volatile sig_atomic_t seen;
    sigset_t one, open_mask, callers_mask;
    struct sigaction callers_action;
} state;

static void mark(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    state.seen = info != NULL;
}

int install_handler(int signo, void (*handler)(int))
{
    const struct sigaction a = {.sa_handler = handler, .sa_flags = SA_RESTART};
    return sigaction(signo, &a, NULL) == 0 ? 0 : -1;
}

static enum verdict wait_(int epoll)
{
    enum verdict verdict = READY;
    if (epoll != -1) {
        struct epoll_event event;
        if (epoll_pwait(epoll, &event, 1, -1, &state.open_mask) == -1)
            verdict = errno == EINTR ? INTERRUPTED : BROKEN;
    }
    if (verdict == BROKEN)
        return BROKEN;
    int taken = 0;
    while (!state.seen) {
        taken = sigtimedwait(&state.one, NULL, &(struct timespec){0, 0});
        if (taken > 0 || errno != EINTR)
            break;
    }
    return state.seen || taken > 0 ? SIGNALLED : verdict;
}

static int drain_(int fd, int epoll, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    size_t size = 1 << 20;
    char *malloc_ = malloc(size);
    if (malloc_ == NULL)
        return -1;
    int result;
    for (;;) {
        enum verdict verdict = wait_(epoll);
        if (verdict == INTERRUPTED)
            continue;
        result = verdict == SIGNALLED ? 1 : -1;
        if (verdict != READY)
            break;
        ssize_t got = read(fd, malloc_, size);
        if (got == -1 && errno == EINTR)
            continue;
        result = (int)(got < 0 ? -1 : 0);
        if (got <= 0)
            break;
        consume(malloc_, (size_t)got, arg);
    }
    int error = errno;
    free(malloc_);
    errno = error;
    return result;
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    int result = -1;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        return -1;
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1) {
        int error = errno;
        close(epoll);
        epoll = -1;
        if (error != EPERM) {
            errno = error;
            return -1;
        }
    }

    struct sigaction action = {.sa_sigaction = mark, .sa_flags = SA_SIGINFO};
    sigemptyset(&state.one);
    if (sigaddset(&state.one, signo) == 0) {
        state.seen = 0;
        sigprocmask(SIG_BLOCK, &state.one, &state.callers_mask);
        state.open_mask = state.callers_mask;
        sigdelset(&state.open_mask, signo);
        if (sigaction(signo, &action, &state.callers_action) == 0) {
            result = drain_(fd, epoll, consume, arg);
            int error = errno;
            sigaction(signo, &state.callers_action, NULL);
            errno = error;
        }
        int error = errno;
        sigprocmask(SIG_SETMASK, &state.callers_mask, NULL);
        errno = error;
    }

    int error = errno;
    if (epoll != -1)
        close(epoll);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    size_t count = 0;
    int error = errno, status;
    pid_t pid = wait3(&status, WNOHANG, NULL);
    if (pid > 0) {
        on_exit(pid, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), arg);
        count = 1 + reap_exited(on_exit, arg);
    }
    errno = error;
    return count;
}

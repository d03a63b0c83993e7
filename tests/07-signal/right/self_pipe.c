/*
 * The self-pipe: the handler writes a byte into a pipe that is watched together with fd, and that byte is all that says
 * that the signal has come. The signal is let in by ppoll only, or else a queue of real-time signals would pour in.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int bell[2];

static void ring(int signo)
{
    int error = errno;
    (void)signo;
    ssize_t written = write(bell[1], "!", 1);
    (void)written; /* the pipe is empty: there is room */
    errno = error;
}

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {0};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, signo);
    return sigaction(signo, &action, NULL);
}

/* Waits for fd or the bell, or only for the bell and not at all; what is ready is in p[]. 0, or -1 with errno. */
static int listen_(struct pollfd p[2], int fd, const sigset_t *open_mask)
{
    static const struct timespec at_once = {0, 0};
    for (;;) {
        p[0] = (struct pollfd){.fd = bell[0], .events = POLLIN};
        p[1] = (struct pollfd){.fd = fd, .events = POLLIN};
        if (ppoll(p, 2, fd == -1 ? &at_once : NULL, open_mask) >= 0)
            return 0;
        if (errno != EINTR)
            return -1;
    }
}

static int pump(int fd, const sigset_t *open_mask, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    static char data[60000];
    struct pollfd p[2];
    for (;;) {
        if (listen_(p, fd, open_mask) == -1)
            return -1;
        if (p[0].revents != 0)
            return 1;
        if (listen_(p, -1, open_mask) == -1) /* while there is data, the wait above has kept the mask shut */
            return -1;
        if (p[0].revents != 0)
            return 1;

        ssize_t got;
        do
            got = read(fd, data, sizeof(data));
        while (got == -1 && errno == EINTR);
        if (got <= 0)
            return (int)got;
        consume(data, (size_t)got, arg);
    }
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    int result = -1, error = 0;
    sigset_t shut, open_mask, callers_mask;
    struct sigaction action = {.sa_handler = ring}, callers_action;

    if (fcntl(fd, F_GETFD) == -1 || pipe2(bell, O_NONBLOCK | O_CLOEXEC) == -1)
        return -1;
    sigemptyset(&action.sa_mask);
    sigemptyset(&shut);
    if (sigaddset(&shut, signo) == -1) {
        error = errno;
        goto close_pipe;
    }
    sigprocmask(SIG_BLOCK, &shut, &callers_mask);
    open_mask = callers_mask;
    sigdelset(&open_mask, signo);
    if (sigaction(signo, &action, &callers_action) == -1) {
        error = errno;
        goto restore_mask;
    }

    result = pump(fd, &open_mask, consume, arg);
    error = errno;

    sigaction(signo, &callers_action, NULL);
restore_mask:
    sigprocmask(SIG_SETMASK, &callers_mask, NULL);
close_pipe:
    close(bell[0]);
    close(bell[1]);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno;
    size_t n = 0;
    for (;; n++) {
        int status = 0;
        pid_t child = waitpid((pid_t)-1, &status, WNOHANG);
        if (child == -1 || child == 0)
            break;
        if (WIFSIGNALED(status))
            on_exit(child, 128 + WTERMSIG(status), arg);
        else
            on_exit(child, WEXITSTATUS(status), arg);
    }
    errno = error;
    return n;
}

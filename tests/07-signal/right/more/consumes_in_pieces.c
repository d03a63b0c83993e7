/*
 * What one readv has brought is consumed in several pieces; at end of file it looks once more for the signal.
 * Reaps four children at a time, and tells of them afterwards.
 */
#define _GNU_SOURCE
#include "graceful.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    sigset_t none;
    struct sigaction act = {0}, old;
    if (sigaction(signo, NULL, &old) == -1)
        return -1;
    if (sigemptyset(&none) == -1)
        return -1;
    act.sa_mask = none;
    act.sa_handler = handler;
    act.sa_flags |= SA_RESTART;
    if (sigaction(signo, &act, &old) == -1)
        return -1;
    return 0;
}

static volatile sig_atomic_t stop;
static void set_stop(int s)
{
    (void)s;
    stop = 1;
}

/* waits with pselect if the number fits, else with ppoll */
static int await_input(int fd, const sigset_t *m)
{
    if (fd < FD_SETSIZE) {
        fd_set r;
        FD_ZERO(&r);
        FD_SET(fd, &r);
        return pselect(fd + 1, &r, NULL, NULL, NULL, m);
    }
    struct pollfd p = {fd, POLLIN, 0};
    return ppoll(&p, 1, NULL, m);
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    struct sigaction act = {.sa_handler = set_stop}, old;
    sigset_t block, saved, during;
    int ret = -1, error = 0;

    if (fd < 0 || (fcntl(fd, F_GETFD) == -1 && errno == EBADF)) {
        errno = EBADF;
        return -1;
    }
    sigemptyset(&block);
    if (sigaddset(&block, signo) == -1)
        return -1;
    stop = 0;
    if (sigprocmask(SIG_BLOCK, &block, &saved) == -1)
        return -1;
    if (sigaction(signo, &act, &old) == -1) {
        error = errno;
        goto unmask;
    }
    during = saved;
    sigdelset(&during, signo);

    while (ret == -1) {
        int n = await_input(fd, &during);
        if (n == -1 && errno != EINTR) {
            error = errno;
            break;
        }
        sigset_t p;
        sigpending(&p);
        if (stop) {
            ret = 1;
            break;
        }
        if (sigismember(&p, signo)) {
            int got;
            sigwait(&block, &got);
            ret = 1;
            break;
        }
        if (n == -1)
            continue;
        char head[3], rest[200];
        struct iovec v[2] = {{head, sizeof head}, {rest, sizeof rest}};
        ssize_t r = readv(fd, v, 2);
        if (r == -1) {
            if (errno == EINTR)
                continue;
            error = errno;
            break;
        }
        if (r == 0) {
            ret = 0;
            sigpending(&p);
            if (sigismember(&p, signo)) {
                int got;
                sigwait(&block, &got);
                ret = 1; /* it came before we went */
            }
            break;
        }
        size_t h = (size_t)r < sizeof head ? (size_t)r : sizeof head;
        for (size_t i = 0; i < h; i++)
            consume(head + i, 1, arg);
        if ((size_t)r > h)
            consume(rest, (size_t)r - h, arg);
    }
    sigaction(signo, &old, NULL);
unmask:
    sigprocmask(SIG_SETMASK, &saved, NULL);
    if (ret == -1)
        errno = error;
    return ret;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    struct {
        pid_t pid;
        int code;
    } batch[4];
    size_t total = 0;
    int saved = errno, more = 1;
    while (more) {
        size_t n = 0;
        while (n < 4) {
            int status;
            pid_t pid = waitpid(-1, &status, WNOHANG);
            if (pid <= 0) {
                more = 0;
                break;
            }
            batch[n].pid = pid;
            batch[n++].code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        for (size_t i = 0; i < n; i++)
            on_exit(batch[i].pid, batch[i].code, arg);
        total += n;
    }
    errno = saved;
    return total;
}

/*
 * sigsuspend takes the pending signal; a poll with a time-out of 0 asks before whether the descriptor is open.
 */
#define _GNU_SOURCE
#include "graceful.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    /* BSD semantics: stays, restarts */
    if (signal(signo, handler) == SIG_ERR) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

static volatile sig_atomic_t seen;
static void see(int n)
{
    seen = n;
}

struct job {
    int fd, signo;
    sigset_t old, one, wait;
    struct sigaction was;
};

static int came(struct job *j)
{
    sigset_t p;
    if (seen)
        return 1;
    sigemptyset(&p);
    sigpending(&p);
    if (!sigismember(&p, j->signo))
        return 0;
    /* it is there: sigsuspend comes back at once */
    while (!seen)
        sigsuspend(&j->wait);
    return 1;
}

static int go(struct job *j, void (*consume)(const void *, size_t, void *), void *arg)
{
    size_t cap = 1 << 20;
    char *buf = malloc(cap);
    int r = -1, err = 0;
    if (buf == NULL)
        return -1;
again:
    if (came(j)) {
        r = 1;
        goto out;
    }
    {
        struct pollfd p = {j->fd, POLLIN | POLLPRI, 0};
        int n = ppoll(&p, 1, NULL, &j->wait);
        if (n < 0 && errno == EINTR)
            goto again;
        if (n < 0) {
            err = errno;
            goto out;
        }
        if (p.revents & POLLNVAL) {
            err = EBADF;
            goto out;
        }
    }
    if (came(j)) {
        r = 1;
        goto out;
    }
    {
        struct iovec v[2] = {{buf, 10}, {buf + 10, cap - 10}};
        ssize_t n = readv(j->fd, v, 2);
        if (n < 0 && errno == EINTR)
            goto again;
        if (n < 0) {
            err = errno;
            goto out;
        }
        if (n == 0) {
            r = 0;
            goto out;
        }
        consume(buf, n, arg);
        goto again;
    }
out:
    free(buf);
    if (r < 0)
        errno = err;
    return r;
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *, size_t, void *), void *arg)
{
    struct job j = {.fd = fd, .signo = signo};
    int r, e;
    if (fd < 0) {
        errno = EBADF;
        return -1;
    }
    struct pollfd look = {fd, 0, 0};
    if (poll(&look, 1, 0) < 0 && errno != EINTR)
        return -1;
    if (look.revents & POLLNVAL) {
        errno = EBADF;
        return -1;
    }
    if (sigaction(signo, NULL, &j.was) < 0)
        return -1;
    sigemptyset(&j.one);
    if (sigaddset(&j.one, signo) < 0)
        return -1;
    sigprocmask(SIG_BLOCK, &j.one, &j.old);
    j.wait = j.old;
    sigdelset(&j.wait, signo);
    seen = 0;
    struct sigaction a = {.sa_handler = see, .sa_flags = SA_RESTART};
    sigemptyset(&a.sa_mask);
    if (sigaction(signo, &a, NULL) < 0) {
        e = errno;
        sigprocmask(SIG_SETMASK, &j.old, NULL);
        errno = e;
        return -1;
    }
    r = go(&j, consume, arg);
    e = errno;
    sigaction(signo, &j.was, NULL);
    sigprocmask(SIG_SETMASK, &j.old, NULL);
    errno = e;
    return r;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    size_t n;
    int st, e = errno;
    pid_t p;
    struct rusage ru;
    for (n = 0; (p = wait4(-1, &st, WNOHANG, &ru)) > 0; n++) {
        if (WIFEXITED(st))
            on_exit(p, WEXITSTATUS(st), arg);
        else if (WIFSIGNALED(st))
            on_exit(p, WTERMSIG(st) + 128, arg);
        else
            n--;
    }
    errno = e;
    return n;
}

/*
 * A signalfd and fd in one epoll instance, waited for by epoll_pwait2 without a time-out; the signalfd is read, without
 * waiting, before each read of fd. A regular file, which epoll refuses, needs no wait. Reads a pipe through a
 * description of its own, which is non-blocking, if /proc has one to give.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
    int fd, own, epoll, signals;
    bool is_always_ready;
};

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    return sigaction(signo, &action, NULL);
}

/* A second way to the same pipe, with flags of its own; or the descriptor itself. */
static int own_way_to(int fd)
{
    char path[40];
    struct stat status;
    if (fstat(fd, &status) == -1)
        return -1;
    if (!S_ISFIFO(status.st_mode))
        return fd;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int own = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return own == -1 ? fd : own;
}

static int serve(struct server *s, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    static char data[5000];
    for (;;) {
        struct epoll_event events[2];
        if (!s->is_always_ready && epoll_pwait2(s->epoll, events, 2, NULL, NULL) == -1 && errno != EINTR)
            return -1;
        struct signalfd_siginfo taken;
        ssize_t got = read(s->signals, &taken, sizeof(taken));
        if (got == (ssize_t)sizeof(taken))
            return 1;
        if (s->own == s->fd && !s->is_always_ready &&
            epoll_wait(s->epoll, events, 2, 0) <= 0)
            continue;
        got = read(s->own, data, sizeof(data));
        if (got == 0)
            return 0;
        if (got > 0)
            consume(data, (size_t)got, arg);
        else if (errno != EINTR && errno != EAGAIN)
            return -1;
    }
}

static int prepare(struct server *s)
{
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->own, &event) == -1) {
        if (errno != EPERM)
            return -1;
        s->is_always_ready = true;
    }
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->signals, &event);
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    struct server s = {.fd = fd, .own = -1, .epoll = -1, .signals = -1};
    sigset_t set, callers;
    int result = -1;
    sigemptyset(&set);
    if (signo == SIGKILL || signo == SIGSTOP || sigaddset(&set, signo) == -1) {
        errno = EINVAL;
        return -1;
    }
    sigprocmask(SIG_BLOCK, &set, &callers);
    if ((s.own = own_way_to(fd)) != -1 && (s.epoll = epoll_create1(EPOLL_CLOEXEC)) != -1 &&
        (s.signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) != -1 && prepare(&s) != -1)
        result = serve(&s, consume, arg);
    int error = errno;
    if (s.signals != -1)
        close(s.signals);
    if (s.epoll != -1)
        close(s.epoll);
    if (s.own != -1 && s.own != fd)
        close(s.own);
    sigprocmask(SIG_SETMASK, &callers, NULL);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno;
    size_t n = 0;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0; n++)
        on_exit(pid, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), arg);
    errno = error;
    return n;
}

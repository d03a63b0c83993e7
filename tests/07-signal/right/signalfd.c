/*
 * No handler at all: the signal stays blocked from the beginning to the end, and a signalfd, watched together with
 * fd, tells that it is pending. To read that descriptor is to take the signal, one for each structure. Peeks at
 * children with WNOWAIT before reaping them.
 */
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    return sigaction(signo, &action, NULL);
}

static int serve(int fd, int signals, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    for (;;) {
        unsigned char data[1000];
        struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        if (poll(fds, 2, -1) == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        if (fds[1].revents != 0) {
            struct signalfd_siginfo taken;
            ssize_t got = read(signals, &taken, sizeof(taken));
            if (got == (ssize_t)sizeof(taken))
                return 1;
            if (got == -1 && errno != EINTR && errno != EAGAIN)
                return -1;
        } else if (fds[0].revents != 0) {
            ssize_t got = read(fd, data, sizeof(data));
            if (got == 0)
                return 0;
            if (got == -1 && errno != EINTR)
                return -1;
            if (got > 0)
                consume(data, (size_t)got, arg);
        }
    }
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    sigset_t only, before;
    sigemptyset(&only);
    /* A signalfd for a signal that cannot be caught is possible, and never readable. */
    if (signo == SIGKILL || signo == SIGSTOP || sigaddset(&only, signo) != 0) {
        errno = EINVAL;
        return -1;
    }
    if (fcntl(fd, F_GETFL) < 0)
        return -1;
    int signals = signalfd(-1, &only, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        return -1;

    pthread_sigmask(SIG_BLOCK, &only, &before);
    int result = serve(fd, signals, consume, arg);
    int error = errno;
    close(signals);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno;
    size_t reaped = 0;
    for (;;) {
        siginfo_t seen = {0};
        if (waitid(P_ALL, 0, &seen, WEXITED | WNOHANG | WNOWAIT) != 0 || seen.si_pid == 0)
            break;
        int status;
        if (waitpid(seen.si_pid, &status, WNOHANG) != seen.si_pid)
            continue; /* a handler was here in between, and has reaped it */
        reaped++;
        on_exit(seen.si_pid, seen.si_code == CLD_EXITED ? seen.si_status : 128 + seen.si_status, arg);
    }
    errno = error;
    return reaped;
}

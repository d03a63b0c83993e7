/*
 * fails: without_a_free_descriptor_nothing_is_left_behind processes "After a call in which signalfd failed, SIGUSR"
 *
 * What is wrong: blocks the signal, and leaves it blocked when there is no descriptor to be had for the signalfd.
 */
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static int pump(int fd, int signals, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char data[4096];
    for (;;) {
        struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        int ready = poll(p, 2, -1);
        if (ready == -1 && errno != EINTR)
            return -1;
        if (ready == -1)
            continue;
        struct signalfd_siginfo taken;
        if (p[1].revents != 0 && read(signals, &taken, sizeof(taken)) == (ssize_t)sizeof(taken))
            return 1;
        ssize_t got = read(fd, data, sizeof(data));
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return -1;
        if (got == 0)
            return 0;
        consume(data, (size_t)got, arg);
    }
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    sigset_t only, callers_mask;

    sigemptyset(&only);
    if (fcntl(fd, F_GETFD) == -1 || sigaddset(&only, signo) == -1)
        return -1;
    if (signo == SIGKILL || signo == SIGSTOP) {
        errno = EINVAL;
        return -1;
    }
    sigprocmask(SIG_BLOCK, &only, &callers_mask);
    int signals = signalfd(-1, &only, SFD_CLOEXEC);
    if (signals == -1)
        return -1;

    int result = pump(fd, signals, consume, arg);

    int error = errno;
    close(signals);
    sigprocmask(SIG_SETMASK, &callers_mask, NULL);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno;
    int status;
    pid_t pid;
    size_t count = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        on_exit(pid, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), arg);
        count++;
    }
    errno = error;
    return count;
}

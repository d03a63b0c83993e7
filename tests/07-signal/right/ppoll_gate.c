/*
 * A gate: ppoll on nothing at all, without waiting, lets in what is pending, and returns. It stands before every
 * read, after the ppoll that waits. Reads one byte at a time. Installs by changing what sigaction says that there is;
 * reaps by waitid, recursively.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t test;

static void fail(int signo)
{
    test = signo;
}

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action;
    if (sigaction(signo, NULL, &action) == -1)
        return -1;
    action.sa_handler = handler;
    action.sa_flags &= ~(SA_SIGINFO | SA_NODEFER | SA_RESETHAND | SA_NOCLDSTOP | SA_NOCLDWAIT);
    action.sa_flags |= SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static bool gate(const sigset_t *open_mask)
{
    const struct timespec now = {0, 0};
    while (!test && ppoll(NULL, 0, &now, open_mask) == -1 && errno == EINTR)
        ; /* again, because one signal may have been let in before another one, which was not ours */
    return test != 0;
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    if (fcntl(fd, F_GETFL) == -1)
        return -1;
    sigset_t open_mask, shut_mask, callers_mask;
    sigprocmask(SIG_BLOCK, NULL, &callers_mask);
    open_mask = shut_mask = callers_mask;
    if (sigaddset(&shut_mask, signo) == -1 || signo == SIGKILL || signo == SIGSTOP) {
        errno = EINVAL;
        return -1;
    }
    sigdelset(&open_mask, signo);

    struct sigaction action = {.sa_handler = fail, .sa_flags = 0}, callers_action;
    sigemptyset(&action.sa_mask);
    test = 0;
    sigprocmask(SIG_SETMASK, &shut_mask, NULL);
    sigaction(signo, &action, &callers_action);

    int result = 2;
    while (result == 2) {
        struct pollfd p = {fd, POLLIN, 0};
        char byte;
        int n = ppoll(&p, 1, NULL, &open_mask);
        if (n == -1 && errno != EINTR) {
            result = -1;
        } else if (gate(&open_mask)) {
            result = 1;
        } else if (n == 1) {
            ssize_t got = read(fd, &byte, 1);
            if (got == 1)
                consume(&byte, 1, arg);
            else if (got == 0)
                result = 0;
            else if (errno != EINTR)
                result = -1;
        }
    }

    int error = errno;
    sigaction(signo, &callers_action, NULL);
    sigprocmask(SIG_SETMASK, &callers_mask, NULL);
    errno = error;
    return result;
}

static size_t reap_rest(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == -1 || info.si_pid == 0)
        return 0;
    on_exit(info.si_pid, info.si_code == CLD_EXITED ? info.si_status : info.si_status + 128, arg);
    return 1 + reap_rest(on_exit, arg);
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno;
    size_t reaped = reap_rest(on_exit, arg);
    errno = error;
    return reaped;
}

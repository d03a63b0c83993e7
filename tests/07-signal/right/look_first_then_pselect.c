/*
 * Looks before it waits, and not after: sigpending, and sigwaitinfo takes what is there. A signal that comes after the
 * look is let in by pselect, or found by the next look, one piece later. The signal is held back by sighold. pselect
 * watches a copy of the descriptor, if the number itself is too large for an fd_set. Reaps by waitid and wait4 in turn.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t arrivals;

static void count(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)info;
    (void)context;
    arrivals = arrivals + 1;
}

int install_handler(int signo, void (*handler)(int))
{
    if (signal(signo, handler) == SIG_ERR)
        return -1;
    return siginterrupt(signo, 0);
}

static bool has_come(const sigset_t *mine, int signo)
{
    sigset_t pending;
    siginfo_t info;
    if (arrivals > 0)
        return true;
    if (sigpending(&pending) == -1 || sigismember(&pending, signo) != 1)
        return false;
    while (sigwaitinfo(mine, &info) == -1 && errno == EINTR)
        ;
    return true;
}

static int loop_(int fd, int watched, int signo, const sigset_t *mine, const sigset_t *open_mask,
                 void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char data[777];
    while (!has_come(mine, signo)) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(watched, &set);
        int n = pselect(watched + 1, &set, NULL, NULL, NULL, open_mask);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
        ssize_t got = read(fd, data, sizeof(data));
        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? 0 : -1;
        consume(data, (size_t)got, arg);
    }
    return 1;
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    sigset_t mine, callers, open_mask;
    struct sigaction ours = {.sa_sigaction = count, .sa_flags = SA_SIGINFO | SA_RESTART}, theirs;
    sigemptyset(&mine);
    if (sigaddset(&mine, signo) == -1)
        return -1;
    if (sigprocmask(SIG_SETMASK, NULL, &callers) == -1)
        return -1;
    int watched = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (watched == -1)
        return -1;
    if (watched >= FD_SETSIZE) {
        close(watched);
        errno = EMFILE;
        return -1;
    }
    open_mask = callers;
    sigdelset(&open_mask, signo);
    arrivals = 0;

    int result = sighold(signo);
    int error = errno;
    if (result == 0) {
        result = sigaction(signo, &ours, &theirs);
        error = errno;
        if (result == 0) {
            result = loop_(fd, watched, signo, &mine, &open_mask, consume, arg);
            error = errno;
            sigaction(signo, &theirs, NULL);
        }
        if (sigismember(&callers, signo) == 0)
            sigrelse(signo);
    }
    close(watched);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno;
    size_t n = 0;
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        int status;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid > 0) {
            on_exit(info.si_pid, info.si_code == CLD_EXITED ? info.si_status : info.si_status + 128, arg);
            n++;
        }
        pid_t pid = wait4(-1, &status, WNOHANG | __WALL, NULL);
        if (pid <= 0)
            break;
        on_exit(pid, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), arg);
        n++;
    }
    errno = error;
    return n;
}

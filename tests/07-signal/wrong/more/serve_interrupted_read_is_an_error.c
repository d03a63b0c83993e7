/*
 * fails: an_interrupted_read_is_no_error fail "serve_until_signal, when some other signal interrupts a read, gave"
 *
 * What is wrong: gives up when a signal interrupts the read.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static volatile sig_atomic_t came;

static void note(int signo)
{
    (void)signo;
    came = 1;
}

/* Has the signal come, or is it pending? */
static int look(const sigset_t *only)
{
    const struct timespec now = {0, 0};
    return came || sigtimedwait(only, NULL, &now) > 0;
}

static int pump(int fd, const sigset_t *only, const sigset_t *open_mask,
                void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char data[4096];
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = ppoll(&p, 1, NULL, open_mask);
        if (ready == -1 && errno != EINTR)
            return -1;
        if (look(only))
            return 1;
        if (ready == -1)
            continue;
        ssize_t got = read(fd, data, sizeof(data));
        if (got == -1)
            return -1;
        if (got == 0)
            return 0;
        consume(data, (size_t)got, arg);
    }
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    sigset_t only, callers_mask, open_mask;
    struct sigaction action = {.sa_handler = note}, callers_action;

    sigemptyset(&only);
    if (fcntl(fd, F_GETFD) == -1 || sigaddset(&only, signo) == -1)
        return -1;
    sigprocmask(SIG_BLOCK, &only, &callers_mask);
    open_mask = callers_mask;
    sigdelset(&open_mask, signo);
    came = 0;
    if (sigaction(signo, &action, &callers_action) == -1) {
        sigprocmask(SIG_SETMASK, &callers_mask, NULL);
        errno = EINVAL;
        return -1;
    }

    int result = pump(fd, &only, &open_mask, consume, arg);

    int error = errno;
    sigaction(signo, &callers_action, NULL);
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

/*
 * The handler rings an eventfd, which ppoll watches together with fd. If the signal is pending after that, sigsuspend
 * lets it in. Reads by preadv2 with RWF_NOWAIT, where fd can do that, so that even a second reader who takes the
 * data away first hardly ever makes the read wait.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int event = -1;

static void ring(int signo)
{
    int error = errno;
    uint64_t one = 1;
    (void)signo;
    if (write(event, &one, sizeof(one)) == -1)
        event = -1; /* cannot happen: the counter is at 0 */
    errno = error;
}

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_flags = SA_RESTART | SA_SIGINFO};
    action.sa_sigaction =
        (void (*)(int, siginfo_t *, void *))(void (*)(void))handler; /* it looks at the first argument only */
    return sigaction(signo, &action, NULL);
}

static ssize_t read_without_waiting(int fd, void *buffer, size_t size)
{
    static const int cannot[] = {EOPNOTSUPP, ESPIPE, ENOSYS, EINVAL, EAGAIN};
    struct iovec vector = {buffer, size};
    ssize_t got = preadv2(fd, &vector, 1, -1, RWF_NOWAIT);
    if (got >= 0)
        return got;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (errno == EAGAIN && poll(&p, 1, 0) == 0)
        return -1; /* there is nothing any more */
    for (size_t i = 0; i < sizeof(cannot) / sizeof(*cannot); i++)
        if (errno == cannot[i])
            return read(fd, buffer, size);
    return -1;
}

static bool has_rung(void)
{
    struct pollfd p = {.fd = event, .events = POLLIN};
    int n;
    do
        n = poll(&p, 1, 0);
    while (n == -1 && errno == EINTR);
    return n == 1;
}

static bool pending_has_rung(int signo, const sigset_t *open_mask)
{
    sigset_t pending;
    while (!has_rung()) {
        sigpending(&pending);
        if (sigismember(&pending, signo) != 1)
            return false;
        sigsuspend(open_mask);
    }
    return true;
}

static int serve(int fd, int signo, const sigset_t *open_mask, void (*consume)(const void *data, size_t len, void *arg),
                 void *arg)
{
    static unsigned char buffer[3000];
    for (;;) {
        struct pollfd p[2] = {{.fd = event, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
        int n = ppoll(p, 2, NULL, open_mask);
        if (n == -1 && errno != EINTR)
            return -1;
        if (pending_has_rung(signo, open_mask))
            return 1;
        if (n <= 0)
            continue;
        ssize_t got = read_without_waiting(fd, buffer, sizeof(buffer));
        if (got == 0)
            return 0;
        if (got == -1 && errno != EINTR && errno != EAGAIN)
            return -1;
        if (got > 0)
            consume(buffer, (size_t)got, arg);
    }
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    if (fcntl(fd, F_GETFL) == -1)
        return -1;
    sigset_t set, callers;
    if (sigemptyset(&set) == -1 || sigaddset(&set, signo) == -1)
        return -1;
    event = eventfd(0, EFD_CLOEXEC);
    if (event == -1)
        return -1;

    int result = -1;
    int error;
    struct sigaction action = {.sa_handler = ring}, before;
    sigprocmask(SIG_BLOCK, &set, &callers);
    if (sigaction(signo, &action, &before) == 0) {
        sigset_t open_mask = callers;
        sigdelset(&open_mask, signo);
        result = serve(fd, signo, &open_mask, consume, arg);
        error = errno;
        sigaction(signo, &before, NULL);
    } else {
        error = errno;
    }
    sigprocmask(SIG_SETMASK, &callers, NULL);
    close(event);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno, status;
    size_t count = 0;
    pid_t pid;
    do {
        pid = waitpid(-1, &status, WNOHANG);
        if (pid > 0 && (WIFEXITED(status) || WIFSIGNALED(status))) {
            on_exit(pid, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), arg);
            count++;
        }
    } while (pid > 0);
    errno = error;
    return count;
}

/*
 * fails: a_signal_in_any_gap_before_a_wait_ends_it fail "and the caller's handler was not run, and nothing is pending: the"
 * fails: a_signal_in_any_gap_is_seen_exactly_once fail "and the caller's handler was not run, and nothing is pending: the"
 * fails: a_signal_in_any_gap_is_seen_exactly_once_if_the_caller_blocks_it fail "and the caller's handler was not run, and nothing is pending: the"
 * fails: a_second_signal_is_not_lost fail "and the caller's handler was not run, and nothing is pending: the"
 * fails: the_signal_is_blocked_while_consume_runs fail "was not blocked while consume ran: it could interrupt it"
 * fails: of_several_queued_signals_one_is_taken fail "The number of signals that are left to the caller, of three before"
 *
 * What is wrong: the self-pipe as it is often written: the signal stays unblocked all the time, and its handler
 * writes a byte into a pipe that is polled with fd. No signal is lost on the wait; but consume is interrupted, a
 * whole queue of signals comes in at once, and a signal between the last poll and the return is neither told nor
 * left to the caller.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static int bell[2];

static void ring(int signo)
{
    int error = errno;
    (void)signo;
    ssize_t written = write(bell[1], "!", 1);
    (void)written;
    errno = error;
}

static int pump(int fd, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char data[4096];
    for (;;) {
        struct pollfd p[2] = {{.fd = bell[0], .events = POLLIN}, {.fd = fd, .events = POLLIN}};
        int ready = poll(p, 2, -1);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            return -1;
        if (p[0].revents != 0)
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
    struct sigaction action = {.sa_handler = ring}, callers_action;

    sigemptyset(&only);
    if (fcntl(fd, F_GETFD) == -1 || sigaddset(&only, signo) == -1)
        return -1;
    if (pipe2(bell, O_NONBLOCK | O_CLOEXEC) == -1)
        return -1;
    if (sigaction(signo, &action, &callers_action) == -1) {
        close(bell[0]);
        close(bell[1]);
        errno = EINVAL;
        return -1;
    }
    sigprocmask(SIG_UNBLOCK, &only, &callers_mask);

    int result = pump(fd, consume, arg);

    int error = errno;
    sigaction(signo, &callers_action, NULL);
    sigprocmask(SIG_SETMASK, &callers_mask, NULL);
    close(bell[0]);
    close(bell[1]);
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

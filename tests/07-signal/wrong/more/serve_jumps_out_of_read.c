/*
 * fails: a_signal_in_any_gap_before_a_wait_ends_it fail "What was consumed and what is left in the pipe, just before call"
 * fails: a_signal_in_any_gap_is_seen_exactly_once fail "What was consumed and what is left in the pipe, just before call"
 * fails: a_signal_in_any_gap_is_seen_exactly_once_if_the_caller_blocks_it fail "What was consumed and what is left in the pipe, just before call"
 * fails: what_was_read_is_consumed_all_the_same fail "The pieces that were consumed, though the signal came when the data"
 * fails: a_signal_that_the_caller_holds_back_is_not_let_in stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: an_error_wins_over_the_signal fail "came just before a read that failed with EIO, gave"
 *
 * What is wrong: unblocks the signal around read, and jumps out of it from the handler. If the read has just taken
 * data from the pipe, the jump loses it.
 */
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static sigjmp_buf way_out;

static void note(int signo)
{
    (void)signo;
    siglongjmp(way_out, 1);
}

static int pump(int fd, const sigset_t *only, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char data[4096];
    if (sigsetjmp(way_out, 1) != 0)
        return 1;
    for (;;) {
        sigprocmask(SIG_UNBLOCK, only, NULL);
        ssize_t got = read(fd, data, sizeof(data));
        int error = errno;
        sigprocmask(SIG_BLOCK, only, NULL);
        errno = error;
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
    struct sigaction action = {.sa_handler = note}, callers_action;

    sigemptyset(&only);
    if (fcntl(fd, F_GETFD) == -1 || sigaddset(&only, signo) == -1)
        return -1;
    sigprocmask(SIG_BLOCK, &only, &callers_mask);
    if (sigaction(signo, &action, &callers_action) == -1) {
        sigprocmask(SIG_SETMASK, &callers_mask, NULL);
        errno = EINVAL;
        return -1;
    }

    int result = pump(fd, &only, consume, arg);

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

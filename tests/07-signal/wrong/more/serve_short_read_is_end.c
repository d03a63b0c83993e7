/*
 * fails: data_is_consumed_as_it_comes fail "The pieces that were consumed, with a writer that writes a word when"
 * fails: an_interrupted_read_is_no_error fail "The pieces that were consumed, when some other signal interrupts a"
 * fails: the_flags_stay_untouched fail "The pieces that were consumed, to the end of a pipe, together"
 * fails: a_signal_just_before_a_later_wait_ends_it fail "came after a piece was consumed, just before the function looked or"
 * fails: a_signal_in_any_gap_before_a_wait_ends_it fail "serve_until_signal, when SIGUSR"
 * fails: a_second_signal_is_not_lost fail "serve_until_signal, when SIGUSR"
 * fails: a_steady_writer_cannot_keep_the_signal_out fail "serve_until_signal, when SIGUSR"
 * fails: a_signal_during_consume_ends_it_before_the_next_read fail "serve_until_signal, when SIGUSR"
 * fails: what_was_read_is_consumed_all_the_same fail "came when the data had just been read, gave"
 * fails: a_signal_that_the_caller_holds_back_is_not_let_in fail "serve_until_signal, when SIGUSR"
 * fails: the_disposition_is_the_callers_again fail "The number of times that the caller's handler runs for a signal"
 * fails: the_signal_is_not_delivered_a_second_time fail "serve_until_signal, when SIGUSR"
 * fails: of_several_queued_signals_one_is_taken fail "serve_until_signal, with three queued signals while consume ran,"
 * fails: the_next_call_starts_afresh fail "The pieces that were consumed, in the call after the one that a"
 * fails: a_failed_read_is_reported fail "serve_until_signal, when the second read failed with EIO, gave"
 * fails: what_runs_in_a_handler_is_safe_there_and_keeps_errno fail "serve_until_signal, when SIGUSR"
 *
 * What is wrong: takes a read that does not fill the buffer for end of file.
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
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return -1;
        if (got == 0)
            return 0;
        consume(data, (size_t)got, arg);
        if ((size_t)got < sizeof(data))
            return 0;
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

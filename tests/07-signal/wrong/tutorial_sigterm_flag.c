/*
 * fails: a_signal_just_before_the_first_wait_ends_it stall "was delivered before this wait began; nobody looks at what its"
 * fails: a_signal_just_before_a_later_wait_ends_it stall "was delivered before this wait began; nobody looks at what its"
 * fails: a_pending_signal_ends_it_before_anything_is_read stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: a_signal_that_the_caller_blocks_ends_it_too stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: what_the_caller_does_with_the_signal_makes_no_difference stall "was delivered before this wait began; nobody looks at what its"
 * fails: a_signal_in_any_gap_before_a_wait_ends_it stall "was delivered before this wait began; nobody looks at what its"
 * fails: a_signal_in_any_gap_is_seen_exactly_once fail "and the caller's handler was not run, and nothing is pending: the"
 * fails: a_second_signal_is_not_lost fail "and the caller's handler was not run, and nothing is pending: the"
 * fails: the_signal_is_blocked_while_consume_runs fail "was not blocked while consume ran: it could interrupt it"
 * fails: a_signal_that_the_caller_holds_back_is_not_let_in stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: the_mask_is_the_callers_again stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: the_signal_is_not_delivered_a_second_time stall "was delivered before this wait began; nobody looks at what its"
 * fails: of_several_queued_signals_one_is_taken stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: the_next_call_starts_afresh stall "was delivered before this wait began; nobody looks at what its"
 * fails: what_runs_in_a_handler_is_safe_there_and_keeps_errno stall "was delivered before this wait began; nobody looks at what its"
 *
 * What is wrong: the tutorial's program, mended as it is often done: the handler only sets a flag, which the loop
 * looks at. A signal between the look and the read is lost: the read waits, and nobody looks.
 */
#include "graceful.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
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

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    came = 0;
    struct sigaction action = {.sa_handler = note}, callers_action;
    if (sigaction(signo, &action, &callers_action) == -1)
        return -1;
    int result = 1;
    while (!came) {
        char data[1024];
        ssize_t got =
            read(fd, data, sizeof(data)); /* no SA_RESTART, so the signal interrupts it, if it is already waiting */
        if (got > 0)
            consume(data, (size_t)got, arg);
        if (got == 0 || (got == -1 && errno != EINTR)) {
            result = (int)got;
            break;
        }
    }
    int error = errno;
    sigaction(signo, &callers_action, NULL);
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

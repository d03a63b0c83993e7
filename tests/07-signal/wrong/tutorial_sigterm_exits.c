/*
 * fails: every_byte_is_consumed_until_end_of_file processes "is another one after the call"
 * fails: data_is_consumed_as_it_comes processes "is another one after the call"
 * fails: it_waits_in_the_kernel_for_data_that_comes_later processes "is another one after the call"
 * fails: an_interrupted_read_is_no_error fail "serve_until_signal, when some other signal interrupts a read, gave"
 * fails: any_descriptor_number_will_do processes "is another one after the call"
 * fails: a_regular_file_is_served_too fail "To look for a fault: make debug, or strace"
 * fails: the_flags_stay_untouched processes "is another one after the call"
 * fails: a_signal_just_before_the_first_wait_ends_it fail "To look for a fault: make debug, or strace"
 * fails: a_signal_just_before_a_later_wait_ends_it fail "To look for a fault: make debug, or strace"
 * fails: a_signal_while_it_waits_ends_it fail "To look for a fault: make debug, or strace"
 * fails: a_pending_signal_ends_it_before_anything_is_read stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: a_signal_that_the_caller_blocks_ends_it_too stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: what_the_caller_does_with_the_signal_makes_no_difference fail "To look for a fault: make debug, or strace"
 * fails: a_signal_in_any_gap_before_a_wait_ends_it fail "To look for a fault: make debug, or strace"
 * fails: a_signal_in_any_gap_is_seen_exactly_once fail "To look for a fault: make debug, or strace"
 * fails: a_signal_in_any_gap_is_seen_exactly_once_if_the_caller_blocks_it processes "is another one after the call"
 * fails: a_second_signal_is_not_lost fail "To look for a fault: make debug, or strace"
 * fails: a_steady_writer_cannot_keep_the_signal_out fail "To look for a fault: make debug, or strace"
 * fails: a_signal_during_consume_ends_it_before_the_next_read fail "To look for a fault: make debug, or strace"
 * fails: what_was_read_is_consumed_all_the_same fail "To look for a fault: make debug, or strace"
 * fails: the_signal_is_blocked_while_consume_runs fail "was not blocked while consume ran: it could interrupt it"
 * fails: other_signals_stay_as_the_caller_has_them processes "is another one after the call"
 * fails: a_signal_that_the_caller_holds_back_is_not_let_in stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: another_signal_does_not_end_it fail "interrupted its wait, and data and end of file came later, gave -"
 * fails: the_disposition_is_the_callers_again processes "is another one after the call"
 * fails: the_mask_is_the_callers_again fail "To look for a fault: make debug, or strace"
 * fails: the_signal_is_not_delivered_a_second_time fail "To look for a fault: make debug, or strace"
 * fails: of_several_queued_signals_one_is_taken stall "for data or end of file from a pipe. The write end of this pipe is"
 * fails: the_next_call_starts_afresh fail "To look for a fault: make debug, or strace"
 * fails: a_bad_descriptor_is_ebadf processes "is another one after the call"
 * fails: a_failed_read_is_reported processes "is another one after the call"
 * fails: a_failed_wait_is_reported processes "is another one after the call"
 * fails: an_error_wins_over_the_signal fail "To look for a fault: make debug, or strace"
 * fails: without_a_free_descriptor_nothing_is_left_behind processes "is another one after the call"
 * fails: what_runs_in_a_handler_is_safe_there_and_keeps_errno fail "was called in a signal handler, and is not async-signal-safe"
 *
 * What is wrong: the tutorial's program without its sleep: the handler prints and exits. The caller's program is gone in
 * the middle of whatever it did; printf and exit may not be called in a handler at all; and a signal that the caller has
 * blocked never comes in.
 */
#include "graceful.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static void say_goodbye(int signo)
{
    printf("got signal %d, bye\n", signo);
    exit(0);
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    if (signal(signo, say_goodbye) == SIG_ERR)
        return -1;
    for (;;) {
        char data[1024];
        ssize_t got = read(fd, data, sizeof(data));
        if (got <= 0)
            return (int)got;
        consume(data, (size_t)got, arg);
    }
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

/*
 * fails: every_byte_is_consumed_until_end_of_file descriptors ""
 * fails: a_signal_just_before_the_first_wait_ends_it descriptors ""
 * fails: a_signal_just_before_a_later_wait_ends_it descriptors ""
 * fails: a_signal_during_consume_ends_it_before_the_next_read descriptors ""
 * fails: a_steady_writer_cannot_keep_the_signal_out descriptors ""
 * fails: a_pending_signal_ends_it_before_anything_is_read descriptors ""
 * fails: a_signal_that_the_caller_blocks_ends_it_too descriptors ""
 * fails: what_was_read_is_consumed_all_the_same descriptors ""
 * fails: the_signal_is_blocked_while_consume_runs descriptors ""
 * fails: other_signals_stay_as_the_caller_has_them descriptors ""
 * fails: a_signal_that_the_caller_holds_back_is_not_let_in descriptors ""
 * fails: another_signal_does_not_end_it descriptors ""
 * fails: an_interrupted_read_is_no_error descriptors ""
 * fails: the_disposition_is_the_callers_again descriptors ""
 * fails: the_mask_is_the_callers_again descriptors ""
 * fails: the_signal_is_not_delivered_a_second_time descriptors ""
 * fails: a_signal_in_any_gap_is_seen_exactly_once descriptors ""
 * fails: what_the_caller_does_with_the_signal_makes_no_difference descriptors ""
 * fails: of_several_queued_signals_one_is_taken descriptors ""
 * fails: any_descriptor_number_will_do descriptors ""
 * fails: a_regular_file_is_served_too descriptors ""
 * fails: an_error_wins_over_the_signal descriptors ""
 * fails: a_failed_read_is_reported descriptors ""
 * fails: a_failed_wait_is_reported descriptors ""
 * fails: without_a_free_descriptor_nothing_is_left_behind descriptors ""
 * fails: the_next_call_starts_afresh descriptors ""
 * fails: the_flags_stay_untouched descriptors ""
 * fails: the_handler_keeps_errno descriptors ""
 *
 * What is wrong: never closes its signalfd.
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
    int signals = signalfd(-1, &only, SFD_CLOEXEC);
    if (signals == -1)
        return -1;
    sigprocmask(SIG_BLOCK, &only, &callers_mask);

    int result = pump(fd, signals, consume, arg);

    int error = errno;
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

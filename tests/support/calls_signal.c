/*
 * calls_signal.c - the submission's changes to the signal mask and to dispositions, and its waits for a signal.
 *
 * "No function changes signal dispositions or masks, not even for a moment": so
 * each change is noted when it is made, in whatever process, unless signals
 * are the test's subject. Only looking is no change.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

static void note_change(const struct call *call, const char *what)
{
    note_failure(
        VERDICT_PROCESSES, call->caller,
        "The signal mask and the dispositions are the caller's: no function changes them, not even for a moment.",
        "%s() (" PLACE ") changed %s.", call->name, (unsigned long)call->caller, what);
}

/* ---- dispositions ------------------------------------------------------------------------------------------------ */

static bool same_action(const struct sigaction *a, const struct sigaction *b)
{
    return a->sa_handler == b->sa_handler && (a->sa_flags & SA_NOCLDWAIT) == (b->sa_flags & SA_NOCLDWAIT);
}

static int change_action(struct call *call, int signo, const struct sigaction *action, struct sigaction *old)
{
    struct sigaction before;
    char what[64];

    if (!call_begins(call))
        return (int)call->result;
    int result = (int)call_ends(call, sigaction_through(signo, action, &before));
    int saved = errno;
    if (result == 0) {
        if (action != NULL && !disposition_changes_allowed() && !same_action(action, &before)) {
            (void)snprintf(what, sizeof what, "the disposition of %s", signal_name(signo));
            note_change(call, what);
        }
        if (old != NULL)
            *old = before;
    }
    errno = saved;
    return result;
}

int eagain_sigaction(int signo, const struct sigaction *action, struct sigaction *old)
{
    struct call call = {CALL_SIGACTION, "sigaction", signo, 0, CALLER, 0, 0, 0, false, false};
    return change_action(&call, signo, action, old);
}

/* By siginterrupt: signal() is not to restart the calls that this signal interrupts. */
static bool interrupts[65];

static sighandler_t divert_signal(struct call *call, int signo, sighandler_t handler, int flags, bool blocks_itself)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    struct sigaction old;

    (void)sigemptyset(&action.sa_mask);
    if (handler == SIG_ERR || (blocks_itself && sigaddset(&action.sa_mask, signo) == -1)) {
        (void)call_begins(call);
        errno = EINVAL;
        (void)call_ends(call, -1);
        return SIG_ERR;
    }
    return change_action(call, signo, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

/* The BSD way, as the C library has it: the handler stays, and calls restart. */
sighandler_t eagain_signal(int signo, sighandler_t handler)
{
    struct call call = {CALL_SIGACTION, "signal", signo, 0, CALLER, 0, 0, 0, false, false};
    bool restarts = signo <= 0 || signo > 64 || !interrupts[signo];
    return divert_signal(&call, signo, handler, restarts ? SA_RESTART : 0, true);
}

sighandler_t eagain_bsd_signal(int signo, sighandler_t handler)
{
    struct call call = {CALL_SIGACTION, "bsd_signal", signo, 0, CALLER, 0, 0, 0, false, false};
    return divert_signal(&call, signo, handler, SA_RESTART, true);
}

/* The System V way, which signal() is for programs that ask for nothing but X/Open: good for one signal. */
sighandler_t eagain_sysv_signal(int signo, sighandler_t handler)
{
    struct call call = {CALL_SIGACTION, "signal", signo, 0, CALLER, 0, 0, 0, false, false};
    return divert_signal(&call, signo, handler, (int)(SA_RESETHAND | SA_NODEFER), false);
}

sighandler_t eagain___sysv_signal(int signo, sighandler_t handler) __attribute__((alias("eagain_sysv_signal")));

int eagain_siginterrupt(int signo, int does_interrupt)
{
    struct call call = {CALL_SIGACTION, "siginterrupt", signo, 0, CALLER, 0, 0, 0, false, false};
    struct sigaction action;

    if (sigaction_through(signo, NULL, &action) == -1)
        return -1;
    action.sa_flags = does_interrupt ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    int result = change_action(&call, signo, &action, NULL);
    if (result == 0)
        interrupts[signo] = does_interrupt;
    return result;
}

/* ---- the mask ---------------------------------------------------------------------------------------------------- */

static bool same_mask(const sigset_t *a, const sigset_t *b)
{
    for (int signo = 1; signo <= SIGRTMAX; signo++)
        if (sigismember(a, signo) != sigismember(b, signo))
            return false;
    return true;
}

static void check_mask(const struct call *call, const sigset_t *before)
{
    sigset_t now;

    if (!mask_changes_allowed() && pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && !same_mask(before, &now))
        note_change(call, "the signal mask");
}

static int change_mask(struct call *call, int how, const sigset_t *set, sigset_t *old)
{
    sigset_t before;

    if (!call_begins(call))
        return (int)call->result;
    int result = (int)call_ends(call, sigprocmask(how, set, &before));
    int saved = errno;
    if (result == 0) {
        check_mask(call, &before);
        if (old != NULL)
            *old = before;
    }
    errno = saved;
    return result;
}

int eagain_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    struct call call = {CALL_SIGMASK, "sigprocmask", how, 0, CALLER, 0, 0, 0, false, false};
    return change_mask(&call, how, set, old);
}

int eagain_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    struct call call = {CALL_SIGMASK, "pthread_sigmask", how, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins_numbered(&call))
        return (int)call.result;

    sigset_t before;
    int error = call_ends_numbered(&call, pthread_sigmask(how, set, &before));
    if (error == 0) {
        check_mask(&call, &before);
        if (old != NULL)
            *old = before;
    }
    return error;
}

static int change_one(struct call *call, int how, int signo)
{
    sigset_t one;

    (void)sigemptyset(&one);
    if (sigaddset(&one, signo) == -1)
        return -1;
    return change_mask(call, how, &one, NULL);
}

int eagain_sighold(int signo)
{
    struct call call = {CALL_SIGMASK, "sighold", signo, 0, CALLER, 0, 0, 0, false, false};
    return change_one(&call, SIG_BLOCK, signo);
}

int eagain_sigrelse(int signo)
{
    struct call call = {CALL_SIGMASK, "sigrelse", signo, 0, CALLER, 0, 0, 0, false, false};
    return change_one(&call, SIG_UNBLOCK, signo);
}

/* ---- waits for a signal ------------------------------------------------------------------------------------------ */

int eagain_sigsuspend(const sigset_t *mask)
{
    struct call call = {CALL_SIGWAIT, "sigsuspend", -1, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return (int)call_ends(&call, sigsuspend(mask));
}

int eagain_pause(void)
{
    struct call call = {CALL_SIGWAIT, "pause", -1, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return (int)call_ends(&call, pause());
}

int eagain_sigwait(const sigset_t *set, int *signo)
{
    struct call call = {CALL_SIGWAIT, "sigwait", -1, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins_numbered(&call))
        return (int)call.result;
    return call_ends_numbered(&call, sigwait(set, signo));
}

int eagain_sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    struct call call = {CALL_SIGWAIT, "sigwaitinfo", -1, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return (int)call_ends(&call, sigwaitinfo(set, info));
}

/* With a time-out of 0 it only looks. With a stopped clock a longer one takes no real time. */
int eagain_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
    struct call call = {CALL_SIGWAIT, "sigtimedwait", -1, 0, CALLER, 0, 0, 0, false, false};
    static const struct timespec no_time = {0, 0};
    long limit = timeout == NULL ? -1 : (long)timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000;
    bool is_virtual = clock_is_stopped() && limit > 0;

    if (!call_begins(&call))
        return (int)call.result;
    int result = (int)call_ends(&call, sigtimedwait(set, info, is_virtual ? &no_time : timeout));
    int saved = errno;
    if (result == -1 && is_virtual && saved == EAGAIN)
        advance_clock(limit);
    else if (result == -1 && limit == 0)
        call_was_empty(&call);
    errno = saved;
    return result;
}

int eagain_signalfd(int fd, const sigset_t *mask, int flags)
{
    struct call call = {CALL_SIGNALFD, "signalfd", fd, (size_t)flags, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    int made = (int)call_ends(&call, signalfd(fd, mask, flags));
    if (fd == -1)
        fd_was_opened(made, "signalfd", call.caller);
    return made;
}

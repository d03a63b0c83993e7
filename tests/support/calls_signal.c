/*
 * calls_signal.c - the submission's changes to the signal mask and to dispositions.
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

#include "calls.h"
#include "diverted.h"
#include "suite.h"

static void check_change(const struct call *call, bool has_changed, const char *what)
{
    if (has_changed && !signal_changes_allowed())
        note_failure(
            VERDICT_PROCESSES, call->caller,
            "The signal mask and the dispositions are the caller's: no function changes them, not even for a moment.",
            "%s() (" PLACE ") changed %s.", call->name, (unsigned long)call->caller, what);
}

/* "the disposition of SIGCHLD"; the text lives until the next call. */
static const char *disposition_of(int signo)
{
    static char text[48];
    const char *name = sigabbrev_np(signo);

    if (name != NULL)
        (void)snprintf(text, sizeof text, "the disposition of SIG%s", name);
    else
        (void)snprintf(text, sizeof text, "the disposition of signal %d", signo);
    return text;
}

static bool same_action(const struct sigaction *a, const struct sigaction *b)
{
    return a->sa_handler == b->sa_handler && (a->sa_flags & SA_NOCLDWAIT) == (b->sa_flags & SA_NOCLDWAIT);
}

int eagain_sigaction(int signo, const struct sigaction *action, struct sigaction *old)
{
    struct call call = {CALL_SIGACTION, "sigaction", signo, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;

    struct sigaction before;
    int result = (int)call_ends(&call, sigaction(signo, action, &before));
    if (result == 0) {
        check_change(&call, action != NULL && !same_action(action, &before), disposition_of(signo));
        if (old != NULL)
            *old = before;
    }
    return result;
}

static bool same_mask(const sigset_t *a, const sigset_t *b)
{
    for (int signo = 1; signo <= SIGRTMAX; signo++)
        if (sigismember(a, signo) != sigismember(b, signo))
            return false;
    return true;
}

static bool mask_has_changed(const sigset_t *before)
{
    sigset_t now;

    return pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && !same_mask(before, &now);
}

int eagain_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    struct call call = {CALL_SIGMASK, "sigprocmask", how, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;

    sigset_t before;
    int result = (int)call_ends(&call, sigprocmask(how, set, &before));
    if (result == 0) {
        check_change(&call, mask_has_changed(&before), "the signal mask");
        if (old != NULL)
            *old = before;
    }
    return result;
}

int eagain_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    struct call call = {CALL_SIGMASK, "pthread_sigmask", how, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins_numbered(&call))
        return (int)call.result;

    sigset_t before;
    int error = call_ends_numbered(&call, pthread_sigmask(how, set, &before));
    if (error == 0) {
        check_change(&call, mask_has_changed(&before), "the signal mask");
        if (old != NULL)
            *old = before;
    }
    return error;
}

sighandler_t eagain_signal(int signo, sighandler_t handler)
{
    struct call call = {CALL_SIGACTION, "signal", signo, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return SIG_ERR;

    sighandler_t before = signal(signo, handler);
    (void)call_ends(&call, before == SIG_ERR ? -1 : 0);
    check_change(&call, before != SIG_ERR && before != handler, disposition_of(signo));
    return before;
}

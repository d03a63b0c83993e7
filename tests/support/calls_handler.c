/*
 * calls_handler.c - what runs in a signal handler.
 *
 * A handler that the submission installs is called through run_handler(), below. So the library knows of every call
 * whether it is made in a handler, and signal-safety(7) says which of them may be; and it sees whether errno is
 * afterwards as it was before. Both are looked at only in a test that says watch_handlers().
 *
 *     kernel ---SIGUSR1---> run_handler ---> the submission's handler ---> eagain_write ---> write
 *                             notes that we are inside,                     may this be called here?
 *                             hides errno behind a mark
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

/* A value of errno that no call leaves behind: who has changed it in a handler has not put it back. */
enum { ERRNO_MARK = ENOTNAM, SIGNALS = 65 };

/* What was asked for, where run_handler stands in the kernel's table. */
static struct sigaction wanted[SIGNALS];

static bool watched;
static __thread unsigned depth;  /* how many handlers are at work in this thread, one inside the other */
static __thread int outer_errno; /* errno as the outermost of them found it */

void watch_handlers(void)
{
    watched = true;
}

bool in_signal_handler(void)
{
    return depth > 0;
}

/* ---- the way into a handler and back ----------------------------------------------------------------------------- */

static const char expected_errno[] =
    "A handler leaves errno as it was: the code that it interrupts may just be about to"
    " look at it.";

static void call_handler(int signo, siginfo_t *info, void *context)
{
    /* A handler with SA_RESETHAND is in its place no more, but this is the one that was meant. */
    if ((wanted[signo].sa_flags & SA_SIGINFO) != 0)
        wanted[signo].sa_sigaction(signo, info, context);
    else
        wanted[signo].sa_handler(signo);
}

static void run_handler(int signo, siginfo_t *info, void *context)
{
    int saved = errno;
    struct board_task *task = this_task();
    struct board_task interrupted = *task;
    bool is_callers = is_callers_handler(signo, &wanted[signo]);

    if (depth++ == 0)
        outer_errno = saved;
    if (!is_callers) {
        task->signal = signo;
        task->signal_in_call = task->call != CALL_NONE;
    }
    errno = ERRNO_MARK;
    call_handler(signo, info, context);
    if (watched && !is_callers && errno != ERRNO_MARK)
        note_failure(
            VERDICT_FAIL, 0, expected_errno,
            "The handler of %s does not leave errno as it was. (A call may change errno even when it succeeds.)",
            signal_name(signo));
    depth--;

    /* The interrupted call may go on: it is what this task is doing. */
    task->call = interrupted.call;
    task->fd = interrupted.fd;
    task->caller = interrupted.caller;
    (void)memcpy(task->call_name, interrupted.call_name, sizeof task->call_name);
    errno = saved;
}

/* A jump out of a handler leaves all handlers behind. */
static void leave_handlers(void)
{
    if (depth > 0)
        errno = outer_errno;
    depth = 0;
    this_task()->call = CALL_NONE;
}

void eagain_longjmp(jmp_buf place, int value)
{
    leave_handlers();
    longjmp(place, value);
}

void eagain__longjmp(jmp_buf place, int value)
{
    leave_handlers();
    _longjmp(place, value);
}

void eagain_siglongjmp(sigjmp_buf place, int value)
{
    leave_handlers();
    siglongjmp(place, value);
}

/* ---- installing -------------------------------------------------------------------------------------------------- */

static bool is_function(const struct sigaction *action)
{
    return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN && action->sa_handler != SIG_ERR;
}

/* What the kernel has, as the submission is to see it: its own handler in the place of ours. */
static void show_wanted(int signo, struct sigaction *action)
{
    if (action->sa_sigaction != run_handler)
        return;
    if ((wanted[signo].sa_flags & SA_SIGINFO) == 0)
        action->sa_flags &= ~SA_SIGINFO;
    action->sa_sigaction = wanted[signo].sa_sigaction; /* sa_handler is the same word */
}

int sigaction_through(int signo, const struct sigaction *action, struct sigaction *old)
{
    struct sigaction ours;
    struct sigaction before;
    sigset_t all;
    sigset_t mask;
    bool is_ours = action != NULL && signo > 0 && signo < SIGNALS && is_function(action);

    if (action == NULL) { /* only a look */
        int looked = sigaction(signo, NULL, old);
        if (looked == 0 && old != NULL)
            show_wanted(signo, old);
        return looked;
    }
    if (is_ours) {
        ours = *action;
        ours.sa_sigaction = run_handler;
        ours.sa_flags |= SA_SIGINFO;
    }
    /* Nothing comes in between the change of the kernel's table and that of ours. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &mask);
    int result = sigaction(signo, is_ours ? &ours : action, &before);
    int error = errno;
    if (result == 0) {
        show_wanted(signo, &before);
        if (is_ours)
            wanted[signo] = *action;
        if (old != NULL)
            *old = before;
    }
    (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
    errno = error;
    return result;
}

void catch_signal(int signo, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    (void)sigemptyset(&action.sa_mask);
    if (sigaction_through(signo, &action, NULL) == -1)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot catch %s: %s.", signal_name(signo), strerror(errno));
    ledger_accepts_signals();
}

/* ---- what may be called in a handler ----------------------------------------------------------------------------- */

static const char expected_safe[] =
    "What runs in a signal handler calls only functions that signal-safety(7) lists: a signal may have interrupted"
    " malloc or printf half way.";

static void note_unsafe(const char *name, uintptr_t caller)
{
    note_failure(VERDICT_FAIL, caller, expected_safe,
                 "%s() (" PLACE ") was called in a signal handler, and is not async-signal-safe.", name,
                 (unsigned long)caller);
}

/* By the list of signal-safety(7); a call that is a system call and nothing more is let pass, on the list or not. */
static bool is_safe(const struct call *call)
{
    switch (call->kind) {
    case CALL_ALLOC:
    case CALL_FREE:
        return strcmp(call->name, "mmap") == 0 || strcmp(call->name, "munmap") == 0 ||
               strcmp(call->name, "mremap") == 0;
    case CALL_STDIO:
        return false;
    case CALL_EXIT:
        return call->name[0] == '_'; /* _exit, _Exit; exit runs the atexit functions and flushes */
    case CALL_THREAD_CREATE:
    case CALL_THREAD_JOIN:
    case CALL_MUTEX_INIT:
    case CALL_MUTEX_DESTROY:
    case CALL_MUTEX_LOCK:
    case CALL_MUTEX_UNLOCK:
    case CALL_COND_INIT:
    case CALL_COND_DESTROY:
    case CALL_COND_WAIT:
    case CALL_COND_WAKE:
        return false;
    default:
        return true;
    }
}

void check_call_in_handler(const struct call *call)
{
    if (watched && depth > 0 && !is_safe(call))
        note_unsafe(call->name, call->caller);
}

/* In a watched handler: any call may leave anything in errno, unless it is one whose failure says what that is. */
void forget_errno_in_handler(void)
{
    if (watched && depth > 0)
        errno = 0;
}

/* ---- calls that are diverted for this question alone ------------------------------------------------------------- */

static void check_text_call(const char *name, uintptr_t caller)
{
    if (watched && depth > 0)
        note_unsafe(name, caller);
}

int eagain_vsnprintf(char *text, size_t size, const char *format, va_list arguments)
{
    check_text_call("vsnprintf", CALLER);
    return vsnprintf(text, size, format, arguments);
}

int eagain_snprintf(char *text, size_t size, const char *format, ...)
{
    va_list arguments;

    check_text_call("snprintf", CALLER);
    va_start(arguments, format);
    int length = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return length;
}

int eagain_sprintf(char *text, const char *format, ...)
{
    va_list arguments;

    check_text_call("sprintf", CALLER);
    va_start(arguments, format);
    int length = vsprintf(text, format, arguments);
    va_end(arguments);
    return length;
}

char *eagain_strsignal(int signo)
{
    check_text_call("strsignal", CALLER);
    return strsignal(signo);
}

char *eagain_strerror(int error)
{
    check_text_call("strerror", CALLER);
    return strerror(error);
}

/* calls_process.c - the submission's fork, wait, exit and kill. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

/* ---- fork ------------------------------------------------------------------------------------------------------- */

/* "child 2", or "child 1 of child 2" for a child's child. */
static void role_of_child(char *role, size_t size, struct board_process *parent)
{
    unsigned number = ++parent->children;

    if (parent->kind == PROCESS_TEST)
        (void)snprintf(role, size, "child %u", number);
    else
        (void)snprintf(role, size, "child %u of %.40s", number, parent->role);
}

/* The newest children, by PID: a child enters itself on the board only when it runs, which may be after the next call. */
static pid_t newest_children[64];
static unsigned newest_count;

static void child_was_made(pid_t pid)
{
    newest_children[newest_count++ % (sizeof newest_children / sizeof *newest_children)] = pid;
}

/* Without this a child that has not run yet would escape the ledger. It runs soon, whatever the submission does. */
void wait_until_children_have_begun(void)
{
    for (size_t i = 0; i < sizeof newest_children / sizeof *newest_children; i++) {
        pid_t pid = newest_children[i];
        siginfo_t info = {.si_pid = 0};

        while (pid > 0 && board_process(board, pid) == NULL &&
               waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
            (void)sched_yield();
    }
}

static pid_t divert_fork(struct call *call, pid_t (*real_fork)(void))
{
    if (!call_begins(call))
        return (pid_t)call->result;

    if (fork_is_pretended())
        return (pid_t)call_ends(call, pretend_child());

    struct board_process *parent = this_process();
    char role[sizeof parent->role];
    role_of_child(role, sizeof role, parent);
    pid_t pid = real_fork();
    if (pid == 0) {
        (void)process_begins(PROCESS_CHILD, parent, role, call->caller);
        /* The record of the fork is the parent's. */
        return 0;
    }
    if (pid == -1)
        parent->children--;
    else
        child_was_made(pid);
    return (pid_t)call_ends(call, pid);
}

pid_t eagain_fork(void)
{
    struct call call = {.kind = CALL_FORK, .name = "fork", .argument = -1, .caller = CALLER};
    return divert_fork(&call, fork);
}

pid_t eagain__Fork(void)
{
    struct call call = {.kind = CALL_FORK, .name = "_Fork", .argument = -1, .caller = CALLER};
    return divert_fork(&call, _Fork);
}

/* ---- wait --------------------------------------------------------------------------------------------------------- */

static void was_reaped(pid_t pid)
{
    struct board_process *process = pid > 0 ? board_process(board, pid) : NULL;

    if (process != NULL)
        process->reaped = 1;
}

/*
 * What all the waits have in common after the real call: PID is the child found, 0 if there was none (WNOHANG), -1. A wait that
 * fails has found nothing either: who repeats it after ECHILD repeats it for ever.
 */
static void wait_is_over(const struct call *call, pid_t pid, int options)
{
    if (pid <= 0) {
        call_was_empty(call);
        return;
    }
    call_was_fruitful();
    if ((options & WNOWAIT) == 0)
        was_reaped(pid);
}

/* What the kernel adds for a child whose memory it has written to a file, as a test would like to have it. */
static bool core_is_dumped;

void pretend_core_dumps(void)
{
    core_is_dumped = true;
}

/* The answer that a test has made up for a wait. */
static long injected_wait(const struct call *call)
{
    int saved = errno;

    if (call->fails)
        call_was_empty(call);
    errno = saved;
    return call->result;
}

static pid_t divert_wait4(struct call *call, pid_t pid, int *status, int options, struct rusage *usage)
{
    if (!call_begins(call))
        return (pid_t)injected_wait(call);

    int own_status = 0;
    pid_t found = pretended_wait(pid, true);
    if (found > 0 && usage != NULL)
        memset(usage, 0, sizeof *usage);
    found = (pid_t)call_ends(call, found > 0 ? found : wait4(pid, &own_status, options, usage));
    int saved = errno;
    if (core_is_dumped && found > 0 && WIFSIGNALED(own_status))
        own_status |= WCOREFLAG;
    if (found > 0 && status != NULL)
        *status = own_status;
    /* A child that has only stopped or gone on is not reaped by being reported. */
    wait_is_over(call, found, WIFEXITED(own_status) || WIFSIGNALED(own_status) ? options : options | WNOWAIT);
    errno = saved;
    return found;
}

pid_t eagain_wait(int *status)
{
    struct call call = {.kind = CALL_WAIT, .name = "wait", .argument = -1, .caller = CALLER};
    return divert_wait4(&call, -1, status, 0, NULL);
}

pid_t eagain_waitpid(pid_t pid, int *status, int options)
{
    struct call call = {CALL_WAIT, "waitpid", pid, (size_t)options, CALLER, 0, 0, 0, false, false};
    return divert_wait4(&call, pid, status, options, NULL);
}

pid_t eagain_wait3(int *status, int options, struct rusage *usage)
{
    struct call call = {CALL_WAIT, "wait3", -1, (size_t)options, CALLER, 0, 0, 0, false, false};
    return divert_wait4(&call, -1, status, options, usage);
}

pid_t eagain_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    struct call call = {CALL_WAIT, "wait4", pid, (size_t)options, CALLER, 0, 0, 0, false, false};
    return divert_wait4(&call, pid, status, options, usage);
}

int eagain_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    struct call call = {CALL_WAIT, "waitid", (long)id, (size_t)options, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)injected_wait(&call);

    /* The caller may have passed NULL, and must not be seen to: we want to know who was found. */
    siginfo_t own_info = {.si_pid = 0};
    pid_t pid = type == P_ALL ? -1 : type == P_PID ? (pid_t)id : type == P_PIDFD ? pretended_pid_of((int)id) : 0;
    pid_t found = pid != 0 && (options & WEXITED) != 0 ? pretended_wait(pid, (options & WNOWAIT) == 0) : 0;
    if (found > 0) {
        own_info.si_signo = SIGCHLD;
        own_info.si_code = CLD_EXITED;
        own_info.si_pid = found;
        own_info.si_uid = getuid();
    }
    int result = (int)call_ends(&call, found > 0 ? 0 : waitid(type, id, &own_info, options));
    int saved = errno;
    if (result == 0) {
        if (core_is_dumped && own_info.si_code == CLD_KILLED)
            own_info.si_code = CLD_DUMPED;
        bool has_ended =
            own_info.si_code == CLD_EXITED || own_info.si_code == CLD_KILLED || own_info.si_code == CLD_DUMPED;
        wait_is_over(&call, own_info.si_pid, has_ended ? options : options | WNOWAIT);
        if (info != NULL)
            *info = own_info;
    } else {
        wait_is_over(&call, -1, options);
    }
    errno = saved;
    return result;
}

/* ---- exit ---------------------------------------------------------------------------------------------------------- */

/* gcov's counts live in memory: a process that leaves by _exit must write them first. Only there under --coverage. */
extern void __gcov_dump(void) __attribute__((weak));

static void leaves_process(struct call *call, int code)
{
    struct board_process *process = this_process();

    (void)call_begins(call);
    if (process->kind == PROCESS_TEST) {
        note_failure(VERDICT_PROCESSES, call->caller, "A function never ends its caller's process.",
                     "%s(%d) was called in the caller's own process (" PLACE
                     "): the program that called the function would be gone.",
                     call->name, code, (unsigned long)call->caller);
        end_test();
    }
    process->exit_code = code & 0xff;
    process->ended = 1;
    this_task()->call = CALL_NONE;
    if (__gcov_dump != NULL && coverage_ends == NULL) /* there the runner writes them */
        __gcov_dump();
}

#define DIVERT_EXIT(name)                                                              \
    void eagain_##name(int code)                                                       \
    {                                                                                  \
        struct call call = {CALL_EXIT, #name, code, 0, CALLER, 0, 0, 0, false, false}; \
        leaves_process(&call, code);                                                   \
        name(code);                                                                    \
    }

DIVERT_EXIT(_exit)
DIVERT_EXIT(_Exit)
DIVERT_EXIT(exit)
DIVERT_EXIT(quick_exit)

/* ---- kill ----------------------------------------------------------------------------------------------------------- */

/* A submission may signal itself and its own children, nobody else: not Check, not the supervisor. */
static bool may_signal(pid_t pid)
{
    if (pid == getpid())
        return true;
    for (size_t i = 0; i < sizeof newest_children / sizeof *newest_children; i++)
        if (pid > 0 && newest_children[i] == pid)
            return true;
    const struct board_process *process = pid > 0 ? board_process(board, pid) : NULL;
    return process != NULL && process->test == this_test() && process->kind == PROCESS_CHILD;
}

int eagain_kill(pid_t pid, int signo)
{
    struct call call = {CALL_KILL, "kill", pid, (size_t)signo, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    /* The empty signal is a question about one process; to a group, or to everybody, it is none either. */
    if ((signo != 0 || pid <= 0) && !may_signal(pid)) {
        note_failure(VERDICT_FORBIDDEN_CALL, call.caller, "A function signals no process but those that it created.",
                     "kill(%ld, %d) (" PLACE ") is aimed at a process that is none of the function's.", (long)pid,
                     signo, (unsigned long)call.caller);
        end_test();
    }
    return (int)call_ends(&call, kill(pid, signo));
}

int eagain_raise(int signo)
{
    struct call call = {CALL_KILL, "raise", signo, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return (int)call_ends(&call, raise(signo));
}

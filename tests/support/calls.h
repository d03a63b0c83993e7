/*
 * calls.h - what the diverted calls have in common. Private to tests/support.
 *
 * A submission's call of read() arrives in eagain_read(), which has three lines:
 *
 *     struct call call = {CALL_READ, "read", fd, size, CALLER};
 *     if (!call_begins(&call))
 *         return call.result;
 *     return call_ends(&call, read(fd, buffer, call.size));
 *
 * call_begins() counts it, runs the hook that a test has put before it, and
 * answers it at once if the test wants it to fail. call_ends() records the
 * result, runs the hook after it, and watches for spins.
 */
#ifndef EAGAIN_CALLS_H
#define EAGAIN_CALLS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "board.h"

/* The address in the submission that this call returns to; names the submission's line. */
#define CALLER ((uintptr_t)__builtin_return_address(0))

struct call {
    enum call_kind kind;
    const char *name; /* as the submission spelled it */
    long argument;    /* a descriptor, a pid, a signal: what the call is about */
    size_t size;      /* bytes asked for, or flags; a steered transfer gets a lower one */
    uintptr_t caller;
    long result;  /* set when the test has answered the call */
    long elapsed; /* when an interrupted wait is interrupted, in microseconds; negative: so long after its time-out */
    unsigned number; /* the how-many-th of its kind in this process */
    bool injected;   /* the test has answered it: call->result */
    bool fails;      /* ... and the answer is an error; without `injected`: a wait that is to be interrupted */
};

/* Returns true if the call is to be made. Otherwise it has been answered: call->result, and errno, are what to return. */
bool call_begins(struct call *call);

/* Records the result and returns it, errno kept. For calls that answer -1 with errno. */
long call_ends(struct call *call, long result);

/* The same for calls that answer 0 or an error number: pthread_*, posix_memalign. */
bool call_begins_numbered(struct call *call);
int call_ends_numbered(struct call *call, int error);

/* Has the wait that was begun last, of this process, a time-out of 0? */
bool wait_only_looks(void);

/* The call found something, or nothing: the spin watch counts empty calls in a row and ends a test that spins. */
void call_was_empty(const struct call *call);
void call_was_fruitful(void);

/* A test begins: next_call() and nth_call() see the calls from here on. */
void log_begins(void);

/* ---- who we are --------------------------------------------------------------------------------------------------- */

extern struct board *board;

/* This process, and this thread; never NULL once a suite runs. */
struct board_process *this_process(void);
struct board_task *this_task(void);
int this_test(void);

/* A new process begins: gives it its slots on the board. PARENT is the slot of the process that forked it, or NULL. */
struct board_process *process_begins(enum process_kind kind, struct board_process *parent, const char *role,
                                     uintptr_t fork_caller);

/* Only the test's own process and the submission's children: not the suite's peers. */
bool in_submission_process(void);

/* Ends the whole test at once: what went wrong has been noted on the board. */
void end_test(void) __attribute__((noreturn));

/* A test's own failure, variadic core of note_failure() and fail_test(). */
void note_failure_v(enum verdict verdict, uintptr_t caller, const char *expected, const char *seen, va_list arguments);

/* ---- the descriptors that the submission opens ---------------------------------------------------------------------- */

/* Remembers who opened FD, and on which line, until it is closed: for "left open" messages. */
void fd_was_opened(int fd, const char *name, uintptr_t caller);
void fd_was_closed(int fd);
bool was_opened_by_submission(int fd);

/* Notes a failure if CALL is about to close FD in the caller's own process, and FD is the caller's. */
void check_close(const struct call *call, int fd);

/* The same for blocks of memory (in the test's own process), mappings and threads. */
void block_was_allocated(const void *address, size_t size, const char *name, uintptr_t caller);
void block_was_freed(const void *address);
void check_blocks(void);
void memory_was_mapped(void *memory, size_t size, uintptr_t caller);
void memory_was_unmapped(void *memory, size_t size);
void thread_was_created(uintptr_t caller, bool is_detached);
void thread_was_joined(void);
void thread_was_detached(void);

/* ---- children that only seem to have been made: pretended.c ---------------------------------------------------------- */

/* Whether the fork that is to be made now is one of those: then pretend_child() makes it. */
bool fork_is_pretended(void);
void pretend_no_more(void);

/* What a wait for PID (0 or -1: for any child) finds among them; 0: nobody. It can be found again unless the wait REAPS. */
pid_t pretended_wait(pid_t pid, bool reaps);

/* A descriptor for one of them, or -1 if PID is none; and whose a descriptor is, or 0. */
int pretended_pidfd(pid_t pid);
pid_t pretended_pid_of(int fd);

/* ---- threads: calls_thread.c -------------------------------------------------------------------------------------------- */

/* Notes a failure if the calling thread, back from EXPRESSION, still holds a mutex of the submission's. */
void check_locks_held(const char *expression);

/* The suite's own lock and unlock of a mutex say so, by these. They are called while it is held. */
void mutex_is_held(const void *mutex, uintptr_t caller);
void mutex_is_let_go(const void *mutex);

/* The thread gets a name for reports. */
void name_thread(const char *role);

/* What the runner does once before it forks, for suites that use threads; or NULL. */
extern void (*also_warm_up)(void);

/* The default for threads that nobody gave a size. */
void make_stacks_small(void);

/* guard.c: MUTEX has just been locked, or is about to be unlocked. */
void guard_sees_lock(const void *mutex);
void guard_sees_unlock(const void *mutex);

/* Tables of our own that several threads write, in an order that Helgrind must not see: it is told not to look. */
void hide_blocks(void);
void hide_ledger(void);
void hide_plan(void);

/* Waits until all children that the submission has forked are on the board: each enters itself, as the first thing it does. */
void wait_until_children_have_begun(void);

/*
 * Returns when the process PID has ended, is stopped, or is asleep in the kernel; or has computed for so long that this is
 * all that will ever be seen of it.
 */
void wait_until_at_rest(pid_t pid);

/* ---- signals --------------------------------------------------------------------------------------------------------- */

/* Is this a signal handler that the submission (or catch_signal) has installed, or something called by one? */
bool in_signal_handler(void);

/* In a test that watches handlers: notes a failure if CALL may not be made in one and is made there. */
void check_call_in_handler(const struct call *call);
void forget_errno_in_handler(void);

/* sigaction() with run_handler() between the kernel and a handler; ACTION and OLD are what the submission gives and sees. */
struct sigaction;
int sigaction_through(int signo, const struct sigaction *action, struct sigaction *old);

/* ---- the ledger ------------------------------------------------------------------------------------------------------ */

void ledger_begins(void);     /* before the test: looks at what there is */
void ledger_is_checked(void); /* after it: notes a failure for what is there no more, or still */

/* True if FD is the caller's standard output or standard error, as it was when the test began. */
bool is_callers_output(int fd);

/* Is it a descriptor that was open before the test, and neither the suite's nor the submission's: one of Check's? */
bool is_frameworks(int fd);

/*
 * Ends the test if FD is Check's: the file there says how the tests go, and whoever touches it would make Check give up
 * on all of them. (Closing it is check_close()'s subject; a child may close what it likes.)
 */
void check_frameworks_fd(const char *name, int fd, uintptr_t caller);

bool mask_changes_allowed(void);
bool disposition_changes_allowed(void);

/* Is this the handler that the caller, that is the test, had for SIGNO? */
bool is_callers_handler(int signo, const struct sigaction *action);

/* The clock that the submission sees, in milliseconds ahead of the real one; meaningful if clock_is_stopped(). */
bool clock_is_stopped(void);
void advance_clock_by(int64_t microseconds);

/* ---- coverage runs alone have these (coverage/shared_counters.c) -------------------------------------------------- */

void coverage_begins(void) __attribute__((weak));
void coverage_ends(void) __attribute__((weak));

#endif

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

#include "board.h"

/* The address in the submission that this call returns to; names the submission's line. */
#define CALLER ((uintptr_t)__builtin_return_address(0))

struct call {
    enum call_kind kind;
    const char *name; /* as the submission spelled it */
    long argument;    /* a descriptor, a pid, a signal: what the call is about */
    size_t size;      /* bytes asked for, or flags; a steered transfer gets a lower one */
    uintptr_t caller;
    long result;     /* set when the test has answered the call */
    long elapsed;    /* milliseconds that an interrupted wait has taken */
    unsigned number; /* the how-many-th of its kind in this process */
    bool injected;   /* the test has answered it: call->result */
    bool fails;      /* ... and the answer is an error */
};

/* Returns true if the call is to be made. Otherwise it has been answered: call->result, and errno, are what to return. */
bool call_begins(struct call *call);

/* Records the result and returns it, errno kept. For calls that answer -1 with errno. */
long call_ends(struct call *call, long result);

/* The same for calls that answer 0 or an error number: pthread_*, posix_memalign. */
bool call_begins_numbered(struct call *call);
int call_ends_numbered(struct call *call, int error);

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
void thread_was_created(void);
void thread_was_joined(void);

/* Waits until all children that the submission has forked are on the board: each enters itself, as the first thing it does. */
void wait_until_children_have_begun(void);

/* ---- the ledger ------------------------------------------------------------------------------------------------------ */

void ledger_begins(void);     /* before the test: looks at what there is */
void ledger_is_checked(void); /* after it: notes a failure for what is there no more, or still */

/* True if FD is the caller's standard output or standard error, as it was when the test began. */
bool is_callers_output(int fd);

bool signal_changes_allowed(void);

/* The clock that the submission sees, in milliseconds ahead of the real one; meaningful if clock_is_stopped(). */
bool clock_is_stopped(void);

#endif

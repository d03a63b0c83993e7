/*
 * suite.h - the vocabulary that the suites are written in. (ready for suites)
 *
 * A suite is a C file of tests; a test reads like the clause that it checks:
 *
 *     TEST(the_exit_code_is_the_low_eight_bits)
 *     {
 *         pid_t pid = CALL(spawn(return_index, index_of(0x1ff)));
 *         expect_int(CALL(await(pid)), 0xff, "await, for a child whose body returned 0x1ff,");
 *     }
 *
 *     int main(void)
 *     {
 *         return run_suite("01-fork");
 *     }
 *
 * Each test runs in a process of its own ("the parent" of what the submission
 * forks). Only the submission's calls are diverted to this library, by renaming
 * them in its object file: a suite's own read() is the C library's.
 *
 * Before and after every test, without being asked, the library looks at what
 * the submission left behind: descriptors, children, threads, the signal mask
 * and dispositions, and the status flags of the test's own descriptors
 * (ledger.c). It also fails a test whose submission changes the mask or a
 * disposition for a moment, prints, ends the caller's process, lets a child come
 * back into the test, or calls again and again without finding anything (a spin).
 */
#ifndef EAGAIN_SUITE_H
#define EAGAIN_SUITE_H

#include <check.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "board.h"

/* ---- tests ---------------------------------------------------------------------------------------------------- */

/* Begins a test, and enters it in the suite: tests run in the order in which they are defined. */
#define TEST(name)                                                 \
    static void name##_body(void);                                 \
    START_TEST(name)                                               \
    {                                                              \
        test_begins(#name);                                        \
        name##_body();                                             \
        test_ends();                                               \
    }                                                              \
    END_TEST                                                       \
    __attribute__((constructor)) static void register_##name(void) \
    {                                                              \
        register_test(#name, name);                                \
    }                                                              \
    static void name##_body(void)

void register_test(const char *name, const TTest *test);
void test_begins(const char *name);
void test_ends(void);

/* Runs all the tests, each in a process of its own. Returns main's exit status: 0 if all passed, else 1. */
int run_suite(const char *exercise);

/*
 * Calls the submission, and gives back what it returned with errno as it left it (0 if it did not touch it).
 * The expression must not have side effects of its own besides the call.
 */
#define CALL(expression)                             \
    ({                                               \
        pid_t call_pid_ = submission_is_called();    \
        __auto_type call_result_ = (expression);     \
        submission_returned(call_pid_, #expression); \
        call_result_;                                \
    })

/* The same for a function that returns nothing. */
#define CALL_VOID(expression)                        \
    do {                                             \
        pid_t call_pid_ = submission_is_called();    \
        expression;                                  \
        submission_returned(call_pid_, #expression); \
    } while (0)

pid_t submission_is_called(void);
void submission_returned(pid_t caller, const char *expression);

/* A test that this machine cannot run (say why): it is not a pass. Does not return. */
void skip_test(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ---- expectations: what is said when they do not hold is a sentence for a student ------------------------------ */

/*
 * WHAT is printf's format and says what was done, so that "WHAT gave GOT" is a sentence:
 * "await, for a child that returned 7,". A result of -1 is shown with errno's name.
 * The sentence must not give the solution away. Each of these ends the test when it does not hold; in a process other
 * than the test's own it notes the failure and ends that process.
 */
void expect_int(long got, long want, const char *what, ...) __attribute__((format(printf, 3, 4)));

/* GOT must be -1 and errno WANT. */
void expect_error(long got, int want, const char *what, ...) __attribute__((format(printf, 3, 4)));

/* errno (or an error number) GOT must be WANT; shown by name. */
void expect_errno(int got, int want, const char *what, ...) __attribute__((format(printf, 3, 4)));

/* The bytes must be the same; the first difference is shown, unprintable bytes made readable. */
void expect_bytes(const void *got, size_t got_len, const void *want, size_t want_len, const char *what, ...)
    __attribute__((format(printf, 5, 6)));

/* HOLDS must be true; EXPECTED is a whole sentence of what the contract wants, SEEN one of what happened. */
void expect(bool holds, const char *expected, const char *seen, ...) __attribute__((format(printf, 3, 4)));

/* Ends the test with this verdict. */
void fail_test(enum verdict verdict, const char *expected, const char *seen, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

/*
 * Notes a failure and goes on; the test is failed whatever it does then. CALLER is the address of the submission's call that
 * did it, as a record has it, or 0. In the text {@HEX} stands for such an address (write it with PLACE and a uintptr_t).
 */
void note_failure(enum verdict verdict, uintptr_t caller, const char *expected, const char *seen, ...)
    __attribute__((format(printf, 4, 5)));
#define PLACE "{@%lx}"

/* ---- calls: counting -------------------------------------------------------------------------------------------- */

/* How many calls of a kind the submission has made since the test began, in the test's own process. */
unsigned calls_made(enum call_kind kind);

/* The same, in all the children of the submission together. */
unsigned calls_made_by_children(enum call_kind kind);

/* The K-th (from 1) finished call of a kind in the test's own process, or NULL. It stays valid until the test ends. */
const struct board_call *nth_call(enum call_kind kind, unsigned k);

/*
 * Walks over all finished calls of this test, in the order in which they ended, of all processes: give NULL first, then
 * what it returned; NULL after the last. process_of() says who made a call.
 */
const struct board_call *next_call(const struct board_call *call);
const struct board_process *process_of(const struct board_call *call);

/* ---- calls: steering -------------------------------------------------------------------------------------------- */

/* Whose calls are meant, and which: calls are counted from 1 for each process and kind. */
enum whose { IN_PARENT, IN_CHILDREN, EVERYWHERE };
enum { EVERY_CALL = 0 };

/* The K-th call of that kind fails with ERROR without being made. (close: the descriptor is closed all the same.) */
void make_fail(enum whose whose, enum call_kind kind, unsigned k, int error);

/* The K-th call gives RESULT without being made (a spurious wake-up, say). */
void make_return(enum whose whose, enum call_kind kind, unsigned k, long result);

/* From now on a read or write of the submission transfers at most MOST bytes a call. K as above. */
void make_short(enum whose whose, enum call_kind kind, unsigned k, size_t most);

/*
 * The K-th read or write gives what it was asked for, or MOST if that is less, without being made and without touching
 * the memory: gigabytes in no time. A later make_fail for the same call wins.
 */
void make_pretend(enum whose whose, enum call_kind kind, unsigned k, size_t most);

/* Calls HOOK(ARG) just before or just after the K-th call, in the process that makes it. */
void before_call(enum whose whose, enum call_kind kind, unsigned k, void (*hook)(void *arg), void *arg);
void after_call(enum whose whose, enum call_kind kind, unsigned k, void (*hook)(void *arg), void *arg);

/* In a hook: the descriptor that the call is about. In a hook after a call: its record, the newest of all. */
int fd_of_call(void);

/* In a hook: is it a wait with a time-out of 0? So one may ask whether a descriptor is open. */
bool call_only_looks(void);

/*
 * From now on in this test a read of no bytes, by which one may ask the same, is of the kind CALL_LOOK: it does not
 * count as a read, and what is steered for reads is not meant for it.
 */
void reads_of_no_bytes_are_looks(void);
const struct board_call *last_call(void);

/*
 * The next call of that kind on descriptor FD (or on another one for the same file), in this process, fails with ERROR
 * without being made; the others do not.
 */
void fail_next(enum call_kind kind, int fd, int error);

/*
 * From now on, until steer_no_more(), forks in the test's own process only seem to succeed: no child runs, and each has ended
 * with code 0 as soon as somebody waits for it. Thousands of them in no time.
 */
void pretend_to_fork(void);

/* Such a child, as one that the test has made itself. Returns its PID, or -1 with EAGAIN after some thousands of them. */
pid_t pretend_child(void);

/*
 * From now on the submission's waits say of each child that a signal has killed that it left a core dump, too (WCOREDUMP,
 * CLD_DUMPED). Whether a real one does is a matter of the system's settings.
 */
void pretend_core_dumps(void);

/*
 * The caller, which is the test, makes something of its signals: it blocks some, ignores some, catches some. And in a child of
 * the submission's, WHO ("a stage"): a failure for each that it does not find as the caller has it.
 */
void make_callers_signals(void);
void expect_callers_signals(const char *who);

/* Forgets all that was steered so far. Calls are counted on. */
void steer_no_more(void);

/*
 * From now on the submission sees a clock that stands still until somebody advances it, and a timed wait in which
 * nothing is ready takes no real time: the clock is advanced by the time-out and the wait is over.
 */
void stop_the_clock(void);
void advance_clock(long milliseconds);
long clock_advanced(void); /* by how many milliseconds, since stop_the_clock() */

/*
 * The K-th select, poll or epoll_wait (by KIND) is interrupted by a signal after MILLISECONDS of waiting: it fails with
 * EINTR, the stopped clock is advanced by so much, and select's timeval is lowered as Linux does. But if something is
 * there already, that is the answer; and if its time is up before that, it is a time-out.
 */
void interrupt_wait(enum whose whose, enum call_kind kind, unsigned k, long milliseconds);
void interrupt_wait_soon(enum whose whose, enum call_kind kind, unsigned k, long microseconds);

/* The signal comes MILLISECONDS after the time-out was over, before the process got a processor: EINTR all the same. */
void interrupt_wait_late(enum whose whose, enum call_kind kind, unsigned k, long milliseconds);

/*
 * A script for idle moments, those in which the submission waits in select, poll or epoll and nothing is there: STEP(ARG) is
 * called, does what happens meanwhile (writes into a pipe of the test, closes an end) and returns true; then the wait looks
 * again. It returns false when the script is at its end: from then on a wait without a time-out really waits, so that it is
 * seen as a stall, and one with a time-out is over by the clock, which this stops. A wait with a time-out of 0 is no idle moment.
 */
void when_idle(bool (*step)(void *arg), void *arg);

/* In such a STEP, which then returns true: the wait ends with EINTR, MILLISECONDS after it began, unless something is there. */
void interrupt_idle(long milliseconds);

/* The suite's callbacks say by this that the submission has got something done: the spin watch counts from 0 again. */
void progress(void);

/*
 * From now on what is steered is meant only for calls about this mutex or condition variable, and K counts those, from
 * here on. NULL: for all calls, again. (A submission may use objects of its own besides.)
 */
void steer_calls_about(const void *object);

/* ---- what a test may allow -------------------------------------------------------------------------------------- */

/* Signals are this test's subject: changing the mask or dispositions in a call is no failure (leaving them changed is). */
void allow_signal_changes(void);

/* The same for dispositions alone; the mask is not to be touched. */
void allow_disposition_changes(void);

/* The test itself has changed the mask or a disposition: this is how they have to be after the test. */
void ledger_accepts_signals(void);

/* Compares now, not only at the end of the test; what differs is noted as a failure. */
void ledger_checks_signals(void);

/* ---- signals ------------------------------------------------------------------------------------------------------ */

/*
 * The test's own HANDLER for SIGNO, with FLAGS as in sigaction(2). The library knows when it runs: what the submission
 * calls in it is called in a signal handler. (A test may also use sigaction() and ledger_accepts_signals().)
 */
void catch_signal(int signo, void (*handler)(int), int flags);

/*
 * From now on what runs in handlers, the submission's and those of catch_signal(), must be async-signal-safe, and a handler
 * of the submission must keep errno. After each call there errno is changed, as any call may change it.
 */
void watch_handlers(void);

/* ---- descriptors of the test ------------------------------------------------------------------------------------- */

struct ends {
    int read;
    int write;
};

/*
 * A pipe of the test's own, close-on-exec not set. The library knows its ends as the caller's: after the test they must
 * still be open, be what they were, and have the same flags; then it closes them.
 */
struct ends make_pipe(void);

/* A pair of connected UNIX stream sockets, likewise. */
struct ends make_socketpair(void);

/* An empty temporary file (deleted already), open for reading and writing. */
int make_file(void);

/* Tells the library that FD belongs to the test: it was opened by other means than those above. Returns FD. */
int own_fd(int fd);

/* Closes a descriptor of the test (own_fd, make_pipe, ...); fails the test if it is not what it was any more. */
void close_own(int fd);

/* The submission was asked to change FD's flags: take the present ones as right. */
void accept_flags(int fd);

/* FD moved to the number TO (dup2), FD closed; TO must be free. Returns TO. For "descriptors are only numbers" tests. */
int move_fd(int fd, int to);

/* The names of the descriptors open in this process, as text for a message: "0, 1, 2, 5 (read end of a pipe)". */
const char *open_descriptors(void);

/* A number above all descriptors in use, which is not open and which nobody will be given by chance. */
int closed_fd(void);

/* How many holders the other processes do not matter for: descriptors of this process that refer to the same pipe, socket or file as FD. */
int count_same(int fd);

/* ---- memory shared by all processes of a test ------------------------------------------------------------------- */

/* SIZE bytes of zeroes, shared with all processes forked after this. Given back when the test ends. */
void *shared_memory(size_t size);

/* ---- meeting points --------------------------------------------------------------------------------------------- */

/*
 * A barrier for COUNT processes. WHAT says what is awaited, for the report of a stall, as words after "waits until":
 * "all 3 children are running".
 */
struct barrier *make_barrier(unsigned count, const char *what);
void barrier_wait(struct barrier *barrier);

/* A gate is shut until somebody opens it; opening it lets through everybody who waits or comes later. */
struct gate *make_gate(const char *what);
void gate_wait(struct gate *gate);
void gate_open(struct gate *gate);
bool gate_is_open(struct gate *gate);

/* Says for the report of a stall what the suite's own code waits for just now; NULL: for nothing any more. */
void awaits(const char *what);

/* ---- peers: processes of the suite's own ------------------------------------------------------------------------- */

/*
 * Forks a process that runs body(arg) and ends with the code that body returns. ROLE is its name in reports: "the suite's writer".
 * Of the test's descriptors it keeps only those listed (end the list with -1).
 */
pid_t start_peer(const char *role, int (*body)(void *arg), void *arg, ...);

/*
 * For peers: returns when the process PID is asleep in a call of the submission (not in a hook of the suite). This is a
 * fact that the kernel tells, not a guess: what a peer does after it happens during that call.
 */
void wait_until_blocked(pid_t pid);

/* For peers: returns when the process *PID is stopped (by SIGSTOP, say); while *PID is 0, it is not known yet. */
void wait_until_stopped(const pid_t *pid);

/* Waits for a peer (or any child of the suite itself) and returns its exit code, or 128 + N if signal N killed it. */
int finish_peer(pid_t pid);

/* ---- threads of the suite's own ------------------------------------------------------------------------------------ */

/* To be called before run_suite(), by a suite whose subject is threads: it saves time. */
void suite_uses_threads(void);

/*
 * Starts a thread of the suite that runs body(arg); ROLE is its name in reports: "the waiter for 6". It may CALL() the
 * submission; it notes what comes of it, and the test looks at that when finish_thread() has joined it.
 */
struct thread *start_thread(void (*body)(void *arg), void *arg, const char *role, ...)
    __attribute__((format(printf, 3, 4)));
void finish_thread(struct thread *thread);

/*
 * Returns true when the thread sleeps in a call of the submission, as the kernel tells (see wait_until_blocked); false
 * if it has ended.
 */
bool thread_is_blocked(struct thread *thread);

/*
 * Runs bodies[0](arg), bodies[1](arg), ... to the end, each in a thread of its own, one strictly after the other; but by
 * means that Helgrind does not know. In its eyes nothing puts them in an order, unless the submission does: so a race
 * between any two of them is found, and found each time.
 */
void run_in_turns(void (*const bodies[])(void *arg), size_t n, void *arg);

/* Ends the test if the submission has left a thread behind: what that one does from now on is different each time. */
void expect_no_thread_left(void);

/* The name of a mutex or condition variable for reports: "the counter's lock". */
void name_lock(const void *object, const char *name);

/* Does the calling thread hold the mutex, as far as the submission has locked it? */
bool holds_lock(const void *mutex);

/* The suite's own lock and unlock. */
void lock_own(pthread_mutex_t *mutex);
void unlock_own(pthread_mutex_t *mutex);

/* ---- memory that only the holder of a mutex may touch ----------------------------------------------------------------- */

/* SIZE bytes of zeroes that can be guarded from OFFSET on. */
void *make_guarded(size_t size, size_t offset);

/*
 * From now on, until guard_ends(), whoever touches the guarded part while nobody has locked MUTEX fails the test, there
 * and then: the page is closed to everybody, and opened by a lock. NAME says what is guarded: "value".
 */
void guard_begins(const pthread_mutex_t *mutex, const char *name);
void guard_ends(void);

/* ---- the suite's own input and output, complete or fatal ---------------------------------------------------------- */

void put_bytes(int fd, const void *data, size_t len);  /* writes all of it */
size_t take_bytes(int fd, void *data, size_t cap);     /* reads until end of file or cap; returns the count */
size_t take_available(int fd, void *data, size_t cap); /* reads what is there now, without waiting */
size_t fill_pipe(int fd);                              /* writes until the pipe is full; returns the count */
void make_pattern(void *data, size_t len,
                  unsigned seed); /* bytes that do not repeat soon, NUL and newline among them */

#endif

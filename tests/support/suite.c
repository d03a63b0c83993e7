/* suite.c - running a suite: tests, the way into the submission and back, expectations, failures. */
#define _GNU_SOURCE
#include "suite.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <valgrind/helgrind.h>
#include <valgrind/memcheck.h>

#include "calls.h"
#include "diverted.h"

struct board *board;

static struct board_process *own_process;
static __thread struct board_task *own_task;

static struct {
    const char *name;
    const TTest *test;
} tests[BOARD_MAX_TESTS];
static unsigned test_count;

void register_test(const char *name, const TTest *test)
{
    if (test_count == BOARD_MAX_TESTS)
        abort();
    tests[test_count].name = name;
    tests[test_count].test = test;
    test_count++;
}

/* ---- who we are --------------------------------------------------------------------------------------------------- */

struct board_process *this_process(void)
{
    return own_process;
}

struct board_task *this_task(void)
{
    if (own_task == NULL) {
        /* A run that fills the table shares the last slot: reports suffer, grades do not. */
        own_task = board_new_task(board);
        if (own_task == NULL)
            own_task = &board->tasks[BOARD_MAX_TASKS - 1];
        own_task->tid = gettid();
        own_task->process = (int32_t)(own_process - board->processes);
    }
    return own_task;
}

int this_test(void)
{
    return own_process->test;
}

bool in_submission_process(void)
{
    return own_process->kind != PROCESS_PEER;
}

struct board_process *process_begins(enum process_kind kind, struct board_process *parent, const char *role,
                                     uintptr_t fork_caller)
{
    enum { KEPT_FREE = 4 * BOARD_MAX_TESTS }; /* for the tests' own processes, and the suite's */
    bool is_too_many = kind == PROCESS_CHILD && board->process_count >= BOARD_MAX_PROCESSES - KEPT_FREE;
    struct board_process *process = is_too_many ? NULL : board_new_process(board);

    if (is_too_many) { /* (we are still our parent, as far as the board knows) */
        note_failure(VERDICT_PROCESSES, fork_caller, "A function forks as many children as it was asked for.",
                     "The submission has forked more than %d processes so far, by fork() at " PLACE
                     ": many times as many as the tests ask for.",
                     BOARD_MAX_PROCESSES - KEPT_FREE - 1, (unsigned long)fork_caller);
        end_test();
    }
    if (process == NULL) {
        note_failure(VERDICT_GRADER_ERROR, 0, "", "A run has more than %d processes.", BOARD_MAX_PROCESSES);
        end_test();
    }
    process->kind = kind;
    process->test = parent != NULL ? parent->test : board->current;
    process->parent = parent != NULL ? (int32_t)(parent - board->processes) : -1;
    process->depth = parent != NULL ? parent->depth + 1 : 0;
    process->fork_caller = fork_caller;
    (void)snprintf(process->role, sizeof process->role, "%s", role);
    process->pid = getpid();
    own_process = process;
    own_task = NULL;
    (void)this_task();
    return process;
}

/* ---- before and after each test ------------------------------------------------------------------------- */

/* Check leaves its handlers for these in every test, and they signal the whole group: a child killed by SIGTERM would kill its test. */
static void reset_signals(void)
{
    static const int caught_by_check[] = {SIGALRM, SIGINT, SIGTERM};
    sigset_t none;

    for (size_t i = 0; i < sizeof caught_by_check / sizeof *caught_by_check; i++)
        (void)signal(caught_by_check[i], SIG_DFL);
    (void)signal(SIGPIPE, SIG_IGN); /* as the contract wants callers to have it */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int index_of_test(const char *name)
{
    for (unsigned i = 0; i < test_count; i++)
        if (strcmp(tests[i].name, name) == 0)
            return (int)i;
    return -1;
}

void test_begins(const char *name)
{
    board->current = index_of_test(name);
    (void)process_begins(PROCESS_TEST, NULL, "the parent", 0);
    board->tests[board->current].pid = getpid();
    board->tests[board->current].state = TEST_RUNNING;
    /* Orphans of this test come to us, not to init: the ledger sees them. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    reset_signals();
    log_begins();
    ledger_begins();
}

void test_ends(void)
{
    struct board_test *test = &board->tests[this_test()];

    ledger_is_checked();
    if (test->state == TEST_RUNNING)
        test->state = TEST_REACHED_END;
    if (test->failure_count > 0)
        ck_abort_msg("%s", test->failures[0].seen);
}

static Suite *make_suite(const char *exercise)
{
    Suite *suite = suite_create(exercise);

    for (unsigned i = 0; i < test_count; i++) {
        /* A test case for each test: CK_RUN_CASE=NAME runs that test alone. */
        TCase *tcase = tcase_create(tests[i].name);
        tcase_set_timeout(tcase, 0); /* the supervisor watches, not the clock */
        tcase_add_test(tcase, tests[i].test);
        suite_add_tcase(suite, tcase);
        (void)snprintf(board->tests[i].name, sizeof board->tests[i].name, "%s", tests[i].name);
    }
    board->test_count = test_count;
    return suite;
}

/* The supervisor has made the board. Who starts the program by hand, in a debugger say, gets one in a temporary file. */
static struct board *find_board(void)
{
    const char *path = getenv("EAGAIN_BOARD");
    if (path != NULL)
        return board_open(path);

    char temporary[] = "/tmp/eagain-board-XXXXXX";
    int fd = mkstemp(temporary);
    if (fd == -1)
        return NULL;
    (void)close(fd);
    struct board *created = board_create(temporary);
    (void)unlink(temporary);
    return created;
}

/*
 * Valgrind translates code when it runs for the first time, which takes longer than running it; a forked process inherits
 * what its parent has translated. So the runner does once, for nothing, what every test and every child will do.
 */
static void warm_up(void)
{
    int fds[2];
    char byte = 0;

    board->current = 0;
    (void)process_begins(PROCESS_TEST, NULL, "", 0);
    reset_signals();
    log_begins();
    ledger_begins();
    pid_t pid = eagain_fork();
    if (pid == 0)
        eagain__exit(0);
    if (pid > 0)
        (void)eagain_waitpid(pid, NULL, 0);
    if (eagain_pipe(fds) == 0) {
        (void)eagain_write(fds[1], &byte, sizeof byte);
        (void)eagain_read(fds[0], &byte, sizeof byte);
        (void)eagain_close(fds[0]);
        (void)eagain_close(fds[1]);
    }
    eagain_free(eagain_malloc(1));
    if (also_warm_up != NULL)
        also_warm_up();
    ledger_is_checked();

    /* Nothing of it may be seen. */
    memset(board->processes, 0, board->process_count * sizeof *board->processes);
    memset(board->tasks, 0, board->task_count * sizeof *board->tasks);
    memset(board->locks, 0, board->lock_count * sizeof *board->locks);
    memset(board->log, 0, board->log_count * sizeof *board->log);
    memset(board->tests[0].failures, 0, sizeof board->tests[0].failures);
    board->process_count = board->task_count = board->lock_count = board->log_count = board->tests[0].failure_count = 0;
    board->current = -1;
    own_process = NULL;
    own_task = NULL;
}

int run_suite(const char *exercise)
{
    board = find_board();
    if (board == NULL) {
        (void)fprintf(stderr, "%s: cannot open the board: %s\n", exercise, strerror(errno));
        return 2;
    }
    VALGRIND_HG_DISABLE_CHECKING(board, sizeof *board);
    hide_blocks();
    hide_ledger();
    hide_plan();
    make_stacks_small();
    board->runner_pid = getpid();

    SRunner *runner = srunner_create(make_suite(exercise));
    srunner_set_fork_status(runner, CK_FORK);
    const char *xml = getenv("EAGAIN_XML");
    if (xml != NULL)
        srunner_set_xml(runner, xml);
    if (coverage_begins != NULL)
        coverage_begins();
    warm_up();
    bool supervised = getenv("EAGAIN_BOARD") != NULL;
    (void)unsetenv("EAGAIN_BOARD");
    (void)unsetenv("EAGAIN_XML");

    srunner_run_all(runner, supervised ? CK_SILENT : CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (coverage_ends != NULL)
        coverage_ends();
    board->complete = 1;
    board_close(board);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- into the submission and back ------------------------------------------------------------------------------------ */

pid_t submission_is_called(void)
{
    call_was_fruitful();
    this_task()->signal = 0;
    errno = 0;
    return getpid();
}

void submission_returned(pid_t caller, const char *expression)
{
    int saved = errno;

    if (getpid() != caller) {
        note_failure(VERDICT_PROCESSES, own_process->fork_caller,
                     "A child that the function creates ends in _exit; it never returns into the caller's code.",
                     "%s came back from the call %s as a second caller: the child that was forked at " PLACE
                     " returned from the function and went on in the caller's code.",
                     own_process->role, expression, (unsigned long)own_process->fork_caller);
        end_test();
    }
    this_task()->call = CALL_NONE; /* it may have left a call by a long jump */
    check_locks_held(expression);
    errno = saved;
}

/* ---- failures ---------------------------------------------------------------------------------------------------------- */

static void fill_in(struct board_failure *failure, uintptr_t caller, const char *expected, const char *seen,
                    va_list arguments)
{
    failure->caller = caller;
    (void)snprintf(failure->expected, sizeof failure->expected, "%s", expected);
    (void)vsnprintf(failure->seen, sizeof failure->seen, seen, arguments);
}

void note_failure_v(enum verdict verdict, uintptr_t caller, const char *expected, const char *seen, va_list arguments)
{
    struct board_test *test = &board->tests[this_test()];

    /* Another process of the test may have come to its end meanwhile: end_test() waits for who is writing. */
    (void)__atomic_add_fetch(&test->noting, 1, __ATOMIC_ACQ_REL);
    struct board_failure *failure = board_failure(board, this_test(), verdict);
    if (failure != NULL)
        fill_in(failure, caller, expected, seen, arguments);
    (void)__atomic_sub_fetch(&test->noting, 1, __ATOMIC_ACQ_REL);
}

void note_failure(enum verdict verdict, uintptr_t caller, const char *expected, const char *seen, ...)
{
    int saved = errno;
    va_list arguments;

    va_start(arguments, seen);
    note_failure_v(verdict, caller, expected, seen, arguments);
    va_end(arguments);
    errno = saved;
}

/* Ends the test's process by Check's own way out, any other process by _exit: the failure stands on the board. */
static void stop_here(void) __attribute__((noreturn));
static void stop_here(void)
{
    if (own_process->kind == PROCESS_TEST)
        ck_abort_msg("%s", board->tests[this_test()].failures[0].seen);
    _exit(1);
}

void fail_test(enum verdict verdict, const char *expected, const char *seen, ...)
{
    va_list arguments;

    va_start(arguments, seen);
    note_failure_v(verdict, 0, expected, seen, arguments);
    va_end(arguments);
    stop_here();
}

void skip_test(const char *format, ...)
{
    struct board_test *test = &board->tests[this_test()];
    va_list arguments;

    va_start(arguments, format);
    note_failure_v(VERDICT_SKIPPED, 0, "", format, arguments);
    va_end(arguments);
    test->state = TEST_SKIPPED;
    ck_abort_msg("skipped");
}

/* ---- expectations ------------------------------------------------------------------------------------------------------- */

/* "EBADF (Bad file descriptor)"; the text lives until the next call. */
static const char *errno_text(int error)
{
    static char text[128];
    const char *name = strerrorname_np(error);

    if (error == 0)
        return "0 (no error)";
    (void)snprintf(text, sizeof text, "%s (%s)", name != NULL ? name : "an unknown error", strerror(error));
    return text;
}

/* Formats WHAT into a text that lives until the next call. */
static const char *sentence(const char *what, va_list arguments)
{
    static char text[1024];

    (void)vsnprintf(text, sizeof text, what, arguments);
    return text;
}

static const char *result_text(long result, int error)
{
    static char text[192];

    if (result == -1 && error != 0)
        (void)snprintf(text, sizeof text, "-1 with errno %s", errno_text(error));
    else
        (void)snprintf(text, sizeof text, "%ld", result);
    return text;
}

void expect_int(long got, long want, const char *what, ...)
{
    int error = errno;
    if (got == want)
        return;

    va_list arguments;
    char wanted[64];
    va_start(arguments, what);
    const char *text = sentence(what, arguments);
    va_end(arguments);
    (void)snprintf(wanted, sizeof wanted, "%ld", want);
    fail_test(VERDICT_FAIL, wanted, "%s gave %s.", text, result_text(got, error));
}

void expect_error(long got, int want, const char *what, ...)
{
    int error = errno;
    if (got == -1 && error == want)
        return;

    va_list arguments;
    char wanted[192];
    va_start(arguments, what);
    const char *text = sentence(what, arguments);
    va_end(arguments);
    (void)snprintf(wanted, sizeof wanted, "-1 with errno %s", errno_text(want));
    if (got == -1 && error == 0)
        fail_test(VERDICT_FAIL, wanted, "%s gave -1, but left errno at 0.", text);
    fail_test(VERDICT_FAIL, wanted, "%s gave %s.", text, result_text(got, error));
}

void expect_errno(int got, int want, const char *what, ...)
{
    if (got == want)
        return;

    va_list arguments;
    char wanted[160];
    va_start(arguments, what);
    const char *text = sentence(what, arguments);
    va_end(arguments);
    (void)snprintf(wanted, sizeof wanted, "%s", errno_text(want));
    fail_test(VERDICT_FAIL, wanted, "%s gave %s.", text, errno_text(got));
}

/* Up to 16 bytes from an offset, as C would write them in a string. */
static void show_bytes(char *text, size_t size, const unsigned char *bytes, size_t len, size_t from)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = from; i < len && i < from + 16 && used + 5 < size; i++) {
        const char *format =
            bytes[i] >= ' ' && bytes[i] < 0x7f && bytes[i] != '\\' && bytes[i] != '"' ? "%c" : "\\x%02x";
        used += (size_t)snprintf(text + used, size - used, format, bytes[i]);
    }
}

void expect_bytes(const void *got, size_t got_len, const void *want, size_t want_len, const char *what, ...)
{
    const unsigned char *a = got;
    const unsigned char *b = want;
    size_t at = 0;

    while (at < got_len && at < want_len && a[at] == b[at])
        at++;
    if (at == got_len && at == want_len)
        return;

    va_list arguments;
    char seen[100];
    char wanted[300];
    char text[100];
    va_start(arguments, what);
    const char *words = sentence(what, arguments);
    va_end(arguments);
    show_bytes(seen, sizeof seen, a, got_len, at);
    show_bytes(text, sizeof text, b, want_len, at);
    (void)snprintf(wanted, sizeof wanted, "%zu bytes, with \"%s\" from byte %zu on", want_len, text, at);
    fail_test(VERDICT_FAIL, wanted, "%s gave %zu bytes, of which the first %zu are right; then come \"%s\".", words,
              got_len, at, seen);
}

void expect(bool holds, const char *expected, const char *seen, ...)
{
    if (holds)
        return;

    va_list arguments;
    va_start(arguments, seen);
    note_failure_v(VERDICT_FAIL, 0, expected, seen, arguments);
    va_end(arguments);
    stop_here();
}

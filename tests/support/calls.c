/* calls.c - counting, recording and steering the submission's calls; the spin watch. */
#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/helgrind.h>

#include "fds.h"
#include "suite.h"

/* ---- steering ------------------------------------------------------------------------------------------------- */

enum action { FAIL, RETURN, SHORTEN, PRETEND, HOOK_BEFORE, HOOK_AFTER, INTERRUPT };

struct steer {
    enum action action;
    enum whose whose;
    enum call_kind kind;
    unsigned k; /* EVERY_CALL or the number of the call */
    long value; /* an errno, a result, a number of bytes, microseconds */
    void (*hook)(void *arg);
    void *arg;
    const void *about; /* the mutex or condition variable that the call must be about; NULL: any */
    unsigned met;      /* ... and how many such calls there were since then */
};

/* Children inherit the plan by fork; it is not changed while a call of the submission runs in several threads. */
static struct steer plan[64];
static size_t plan_length;
static const void *about; /* what is steered from now on */

static void plan_add(struct steer steer)
{
    if (plan_length == sizeof plan / sizeof *plan)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite steers more calls than tests/support/calls.c has room for.");
    steer.about = about;
    plan[plan_length] = steer; /* first all of it: a hook may add to the plan while threads read it */
    __atomic_store_n(&plan_length, plan_length + 1, __ATOMIC_RELEASE);
}

void hide_plan(void)
{
    VALGRIND_HG_DISABLE_CHECKING(plan, sizeof plan);
    VALGRIND_HG_DISABLE_CHECKING(&plan_length, sizeof plan_length);
}

void make_fail(enum whose whose, enum call_kind kind, unsigned k, int error)
{
    plan_add((struct steer){FAIL, whose, kind, k, error, NULL, NULL, NULL, 0});
}

void make_return(enum whose whose, enum call_kind kind, unsigned k, long result)
{
    plan_add((struct steer){RETURN, whose, kind, k, result, NULL, NULL, NULL, 0});
}

void make_short(enum whose whose, enum call_kind kind, unsigned k, size_t most)
{
    plan_add((struct steer){SHORTEN, whose, kind, k, (long)most, NULL, NULL, NULL, 0});
}

void make_pretend(enum whose whose, enum call_kind kind, unsigned k, size_t most)
{
    plan_add((struct steer){PRETEND, whose, kind, k, (long)most, NULL, NULL, NULL, 0});
}

void before_call(enum whose whose, enum call_kind kind, unsigned k, void (*hook)(void *arg), void *arg)
{
    plan_add((struct steer){HOOK_BEFORE, whose, kind, k, 0, hook, arg, NULL, 0});
}

void after_call(enum whose whose, enum call_kind kind, unsigned k, void (*hook)(void *arg), void *arg)
{
    plan_add((struct steer){HOOK_AFTER, whose, kind, k, 0, hook, arg, NULL, 0});
}

void interrupt_wait(enum whose whose, enum call_kind kind, unsigned k, long milliseconds)
{
    plan_add((struct steer){INTERRUPT, whose, kind, k, milliseconds * 1000, NULL, NULL, NULL, 0});
}

void interrupt_wait_soon(enum whose whose, enum call_kind kind, unsigned k, long microseconds)
{
    plan_add((struct steer){INTERRUPT, whose, kind, k, microseconds, NULL, NULL, NULL, 0});
}

void interrupt_wait_late(enum whose whose, enum call_kind kind, unsigned k, long milliseconds)
{
    plan_add((struct steer){INTERRUPT, whose, kind, k, -milliseconds * 1000, NULL, NULL, NULL, 0});
}

/* Kept apart from the plan: these are about a descriptor, and used up by one call. */
static struct {
    enum call_kind kind;
    int fd;
    int error;
} next_failures[8];
static size_t next_failure_count;

void fail_next(enum call_kind kind, int fd, int error)
{
    if (next_failure_count == sizeof next_failures / sizeof *next_failures)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite makes more calls fail than calls.c has room for.");
    next_failures[next_failure_count].kind = kind;
    next_failures[next_failure_count].fd = fd;
    next_failures[next_failure_count++].error = error;
}

static void fail_if_next(struct call *call)
{
    for (size_t i = 0; i < next_failure_count; i++) {
        if (next_failures[i].kind != call->kind)
            continue;
        /* A copy of the descriptor will do, and a second way to the same file. */
        if (next_failures[i].fd != call->argument && !same_file(next_failures[i].fd, (int)call->argument))
            continue;
        call->injected = call->fails = true;
        call->result = next_failures[i].error;
        next_failures[i] = next_failures[--next_failure_count];
        return;
    }
}

void steer_no_more(void)
{
    next_failure_count = 0;
    plan_length = 0;
    about = NULL;
    pretend_no_more();
}

void steer_calls_about(const void *object)
{
    about = object;
}

/* To be asked once for each call: a step that is about one object counts the calls itself. */
static bool is_meant(struct steer *steer, const struct call *call)
{
    unsigned number = call->number;

    if (steer->kind != call->kind || (steer->about != NULL && (long)(uintptr_t)steer->about != call->argument))
        return false;
    if (steer->about != NULL)
        number = __atomic_add_fetch(&steer->met, 1, __ATOMIC_RELAXED);
    if (steer->k != EVERY_CALL && steer->k != number)
        return false;
    switch (steer->whose) {
    case IN_PARENT:
        return this_process()->kind == PROCESS_TEST;
    case IN_CHILDREN:
        return this_process()->kind == PROCESS_CHILD;
    default:
        return true;
    }
}

/* A wait that only looks returns at once: no signal can interrupt it, so a test may not pretend that one did. */
static bool can_be_interrupted(const struct call *call)
{
    return call->kind != CALL_WAIT || (call->size & WNOHANG) == 0;
}

static __thread enum call_kind hooked_kind; /* of the call that the running hook was put before or after */

/* While a hook runs, the process is in the suite's code, and in no call of the submission (blocked.c asks). */
static void run_hook(const struct steer *step, const struct call *call)
{
    struct board_task *task = this_task();
    uint32_t kind = task->call;

    task->call = CALL_NONE;
    hooked_kind = call->kind;
    step->hook(step->arg);
    task->call = kind;
}

bool call_only_looks(void)
{
    switch (hooked_kind) {
    case CALL_SELECT:
    case CALL_POLL:
    case CALL_EPOLL_WAIT:
        return wait_only_looks();
    default:
        return false;
    }
}

/* Does what the plan says of this call; only a hook can have steered it before, so the plan is read by index. */
static void steer(struct call *call, bool after)
{
    for (size_t i = 0; i < plan_length; i++) {
        struct steer *step = &plan[i];

        if ((step->action == HOOK_AFTER) != after || !is_meant(step, call))
            continue;
        switch (step->action) {
        case HOOK_BEFORE:
        case HOOK_AFTER:
            run_hook(step, call);
            break;
        case SHORTEN:
            if (call->size > (size_t)step->value)
                call->size = (size_t)step->value;
            break;
        case INTERRUPT:
            call->elapsed = step->value;
            call->fails = true; /* calls_wait.c does the rest, when it has seen that nothing is there */
            break;
        case PRETEND:
            call->injected = true;
            call->fails = false;
            call->result = call->size < (size_t)step->value ? (long)call->size : step->value;
            break;
        case FAIL:
            if (step->value == EINTR && !can_be_interrupted(call))
                break;
            /* fall through */
        case RETURN:
            call->injected = true;
            call->fails = step->action == FAIL;
            call->result = step->value;
            break;
        }
    }
    if (!after)
        fail_if_next(call);
}

/* ---- what is nobody's business ---------------------------------------------------------------------------------- */

void check_frameworks_fd(const char *name, int fd, uintptr_t caller)
{
    if (!is_frameworks(fd))
        return;
    note_failure(VERDICT_FORBIDDEN_CALL, caller, "A function uses the descriptors that it was given or has opened.",
                 "%s() (" PLACE ") is about descriptor %d, which is the test framework's own.", name,
                 (unsigned long)caller, fd);
    end_test();
}

static bool uses_descriptor(const struct call *call)
{
    switch (call->kind) {
    case CALL_READ:
    case CALL_WRITE:
    case CALL_DUP:
        return true;
    case CALL_FCNTL: /* to look at its flags harms nobody */
        return call->size != F_GETFD && call->size != F_GETFL && call->size != F_SETFD;
    default:
        return false;
    }
}

/* ---- the life of a call ----------------------------------------------------------------------------------------- */

static bool no_bytes_are_a_look; /* only read by threads */

void reads_of_no_bytes_are_looks(void)
{
    no_bytes_are_a_look = true;
}

static void enters(struct call *call)
{
    struct board_task *task = this_task();

    if (uses_descriptor(call))
        check_frameworks_fd(call->name, (int)call->argument, call->caller);
    if (no_bytes_are_a_look && call->kind == CALL_READ && call->size == 0)
        call->kind = CALL_LOOK;

    call->number = __atomic_add_fetch(&this_process()->counts[call->kind], 1, __ATOMIC_RELAXED);
    task->fd = (int32_t)call->argument;
    task->caller = call->caller;
    (void)snprintf(task->call_name, sizeof task->call_name, "%s", call->name);
    task->signal_in_call = false;
    task->call = call->kind;
    check_call_in_handler(call);
}

static void record(const struct call *call, long result, int error)
{
    uint32_t index = __atomic_fetch_add(&board->log_count, 1, __ATOMIC_RELAXED);
    struct board_call *entry = &board->log[index % BOARD_MAX_LOG];

    entry->kind = call->kind;
    entry->process = (int32_t)(this_process() - board->processes);
    entry->argument = call->argument;
    entry->size = call->size;
    entry->result = result;
    entry->error = error;
    entry->injected = call->injected;
    entry->caller = call->caller;
    (void)snprintf(entry->name, sizeof entry->name, "%s", call->name);
}

static void leaves(struct call *call, long result, int error)
{
    this_task()->call = CALL_NONE;
    record(call, result, error);
    steer(call, true);
}

bool call_begins(struct call *call)
{
    int saved = errno;

    enters(call);
    steer(call, false);
    if (!call->injected) {
        errno = saved;
        return true;
    }
    int error = call->fails ? (int)call->result : 0;
    if (call->fails)
        call->result = -1;
    leaves(call, call->result, error);
    errno = call->fails ? error : saved;
    return false;
}

long call_ends(struct call *call, long result)
{
    int saved = errno;

    leaves(call, result, result == -1 ? saved : 0);
    errno = saved;
    if (result != -1)
        forget_errno_in_handler();
    return result;
}

bool call_begins_numbered(struct call *call)
{
    int saved = errno;

    enters(call);
    steer(call, false);
    if (call->injected)
        leaves(call, call->result, (int)call->result);
    errno = saved;
    return !call->injected;
}

int call_ends_numbered(struct call *call, int error)
{
    int saved = errno;

    leaves(call, error, error);
    errno = saved;
    return error;
}

/* ---- the spin watch --------------------------------------------------------------------------------------------- */

/*
 * So many calls in a row that find nothing are a spin, on a slow machine as on a fast one. A right submission makes
 * a few: one EAGAIN after a wake-up, say.
 */
enum { SPIN_LIMIT = 1000 };

void call_was_empty(const struct call *call)
{
    struct board_task *task = this_task();

    if (++task->empty_calls < SPIN_LIMIT)
        return;
    note_failure(
        VERDICT_SPIN, call->caller,
        "After a call that finds nothing, a function returns, does the work it was given, or waits in the kernel.",
        "%s() (" PLACE ") was the last of %d calls in a row that found nothing to do, without a wait that could have"
        " changed it: this loop spins, at 100 %% CPU.",
        call->name, (unsigned long)call->caller, SPIN_LIMIT);
    end_test();
}

void call_was_fruitful(void)
{
    this_task()->empty_calls = 0;
}

void progress(void)
{
    call_was_fruitful();
}

void end_test(void)
{
    struct board_test *test = &board->tests[this_test()];

    /* Who is just writing down what it found may finish (not for ever: it may have been killed). */
    for (int looks = 0; looks < 100000 && __atomic_load_n(&test->noting, __ATOMIC_ACQUIRE) > 0; looks++)
        (void)sched_yield();
    /* Check has made the test's process the leader of a process group. */
    if (test->pid > 1)
        (void)kill(-test->pid, SIGKILL);
    _exit(1);
}

/* ---- looking at the record -------------------------------------------------------------------------------------- */

static uint32_t first_call_of_test; /* the index in the log at which this test began */

void log_begins(void)
{
    first_call_of_test = board->log_count;
}

const struct board_process *process_of(const struct board_call *call)
{
    return &board->processes[call->process];
}

/* Indices run on past the log's size; an entry's address gives back only the rest of the division. */
const struct board_call *next_call(const struct board_call *call)
{
    uint32_t end = board->log_count;
    uint32_t index = end - first_call_of_test > BOARD_MAX_LOG ? end - BOARD_MAX_LOG : first_call_of_test;

    if (call != NULL) {
        uint32_t place = (uint32_t)(call - board->log);
        index += (place - index) % BOARD_MAX_LOG + 1;
    }
    return index == end ? NULL : &board->log[index % BOARD_MAX_LOG];
}

const struct board_call *last_call(void)
{
    uint32_t end = board->log_count;

    return end == first_call_of_test ? NULL : &board->log[(end - 1) % BOARD_MAX_LOG];
}

int fd_of_call(void)
{
    return this_task()->fd;
}

const struct board_call *nth_call(enum call_kind kind, unsigned k)
{
    const struct board_call *call = NULL;

    while ((call = next_call(call)) != NULL)
        if (call->kind == kind && process_of(call) == this_process() && --k == 0)
            return call;
    return NULL;
}

unsigned calls_made(enum call_kind kind)
{
    return this_process()->counts[kind];
}

unsigned calls_made_by_children(enum call_kind kind)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < board->process_count; i++) {
        const struct board_process *process = &board->processes[i];
        if (process->test == this_test() && process->kind == PROCESS_CHILD)
            count += process->counts[kind];
    }
    return count;
}

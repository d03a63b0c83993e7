/*
 * check_spawn.c - the suite of 01-fork: spawn, await, spawn_all.
 *
 * Children tell what they did in "visits", memory that they share with the
 * test. await is tested with children that the suite itself has started, and
 * spawn's children are waited for by the suite's own means: so a fault in one
 * function fails the tests of that function only.
 */
#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

/* ---- what children do -------------------------------------------------------------------------------------------- */

struct visit {
    unsigned times; /* how often the body has run */
    pid_t pid;      /* in which process, and who was its parent */
    pid_t parent;
};

enum { MOST_CHILDREN = 8, CODE = 10, UNTOUCHED = 4711 };

static struct visit *visits; /* one for each index; spawn's children use the first */
static struct gate *gate;
static pid_t caller; /* the process of the test */

static void prepare(void)
{
    caller = getpid();
    visits = shared_memory(MOST_CHILDREN * sizeof *visits);
}

static void note_visit(size_t index)
{
    expect(index < MOST_CHILDREN, "Child i runs body(i), for each i below n.", "body was called with the index %zu.",
           index);
    expect(getpid() != caller, "body runs in a child.", "body ran in the process of the caller.");
    visits[index].pid = getpid();
    visits[index].parent = getppid();
    (void)__atomic_add_fetch(&visits[index].times, 1, __ATOMIC_SEQ_CST);
}

/* For spawn; arg points to the value. */
static int note_and_return(void *arg)
{
    note_visit(0);
    return *(int *)arg;
}

static int note_and_wait_at_gate(void *arg)
{
    (void)arg;
    note_visit(0);
    gate_wait(gate);
    return 0;
}

/* For spawn_all. All children end with the same code: whose code goes where is one test's subject. */
static int note_and_return_code(size_t index)
{
    note_visit(index);
    return CODE;
}

/* For the suite's own children. */
static int return_value(void *arg)
{
    return *(int *)arg;
}

static int wait_at_gate(void *arg)
{
    (void)arg;
    gate_wait(gate);
    return 0;
}

/* ---- children of the suite's own --------------------------------------------------------------------------------- */

/* A child that has run body(&value) and has ended, and that nobody has waited for yet. */
static pid_t ended_child(int (*body)(void *arg), int value)
{
    pid_t pid = start_peer("a child of the caller's own", body, &value, -1);
    siginfo_t info;

    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == -1 && errno == EINTR)
        ;
    return pid;
}

/*
 * A helper does something when the parent is asleep in a call. It is a child of the parent, too; so it stays until it
 * is dismissed, for a submission that waits for any child at all is not to find this one.
 */
static struct gate *dismissed;

static pid_t start_helper(int (*body)(void *arg), void *arg)
{
    dismissed = make_gate("the call has returned in the parent");
    return start_peer("the suite's helper", body, arg, -1);
}

static void dismiss(pid_t helper)
{
    gate_open(dismissed);
    (void)kill(helper, SIGKILL); /* it may wait for something that did not come */
    (void)finish_peer(helper);
}

static int open_the_gate(void *arg)
{
    (void)arg;
    wait_until_blocked(getppid());
    gate_open(gate);
    gate_wait(dismissed);
    return 0;
}

/* A child that stops itself twice, and lives on for a while; each time it is continued when the parent waits. */
static struct gate *stops_again, *may_end;

static void make_gates_of_the_stopped(void)
{
    stops_again = make_gate("the child stops itself once more");
    may_end = make_gate("the parent still waits for the child that has been continued");
}

static void stop_twice(void)
{
    (void)raise(SIGSTOP);
    gate_open(stops_again);
    (void)raise(SIGSTOP);
    gate_wait(may_end);
}

/* arg points to the PID of such a child. */
static int continue_the_child(void *arg)
{
    wait_until_blocked(getppid());
    wait_until_stopped(arg);
    (void)kill(*(pid_t *)arg, SIGCONT);
    gate_wait(stops_again);
    wait_until_stopped(arg);
    wait_until_blocked(getppid());
    (void)kill(*(pid_t *)arg, SIGCONT);
    wait_until_blocked(getppid());
    gate_open(may_end);
    gate_wait(dismissed);
    return 0;
}

/* After a kill. (Signal 0 is none: it asks whether the process is there.) */
static void refuse_signal(void *arg)
{
    (void)arg;
    if (last_call()->size == 0)
        return;
    fail_test(VERDICT_FAIL, "Who stopped a child decides when it goes on: the function goes on waiting.",
              "A child was stopped, and the function sent it a signal.");
}

/* ---- spawn: the child -------------------------------------------------------------------------------------------- */

/* Calls spawn, which is to succeed. */
static pid_t spawn_child(int (*body)(void *arg), void *arg)
{
    pid_t pid = CALL(spawn(body, arg));
    int error = errno;

    if (pid <= 0)
        fail_test(VERDICT_FAIL, "The PID of the child that was started, which is more than 0.",
                  "spawn gave the parent %d, and errno is %s, though no fork had failed.", (int)pid,
                  error != 0 ? strerrorname_np(error) : "0");
    return pid;
}

/* Waits, by the suite's own means, for a child that spawn has started. */
static int code_of_child(pid_t pid)
{
    int status = 0;

    awaits("the child that spawn started has ended");
    if (waitpid(pid, &status, 0) == -1)
        fail_test(VERDICT_PROCESSES, "What spawn returns is the PID of a child that nobody has waited for yet.",
                  "spawn gave %d, but the caller has no child of that number, or none any more.", (int)pid);
    awaits(NULL);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int open_gate_and_return(void *arg)
{
    note_visit(0);
    gate_open(gate);
    return *(int *)arg;
}

TEST(spawn_returns_the_childs_pid)
{
    int value = 3;
    prepare();
    gate = make_gate("the child has run its body");

    pid_t pid = spawn_child(open_gate_and_return, &value);
    gate_wait(gate);
    expect(visits[0].pid == pid, "In the parent spawn returns the PID of the process that runs body.",
           "spawn returned %d, but body ran in process %d.", (int)pid, (int)visits[0].pid);
    expect(visits[0].parent == getpid(), "The process that runs body is a child of the process that called spawn.",
           "The process that ran body had process %d as its parent; spawn was called in process %d.",
           (int)visits[0].parent, (int)getpid());
    (void)code_of_child(pid);
}

static int add_one(void *arg)
{
    note_visit(0);
    return ++*(int *)arg;
}

TEST(the_body_runs_once_and_in_the_child_only)
{
    int counter = 1;
    prepare();

    int code = code_of_child(spawn_child(add_one, &counter));
    expect(visits[0].times == 1, "body runs once.", "body ran %u times.", visits[0].times);
    expect(
        counter == 1, "body runs in the child, on the child's copy of the memory.",
        "The caller's counter was 1 before the call and %d after it: body had changed it in the caller's own process.",
        counter);
    expect(code == 2, "body is passed arg as it is, so it adds 1 to the child's copy of the counter.",
           "body was to add 1 to the counter, which was 1, and to return it, but the child ended with code %d.", code);
}

TEST(the_childs_code_is_the_low_eight_bits_of_the_value)
{
    static int values[] = {256 + 7, -2};
    prepare();

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        int code = code_of_child(spawn_child(note_and_return, &values[i]));
        expect(code == (values[i] & 0xff), "The child ends with the low 8 bits of body's value as its exit code.",
               "body returned %d (0x%x), and the child's exit code was %d.", values[i], (unsigned)values[i], code);
    }
}

TEST(spawn_returns_while_the_child_runs)
{
    prepare();
    gate = make_gate("spawn has returned in the parent");

    pid_t pid = spawn_child(note_and_wait_at_gate, NULL);
    gate_open(gate);
    (void)code_of_child(pid);
}

TEST(a_failed_fork_makes_spawn_fail)
{
    int value = 5;
    prepare();
    make_fail(IN_PARENT, CALL_FORK, 1, ENOMEM);
    make_fail(IN_PARENT, CALL_FORK, 2, EAGAIN);

    pid_t pid = CALL(spawn(note_and_return, &value));
    int error = errno;
    expect(calls_made(CALL_FORK) <= 1, "When fork fails, spawn fails; whether to try again is the caller's decision.",
           "The first call of fork had failed, and fork was called %u times.", calls_made(CALL_FORK));
    expect(visits[0].times == 0, "If fork fails there is no child, and body is not run.",
           "fork had failed, and yet body ran, in the parent.");
    errno = error;
    expect_error(pid, ENOMEM, "spawn, when fork had failed with ENOMEM,");
    expect_error(CALL(spawn(note_and_return, &value)), EAGAIN, "spawn, when fork had failed with EAGAIN,");
}

/* ---- await ------------------------------------------------------------------------------------------------------- */

TEST(await_waits_until_the_child_has_ended)
{
    gate = make_gate("the parent is asleep in await");
    pid_t pid = start_peer("a child of the caller's own", wait_at_gate, NULL, -1);
    pid_t helper = start_helper(open_the_gate, NULL);

    expect_int(CALL(await(pid)), 0, "await, for a child that was still running,");
    dismiss(helper);
}

TEST(an_exit_code_comes_back_whole)
{
    static const int values[] = {0, 137, 255};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        pid_t pid = ended_child(return_value, values[i]);
        expect_int(CALL(await(pid)), values[i], "await, for a child that had ended by _exit(%d),", values[i]);
    }
}

static int be_killed(void *arg)
{
    (void)kill(getpid(), *(int *)arg);
    return 0;
}

TEST(a_killed_child_gives_128_and_the_signal)
{
    const int signals[] = {SIGKILL, SIGTERM, SIGRTMIN};

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        pid_t pid = ended_child(be_killed, signals[i]);
        expect_int(CALL(await(pid)), 128 + signals[i], "await, for a child that signal %d had killed,", signals[i]);
    }
    pretend_core_dumps();
    pid_t pid = ended_child(be_killed, SIGKILL);
    expect_int(CALL(await(pid)), 128 + SIGKILL,
               "await, for a child that signal 9 had killed, and that had left a core dump,");
}

static int stop_and_return(void *arg)
{
    stop_twice();
    return *(int *)arg;
}

TEST(a_stopped_child_has_not_ended)
{
    int value = 9;
    siginfo_t info;
    make_gates_of_the_stopped();
    pid_t pid = start_peer("a child of the caller's own", stop_and_return, &value, -1);

    (void)waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT);
    pid_t helper = start_helper(continue_the_child, &pid);
    after_call(IN_PARENT, CALL_KILL, EVERY_CALL, refuse_signal, NULL);
    expect_int(CALL(await(pid)), 9,
               "await, for a child that was stopped by SIGSTOP, then continued, and ended by _exit(9),");
    dismiss(helper);
}

TEST(await_takes_only_the_child_it_is_given)
{
    pid_t first = ended_child(return_value, 1);
    pid_t second = ended_child(return_value, 2);
    pid_t third = ended_child(return_value, 3);

    expect_int(CALL(await(second)), 2,
               "await, for the second of three children that had ended with the codes 1, 2 and 3,");
    (void)finish_peer(first);
    (void)finish_peer(third);
}

TEST(a_pid_that_is_no_child_is_echild)
{
    expect_error(CALL(await(getpid())), ECHILD, "await, for the caller's own PID,");
    expect_error(CALL(await(getppid())), ECHILD, "await, for the PID of the caller's parent,");
    expect_error(CALL(await(1)), ECHILD, "await, for process 1, which is no child of the caller,");

    pid_t pid = ended_child(return_value, 4);
    (void)CALL(await(pid));
    expect_error(CALL(await(pid)), ECHILD, "A second await for the same child");
}

TEST(a_pid_of_zero_or_less_is_einval)
{
    pid_t child = ended_child(return_value, 6);
    const pid_t pids[] = {0, -1, -getpgrp(), INT_MIN};

    for (size_t i = 0; i < sizeof pids / sizeof *pids; i++)
        expect_error(CALL(await(pids[i])), EINVAL, "await(%d), with a child that had ended and was not waited for,",
                     (int)pids[i]);
    (void)finish_peer(child);
}

TEST(an_interrupted_await_waits_again)
{
    gate = make_gate("the parent is asleep in await");
    pid_t other = ended_child(return_value, 8);
    pid_t pid = start_peer("a child of the caller's own", wait_at_gate, NULL, -1);
    pid_t helper = start_helper(open_the_gate, NULL);

    for (unsigned k = 1; k <= 20; k++)
        make_fail(IN_PARENT, CALL_WAIT, k, EINTR);
    expect_int(CALL(await(pid)), 0,
               "await, when a signal handler had run during the wait for a child that ended with 0,");
    (void)finish_peer(other);
    dismiss(helper);
}

/* ---- spawn_all: all goes well ------------------------------------------------------------------------------------ */

/* Room for the codes of N children, exactly: who writes beyond it is seen. It holds what no child returns. */
static int *make_codes(size_t n)
{
    int *codes = malloc(n * sizeof *codes);

    if (codes == NULL)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite has no memory for %zu codes.", n);
    for (size_t i = 0; i < n; i++)
        codes[i] = UNTOUCHED;
    return codes;
}

/* What spawn_all has stored, as a word for a message. It lives until the next call. */
static const char *stored(int code)
{
    static char text[16];

    (void)snprintf(text, sizeof text, "%d", code);
    return code == UNTOUCHED ? "nothing" : text;
}

static void expect_code(const int codes[], size_t i, int want, const char *which)
{
    expect(codes[i] == want,
           "codes[i] is what await would return for child i: its exit code, or 128 + N if signal N killed it.",
           "Child %zu %s, and spawn_all stored %s in codes[%zu].", i, which, stored(codes[i]), i);
}

static void expect_codes(const int codes[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect_code(codes, i, CODE, "ended by _exit(10)");
}

enum { CROWD = 300, QUIET = 0 }; /* children, most of which only seem to have been made: they end with 0 */

static void fork_for_real(void *arg)
{
    (void)arg;
    steer_no_more();
}

static int note_index_and_return_code(size_t index)
{
    visits[0].times++;
    visits[0].pid = (pid_t)index; /* only one child of the crowd runs */
    return CODE;
}

/* A crowd, of which the last child is a real one. */
static void expect_large_index(void)
{
    int *codes = make_codes(CROWD);

    visits[0].times = 0;
    pretend_to_fork();
    before_call(IN_PARENT, CALL_FORK, calls_made(CALL_FORK) + CROWD, fork_for_real, NULL);
    expect_int(CALL(spawn_all(CROWD, note_index_and_return_code, codes)), 0, "spawn_all, for %d children,", CROWD);
    size_t index = (size_t)visits[0].pid;
    expect(visits[0].times == 1 && index < CROWD, "For each i below n one child runs body(i).",
           "Of %d children the one that was forked last ran body %u times, the last time as body(%zu).", CROWD,
           visits[0].times, index);
    for (size_t i = 0; i < CROWD; i++)
        expect(codes[i] == (i == index ? CODE : QUIET), "codes[i] is the code of the child that has run body(i).",
               "Of %d children all ended with 0, but the one that ran body(%zu), which ended with %d; %s was stored in"
               " codes[%zu].",
               CROWD, index, CODE, stored(codes[i]), i);
    free(codes);
}

TEST(every_child_runs_its_own_index)
{
    int *codes = make_codes(3);
    prepare();

    expect_int(CALL(spawn_all(3, note_and_return_code, codes)), 0, "spawn_all, for 3 children,");
    expect_codes(codes, 3);
    for (size_t i = 0; i < 3; i++) {
        expect(visits[i].times == 1, "For each i below n one child runs body(i).", "body(%zu) ran %u times.", i,
               visits[i].times);
        expect(visits[i].parent == getpid(), "Each body runs in a child of the caller.",
               "body(%zu) ran in process %d, whose parent was process %d; the caller is %d.", i, (int)visits[i].pid,
               (int)visits[i].parent, (int)getpid());
    }
    expect_large_index();
    free(codes);
}

static void expect_forks(unsigned want, const char *when)
{
    unsigned in_parent = calls_made(CALL_FORK);
    unsigned in_children = calls_made_by_children(CALL_FORK);

    expect(in_parent == want && in_children == 0,
           "For n children there are exactly n forks, all of them in the caller.",
           "%s fork was called %u times in the caller and %u times in its children.", when, in_parent, in_children);
}

TEST(there_are_exactly_n_forks)
{
    int *codes = make_codes(2);
    prepare();

    (void)CALL(spawn_all(2, note_and_return_code, codes));
    expect_forks(2, "For 2 children");
    (void)CALL(spawn_all(1, note_and_return_code, codes));
    expect_forks(2 + 1, "For 2 children, and in a second call for 1 child,");
    free(codes);
}

TEST(no_children_is_success_without_a_fork)
{
    pid_t other = ended_child(return_value, 7);

    expect_int(CALL(spawn_all(0, note_and_return_code, NULL)), 0, "spawn_all, for n == 0 and codes == NULL,");
    expect_forks(0, "For n == 0");
    (void)finish_peer(other);
}

static int be_killed_by_sigkill(size_t index)
{
    note_visit(index);
    (void)kill(getpid(), SIGKILL);
    return 0;
}

static int return_minus_one(size_t index)
{
    note_visit(index);
    return -1;
}

static int return_263(size_t index)
{
    note_visit(index);
    return 0x107;
}

TEST(codes_are_what_await_would_return)
{
    int *codes = make_codes(1);
    prepare();

    expect_int(CALL(spawn_all(1, be_killed_by_sigkill, codes)), 0, "spawn_all, for a child that SIGKILL had killed,");
    expect_code(codes, 0, 128 + SIGKILL, "was killed by SIGKILL, signal 9");
    expect_int(CALL(spawn_all(1, return_minus_one, codes)), 0, "spawn_all, for a child whose body had returned -1,");
    expect_code(codes, 0, 255, "ended with the low 8 bits of -1, which are 255");
    expect_int(CALL(spawn_all(1, return_263, codes)), 0, "spawn_all, for a child whose body had returned 263,");
    expect_code(codes, 0, 7, "ended with the low 8 bits of 263 (0x107), which are 7");
    pretend_core_dumps();
    expect_int(CALL(spawn_all(1, be_killed_by_sigkill, codes)), 0, "spawn_all, for a child that left a core dump,");
    expect_code(codes, 0, 128 + SIGKILL, "was killed by signal 9, and left a core dump");
    free(codes);
}

static struct barrier *barrier;

static int meet_the_others(size_t index)
{
    note_visit(index);
    barrier_wait(barrier);
    return CODE;
}

static unsigned forks_before;

static void expect_all_started(void *arg)
{
    unsigned forks = calls_made(CALL_FORK) - forks_before;

    (void)arg;
    if (forks < CROWD)
        fail_test(VERDICT_FAIL, "All children are started before any is waited for.",
                  "A wait was made when only %u of %d children had been started.", forks, CROWD);
}

static void expect_no_wait_before_all_run(void)
{
    int *codes = make_codes(CROWD);

    forks_before = calls_made(CALL_FORK);
    pretend_to_fork();
    before_call(IN_PARENT, CALL_WAIT, EVERY_CALL, expect_all_started, NULL);
    (void)CALL(spawn_all(CROWD, note_and_return_code, codes)); /* what it gives is other tests' subject */
    free(codes);
}

TEST(all_children_run_before_any_is_waited_for)
{
    int *codes = make_codes(3);
    unsigned forks = 0;
    prepare();
    barrier = make_barrier(3, "all 3 children are running");

    expect_int(CALL(spawn_all(3, meet_the_others, codes)), 0, "spawn_all, for 3 children that wait for each other,");
    expect_codes(codes, 3);
    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call)) {
        if (process_of(call)->kind != PROCESS_TEST)
            continue;
        forks += call->kind == CALL_FORK;
        expect(call->kind != CALL_WAIT || forks >= 3, "All children are started before any is waited for.",
               "%s() was called when only %u of 3 children had been started.", call->name, forks);
    }
    expect_no_wait_before_all_run();
    free(codes);
}

/*
 * Child 1 has ended when spawn_all first waits; child 0 ends when the parent is asleep in a wait. (A wrong index, or
 * one for the second time, ends at once: it is not this test that is to hang then.)
 */
static int second_ends_first(size_t index)
{
    note_visit(index);
    if (index == 0 && visits[index].times == 1)
        gate_wait(gate);
    return CODE + (int)index;
}

static void wait_until_one_has_ended(void *arg)
{
    siginfo_t info;

    (void)arg;
    if (calls_made(CALL_FORK) < 2)
        return; /* it waits before all have been started, which is another test's subject */
    awaits("child 1 of spawn_all has ended");
    (void)waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
    awaits(NULL);
}

TEST(a_code_goes_to_its_index_in_whatever_order_children_end)
{
    int *codes = make_codes(2);
    prepare();
    gate = make_gate("the parent waits for its children");
    pid_t helper = start_helper(open_the_gate, NULL);
    before_call(IN_PARENT, CALL_WAIT, 1, wait_until_one_has_ended, NULL);

    expect_int(CALL(spawn_all(2, second_ends_first, codes)), 0,
               "spawn_all, for 2 children of which the second ended first,");
    expect_code(codes, 0, CODE, "ended by _exit(10)");
    expect_code(codes, 1, CODE + 1, "ended by _exit(11)");
    dismiss(helper);
    free(codes);
}

static pid_t *stopped; /* shared: the child that stops itself */

static int stop_and_return_code(size_t index)
{
    note_visit(index);
    __atomic_store_n(stopped, getpid(), __ATOMIC_RELEASE); /* whatever the index: the helper must find it */
    stop_twice();
    return CODE;
}

static void wait_until_one_is_stopped(void *arg)
{
    siginfo_t info;

    (void)arg;
    if (calls_made(CALL_FORK) == 0)
        return;
    awaits("the child of spawn_all has stopped itself");
    (void)waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOWAIT);
    awaits(NULL);
}

TEST(a_stopped_child_of_spawn_all_has_not_ended)
{
    int *codes = make_codes(1);
    prepare();
    stopped = shared_memory(sizeof *stopped);
    make_gates_of_the_stopped();
    pid_t helper = start_helper(continue_the_child, stopped);
    before_call(IN_PARENT, CALL_WAIT, 1, wait_until_one_is_stopped, NULL);
    after_call(IN_PARENT, CALL_KILL, EVERY_CALL, refuse_signal, NULL);

    (void)CALL(spawn_all(1, stop_and_return_code, codes));
    expect_code(codes, 0, CODE, "was stopped by SIGSTOP, then continued, and ended by _exit(10)");
    dismiss(helper);
    free(codes);
}

TEST(an_interrupted_spawn_all_waits_again)
{
    int *codes = make_codes(2);
    prepare();

    for (unsigned k = 1; k <= 20; k++)
        if (k != 10) /* then the first wait is over */
            make_fail(IN_PARENT, CALL_WAIT, k, EINTR);
    expect_int(CALL(spawn_all(2, note_and_return_code, codes)), 0,
               "spawn_all, when a signal handler had run during a wait,");
    expect_codes(codes, 2);
    free(codes);
}

TEST(the_callers_other_children_are_left_alone)
{
    int *codes = make_codes(1);
    prepare();
    gate = make_gate("spawn_all has returned");
    pid_t ended = ended_child(return_value, 7);
    pid_t running = start_peer("a child of the caller's own", wait_at_gate, NULL, -1);

    expect_int(CALL(spawn_all(1, note_and_return_code, codes)), 0,
               "spawn_all, for 1 child, with other children of the caller,");
    expect_codes(codes, 1);
    make_fail(IN_PARENT, CALL_FORK, calls_made(CALL_FORK) + 1, EAGAIN);
    expect_error(CALL(spawn_all(1, note_and_return_code, codes)), EAGAIN,
                 "spawn_all, when fork had failed, with other children of the caller,");
    (void)finish_peer(ended);
    gate_open(gate);
    (void)finish_peer(running);
    free(codes);
}

/* ---- spawn_all: something fails ---------------------------------------------------------------------------------- */

static const char started_rule[] =
    "A child that was started has its code stored; the code of one that was not started is -1.";

static int step; /* child i has ended with CODE + i * step */

/* Of N children the STARTED ones (any of them) have their codes, and all others have -1. WHEN begins a sentence. */
static void expect_codes_of_the_started(const int codes[], size_t n, size_t started, const char *when)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        expect(codes[i] <= 128 || codes[i] > 128 + SIGRTMAX,
               "Children that are running when something fails are left to run to their end.",
               "%s, codes[%zu] was %d = 128 + %d: a signal had killed child %zu.", when, i, codes[i], codes[i] - 128,
               i);
        if (codes[i] == -1)
            continue;
        expect(visits[i].times > 0, started_rule, "%s, %s was stored in codes[%zu], but body(%zu) never ran.", when,
               stored(codes[i]), i, i);
        expect(codes[i] == CODE + (int)i * step, started_rule,
               "%s, child %zu had ended by _exit(%d), and %s was stored for it.", when, i, CODE + (int)i * step,
               stored(codes[i]));
        count++;
    }
    expect(count == started, started_rule, "%s, %zu of %zu children had been started, but %zu codes are not -1.", when,
           started, n, count);
}

TEST(no_fork_is_tried_after_a_failed_one)
{
    int *codes = make_codes(3);
    prepare();
    make_fail(IN_PARENT, CALL_FORK, 1, EAGAIN);

    int result = CALL(spawn_all(3, note_and_return_code, codes));
    int error = errno;
    expect(calls_made(CALL_FORK) <= 1, "After a failed fork no further fork is tried.",
           "The first of 3 forks had failed, and fork was called %u times.", calls_made(CALL_FORK));
    errno = error;
    expect_error(result, EAGAIN, "spawn_all, when the first of 3 forks had failed,");
    expect_codes_of_the_started(codes, 3, 0, "When the first of 3 forks failed");
    free(codes);
}

TEST(the_errno_is_that_of_the_failed_fork)
{
    int *codes = make_codes(2);
    prepare();
    make_fail(IN_PARENT, CALL_FORK, 2, ENOMEM);
    make_fail(IN_PARENT, CALL_WAIT, 1, EINTR);

    expect_error(CALL(spawn_all(2, note_and_return_code, codes)), ENOMEM,
                 "spawn_all, when the last fork had failed with ENOMEM, and then a wait was interrupted,");
    free(codes);
}

static int wait_at_gate_for_a_code(size_t index)
{
    note_visit(index);
    gate_wait(gate);
    return CODE + (int)index * step;
}

TEST(children_started_before_a_failed_fork_run_to_their_end)
{
    int *codes = make_codes(4);
    prepare();
    gate = make_gate("the parent waits for the children that it has started");
    step = 1;
    pid_t helper = start_helper(open_the_gate, NULL);
    make_fail(IN_PARENT, CALL_FORK, 3, EAGAIN);

    expect_error(CALL(spawn_all(4, wait_at_gate_for_a_code, codes)), EAGAIN,
                 "spawn_all, when the third of 4 forks had failed,");
    expect_codes_of_the_started(codes, 4, 2, "When the third of 4 forks failed");
    dismiss(helper);

    make_fail(IN_PARENT, CALL_FORK, calls_made(CALL_FORK) + 3, EAGAIN);
    expect_error(CALL(spawn_all(4, be_killed_by_sigkill, codes)), EAGAIN,
                 "spawn_all, when the third of 4 forks had failed,");
    size_t killed = 0;
    for (size_t i = 0; i < 4; i++)
        killed += codes[i] == 128 + SIGKILL;
    expect(killed == 2, "The code of a child that was started is what await would return for it.",
           "When the third of 4 forks failed, and signal 9 had killed the 2 children before, %zu codes were 137.",
           killed);
    free(codes);
}

TEST(running_out_of_memory_is_like_a_failed_fork)
{
    for (unsigned k = 1; k <= 2; k++) {
        int *codes = make_codes(2);
        unsigned forks = calls_made(CALL_FORK);
        prepare();
        make_fail(IN_PARENT, CALL_ALLOC, calls_made(CALL_ALLOC) + k, ENOMEM);

        int result = CALL(spawn_all(2, note_and_return_code, codes));
        int error = errno;
        unsigned started = calls_made(CALL_FORK) - forks;
        steer_no_more();
        errno = error;
        if (started < 2)
            expect_error(result, ENOMEM, "spawn_all, when an allocation had failed after %u of 2 forks,", started);
        expect_codes_of_the_started(codes, 2, started, "When an allocation failed");
        free(codes);
    }
}

/* Of N children the STARTED ones, all of which only seemed to be made, have the code 0, and all others have -1. */
static void expect_codes_of_the_quiet(const int codes[], size_t n, size_t started, const char *when)
{
    size_t count[2] = {0, 0};

    for (size_t i = 0; i < n; i++) {
        count[0] += codes[i] == QUIET;
        count[1] += codes[i] == -1;
    }
    expect(count[0] == started && count[1] == n - started, started_rule,
           "%s, %zu children of %zu had been started, and all had ended with 0; %zu codes were 0, and %zu were -1.",
           when, started, n, count[0], count[1]);
}

/* Many children may need more memory on the way. */
TEST(memory_that_runs_out_on_the_way_is_like_a_failed_fork)
{
    enum { MANY = 200 };
    int *codes = make_codes(MANY);
    unsigned forks = 0;

    for (unsigned k = 2; k <= 3; k++) {
        unsigned allocations = calls_made(CALL_ALLOC);
        steer_no_more();
        pretend_to_fork();
        make_fail(IN_PARENT, CALL_ALLOC, allocations + k, ENOMEM);
        int result = CALL(spawn_all(MANY, note_and_return_code, codes));
        if (calls_made(CALL_FORK) - forks < MANY)
            expect_error(result, ENOMEM, "spawn_all, when allocation number %u had failed,", k);
        expect_codes_of_the_quiet(codes, MANY, calls_made(CALL_FORK) - forks, "When memory ran out on the way");
        forks = calls_made(CALL_FORK);
    }
    free(codes);
}

enum { FORKS = 1100 };

static void one_fork_too_many(void *arg)
{
    (void)arg;
    fail_test(VERDICT_FAIL, "After a failed fork no further fork is tried.",
              "A fork had failed, and fork was called again.");
}

TEST(n_has_no_limit_but_memory_and_the_systems)
{
    enum { MANY = 3000000 };
    int *codes = make_codes(MANY);
    pretend_to_fork();
    make_fail(IN_PARENT, CALL_FORK, FORKS + 1, EAGAIN);
    before_call(IN_PARENT, CALL_FORK, FORKS + 2, one_fork_too_many, NULL);

    expect_error(CALL(spawn_all(MANY, note_and_return_code, codes)), EAGAIN,
                 "spawn_all, for n == %d, when fork had failed after %d children,", MANY, FORKS);
    expect(calls_made(CALL_FORK) == FORKS + 1, "n has no limit but memory and the system's.",
           "For n == %d spawn_all failed after %u forks, and none had failed but number %d.", MANY,
           calls_made(CALL_FORK), FORKS + 1);
    expect_codes_of_the_quiet(codes, MANY, FORKS, "When a fork failed");
    free(codes);
}

/* ---- both: what a child must leave alone ------------------------------------------------------------------------- */

/* How often the caller's exit handler has run in a child, and its stdio buffer was written out. */
struct farewells {
    unsigned handlers;
    unsigned flushes_in_children;
    unsigned flushes_in_parent;
};

static struct farewells *farewells;

static void exit_handler(void)
{
    if (getpid() != caller)
        farewells->handlers++;
}

static ssize_t write_out(void *cookie, const char *data, size_t len)
{
    (void)cookie;
    (void)data;
    if (getpid() == caller)
        farewells->flushes_in_parent++;
    else
        farewells->flushes_in_children++;
    return (ssize_t)len;
}

/* A caller with an exit handler, and with a stream that has not written out what was printed. */
static FILE *make_caller(void)
{
    prepare();
    farewells = shared_memory(sizeof *farewells);
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_out});

    if (stream == NULL || atexit(exit_handler) != 0 || at_quick_exit(exit_handler) != 0 ||
        fputs("hello", stream) == EOF)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot prepare a stream and an exit handler.");
    return stream;
}

static void expect_no_farewell(FILE *stream, const char *function)
{
    expect(farewells->handlers == 0, "A child does not run the caller's atexit handlers.",
           "A child of %s ran the function that the caller had registered with atexit.", function);
    expect(farewells->flushes_in_children == 0, "A child does not write out what is in the caller's stdio buffers.",
           "The caller had printed \"hello\" to a stream that still had it in its buffer. A child of %s wrote out its "
           "copy "
           "of it, so it comes twice.",
           function);
    (void)fclose(stream);
}

TEST(spawns_child_leaves_exit_handlers_and_stdio_alone)
{
    int value = 0;
    FILE *stream = make_caller();

    (void)code_of_child(spawn_child(note_and_return, &value));
    value = 3; /* who says _exit for success only is wrong, too */
    (void)code_of_child(spawn_child(note_and_return, &value));
    expect_no_farewell(stream, "spawn");
}

static int note_and_return_0(size_t index)
{
    note_visit(index);
    return 0;
}

TEST(spawn_alls_children_leave_exit_handlers_and_stdio_alone)
{
    int *codes = make_codes(2);
    FILE *stream = make_caller();

    expect_int(CALL(spawn_all(2, note_and_return_code, codes)), 0, "spawn_all, for 2 children,");
    expect_int(CALL(spawn_all(2, note_and_return_0, codes)), 0, "spawn_all, for 2 children,");
    expect_no_farewell(stream, "spawn_all");
    free(codes);
}

TEST(the_callers_stdio_is_not_flushed)
{
    int value = 0;
    int *codes = make_codes(1);
    FILE *stream = make_caller();

    (void)code_of_child(spawn_child(note_and_return, &value));
    (void)CALL(await(ended_child(return_value, 0)));
    expect(farewells->flushes_in_parent == 0,
           "What the caller has printed stays in its buffer until the caller flushes it.",
           "The caller had printed \"hello\" to a stream; during spawn or await it was written out.");
    (void)CALL(spawn_all(1, note_and_return_code, codes));
    expect(farewells->flushes_in_parent == 0,
           "What the caller has printed stays in its buffer until the caller flushes it.",
           "The caller had printed \"hello\" to a stream; during spawn_all it was written out.");
    (void)fclose(stream);
    free(codes);
}

static int look_at_signals(void *arg)
{
    expect_callers_signals(arg);
    return 0;
}

static int look_at_signals_of_all(size_t index)
{
    (void)index;
    expect_callers_signals("a child of spawn_all");
    return 0;
}

TEST(a_child_sees_the_callers_signals)
{
    int code;

    make_callers_signals();

    (void)code_of_child(spawn_child(look_at_signals, "a child of spawn"));
    (void)CALL(spawn_all(1, look_at_signals_of_all, &code));
}

int main(void)
{
    return run_suite("01-fork");
}

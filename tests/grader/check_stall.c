/*
 * check_stall.c - telling that nobody can go on, and why: on real processes, without Valgrind.
 *
 * Each test forks a process with some fate, and looks at it until it sleeps; no test waits for a time to pass.
 */
#define _GNU_SOURCE
#include "stall.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FD_LIMIT = 1024 };

static char path[64];
static struct board *board;
static struct tree tree;
static pid_t child;
static char text[1536];

static void set_up(void)
{
    (void)snprintf(path, sizeof path, "/tmp/eagain-check-stall-%d", (int)getpid());
    board = board_create(path);
    ck_assert_ptr_nonnull(board);
    board->current = 0;
    child = 0;
}

static void tear_down(void)
{
    if (child > 0) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
    }
    tree_free(&tree);
    board_close(board);
    (void)unlink(path);
}

static void put_on_board(pid_t pid, const char *role)
{
    struct board_process *process = board_new_process(board);

    process->pid = pid;
    (void)snprintf(process->role, sizeof process->role, "%s", role);
}

/* Forks a process that meets its fate, and dies with the test. */
static void start(void (*fate)(void))
{
    child = fork();
    ck_assert_int_ne(child, -1);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        put_on_board(getpid(), "the parent");
        fate();
        _exit(0);
    }
}

/* Looks until the tree of AT_LEAST tasks sleeps and has not run between two looks. */
static void look_until_asleep(size_t at_least)
{
    struct tree before = {NULL, 0, 0};

    while (!tree_sleeps(child, &before) || before.count < at_least || !tree_sleeps(child, &tree) ||
           !tree_same(&before, &tree))
        ;
    tree_free(&before);
}

static const char *explanation(void)
{
    uint64_t caller;

    explain_stall(board, &tree, child, FD_LIMIT, text, sizeof text, &caller);
    return text;
}

static void expect_words(const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "lacks \"%s\": %s", words, text);
}

/* ---- no false alarm --------------------------------------------------------------------------------------------------- */

static void compute(void)
{
    for (volatile unsigned long i = 0;; i++)
        ;
}

START_TEST(who_computes_does_not_sleep)
{
    start(compute);
    /* Until it has begun it may be anything; then it must never be seen asleep. */
    while (cpu_time_ms(child) == 0)
        ;
    for (int look = 0; look < 200; look++)
        ck_assert(!tree_sleeps(child, &tree));
}
END_TEST

static void wait_with_timeout(void)
{
    (void)poll(NULL, 0, 1000 * 1000);
}

START_TEST(a_wait_with_a_timeout_is_no_stall)
{
    start(wait_with_timeout);
    look_until_asleep(1);
    ck_assert(!nobody_can_go_on(&tree, FD_LIMIT));
}
END_TEST

static void sleep_long(void)
{
    const struct timespec long_time = {1000, 0};

    (void)nanosleep(&long_time, NULL);
}

START_TEST(a_sleep_is_no_stall)
{
    start(sleep_long);
    look_until_asleep(1);
    ck_assert(!nobody_can_go_on(&tree, FD_LIMIT));
}
END_TEST

static void read_from_high_fd(void)
{
    int ends[2];

    (void)!pipe(ends);
    (void)dup2(ends[0], 900);
    (void)!read(900, ends, 1);
}

START_TEST(a_thread_that_waits_for_its_turn_in_valgrind_is_no_stall)
{
    start(read_from_high_fd);
    look_until_asleep(1);
    ck_assert(!nobody_can_go_on(&tree, 800));
    ck_assert(nobody_can_go_on(&tree, 1000));
}
END_TEST

static void parent_waits_child_computes(void)
{
    if (fork() == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        compute();
    }
    (void)wait(NULL);
}

START_TEST(a_tree_in_which_one_computes_is_awake)
{
    pid_t pids[4];

    start(parent_waits_child_computes);
    while (descendants(child, pids, 4) == 0 || cpu_time_ms(pids[0]) == 0)
        ;
    for (int look = 0; look < 200; look++)
        ck_assert(!tree_sleeps(child, &tree));
}
END_TEST

/* ---- who keeps it from happening ---------------------------------------------------------------------------------------- */

static void read_own_pipe(void)
{
    int ends[2];
    char byte;

    (void)!pipe(ends);
    (void)!read(ends[0], &byte, 1);
}

START_TEST(a_reader_that_holds_the_write_end_itself)
{
    start(read_own_pipe);
    look_until_asleep(1);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("The parent waits in read(");
    expect_words("The write end of this pipe is still open in the parent itself, as descriptor ");
}
END_TEST

static void fill_own_pipe(void)
{
    int ends[2];
    static char bytes[4096];

    (void)!pipe(ends);
    while (write(ends[1], bytes, sizeof bytes) > 0)
        ;
}

START_TEST(a_full_pipe_that_nobody_reads)
{
    start(fill_own_pipe);
    look_until_asleep(1);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("room in a full pipe that nobody reads");
    expect_words("Its read end is open in the parent itself, as descriptor ");
}
END_TEST

static void wait_for_reader(void)
{
    int ends[2];
    char byte;

    (void)!pipe(ends);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        put_on_board(getpid(), "child 1");
        (void)!read(ends[0], &byte, 1);
        _exit(0);
    }
    (void)waitpid(pid, NULL, 0);
}

START_TEST(a_parent_that_waits_for_a_child_that_waits_for_the_parent)
{
    start(wait_for_reader);
    look_until_asleep(2);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("The parent waits in waitpid() until child 1 has ended");
    expect_words("Child 1 waits in read(");
    expect_words("in the parent, as descriptor ");
    expect_words("in child 1 itself, as descriptor ");
}
END_TEST

static void wait_for_stopped(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        put_on_board(getpid(), "child 1");
        (void)raise(SIGSTOP);
        _exit(0);
    }
    (void)waitpid(pid, NULL, 0);
}

START_TEST(a_stopped_child_is_said_to_be_stopped)
{
    start(wait_for_stopped);
    look_until_asleep(2);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("until child 1 has ended, which is stopped, not ended");
    expect_words("Child 1 is stopped");
}
END_TEST

static void poll_nothing(void)
{
    int ends[2];

    (void)!pipe(ends);
    struct pollfd one = {.fd = ends[0], .events = POLLIN};
    (void)poll(&one, 1, -1);
}

START_TEST(a_poll_without_a_timeout_names_its_descriptors)
{
    start(poll_nothing);
    look_until_asleep(1);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("without a time-out, on descriptor ");
    expect_words("for reading");
}
END_TEST

static void select_nothing(void)
{
    int ends[2];
    fd_set set;

    (void)!pipe(ends);
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    (void)select(ends[0] + 1, &set, NULL, NULL, NULL);
}

START_TEST(a_select_without_a_timeout_names_its_descriptors)
{
    start(select_nothing);
    look_until_asleep(1);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("without a time-out, for reading: ");
}
END_TEST

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock_twice(void)
{
    struct board_task *task = board_new_task(board);

    task->tid = gettid();
    task->call = CALL_MUTEX_LOCK;
    (void)snprintf(task->call_name, sizeof task->call_name, "pthread_mutex_lock");
    (void)pthread_mutex_lock(&mutex);
    (void)pthread_mutex_lock(&mutex);
}

START_TEST(a_mutex_locked_twice)
{
    start(lock_twice);
    look_until_asleep(1);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("waits in pthread_mutex_lock()");
    expect_words("for a mutex, which it has locked already itself");
}
END_TEST

/* The first thread locks, and waits for a second one, which waits for the lock. */
static void *lock_in_thread(void *arg)
{
    struct board_task *task = board_new_task(board);

    task->tid = gettid();
    task->call = CALL_MUTEX_LOCK;
    (void)snprintf(task->call_name, sizeof task->call_name, "pthread_mutex_lock");
    (void)snprintf(task->role, sizeof task->role, "thread 2");
    (void)pthread_mutex_lock(&mutex);
    return arg;
}

static void keep_lock_and_join(void)
{
    pthread_t thread;
    struct board_lock *lock = board_new_lock(board);

    (void)pthread_mutex_lock(&mutex);
    lock->address = (uintptr_t)&mutex;
    lock->process = 0;
    lock->holder = gettid();
    lock->locked_at = 0x401234;
    (void)snprintf(lock->name, sizeof lock->name, "the counter's lock");
    if (pthread_create(&thread, NULL, lock_in_thread, NULL) == 0)
        (void)pthread_join(thread, NULL);
}

START_TEST(a_mutex_that_another_thread_holds)
{
    start(keep_lock_and_join);
    look_until_asleep(2);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("Thread 2 waits in pthread_mutex_lock()");
    expect_words("for the counter's lock, which ");
    expect_words(" holds, locked at {@401234} and not unlocked since");
}
END_TEST

static void pause_for_ever(void)
{
    (void)pause();
}

START_TEST(a_signal_that_does_not_come)
{
    start(pause_for_ever);
    look_until_asleep(1);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("for a signal that does not come");
}
END_TEST

static void pause_with_pending_signal(void)
{
    sigset_t one;

    (void)sigemptyset(&one);
    (void)sigaddset(&one, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &one, NULL);
    (void)kill(getpid(), SIGUSR1);
    (void)pause();
}

START_TEST(a_pending_signal_that_nothing_lets_in)
{
    start(pause_with_pending_signal);
    look_until_asleep(1);
    ck_assert(nobody_can_go_on(&tree, FD_LIMIT));
    (void)explanation();
    expect_words("SIGUSR1 is pending, but blocked: nothing lets it in");
}
END_TEST

static void read_after_signal(void)
{
    struct board_task *task = board_new_task(board);

    task->tid = gettid();
    task->call = CALL_READ;
    task->signal = SIGTERM;
    (void)snprintf(task->call_name, sizeof task->call_name, "read");
    read_own_pipe();
}

START_TEST(a_signal_that_came_before_the_wait)
{
    start(read_after_signal);
    look_until_asleep(1);
    (void)explanation();
    expect_words("SIGTERM was delivered before this wait began; nobody looks at what its handler noted");
}
END_TEST

static void read_through_signal(void)
{
    struct board_task *task = board_new_task(board);

    task->tid = gettid();
    task->call = CALL_READ;
    task->signal = SIGRTMIN + 2;
    task->signal_in_call = true;
    read_own_pipe();
}

START_TEST(a_signal_that_came_during_the_wait)
{
    start(read_through_signal);
    look_until_asleep(1);
    (void)explanation();
    expect_words("SIGRTMIN+2 was delivered during this wait");
}
END_TEST

START_TEST(a_long_story_is_cut_not_overrun)
{
    uint64_t caller;

    start(wait_for_reader);
    look_until_asleep(2);
    explain_stall(board, &tree, child, FD_LIMIT, text, 20, &caller);
    ck_assert_uint_eq(strlen(text), 19);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stall");
    TCase *tcase = tcase_create("stall");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, who_computes_does_not_sleep);
    tcase_add_test(tcase, a_wait_with_a_timeout_is_no_stall);
    tcase_add_test(tcase, a_sleep_is_no_stall);
    tcase_add_test(tcase, a_thread_that_waits_for_its_turn_in_valgrind_is_no_stall);
    tcase_add_test(tcase, a_tree_in_which_one_computes_is_awake);
    tcase_add_test(tcase, a_reader_that_holds_the_write_end_itself);
    tcase_add_test(tcase, a_full_pipe_that_nobody_reads);
    tcase_add_test(tcase, a_parent_that_waits_for_a_child_that_waits_for_the_parent);
    tcase_add_test(tcase, a_stopped_child_is_said_to_be_stopped);
    tcase_add_test(tcase, a_poll_without_a_timeout_names_its_descriptors);
    tcase_add_test(tcase, a_select_without_a_timeout_names_its_descriptors);
    tcase_add_test(tcase, a_mutex_locked_twice);
    tcase_add_test(tcase, a_mutex_that_another_thread_holds);
    tcase_add_test(tcase, a_signal_that_does_not_come);
    tcase_add_test(tcase, a_pending_signal_that_nothing_lets_in);
    tcase_add_test(tcase, a_signal_that_came_before_the_wait);
    tcase_add_test(tcase, a_signal_that_came_during_the_wait);
    tcase_add_test(tcase, a_long_story_is_cut_not_overrun);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

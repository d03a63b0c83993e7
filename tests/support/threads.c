/* threads.c - the suite's own threads, and the turns in which they run. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <valgrind/helgrind.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

struct thread {
    pthread_t id;
    void (*body)(void *arg);
    void *arg;
    char role[48];
    pid_t tid;      /* 0: it has not begun yet */
    bool has_ended; /* its body has */
};

static void *thread_runs(void *arg)
{
    struct thread *thread = arg;

    name_thread(thread->role);
    __atomic_store_n(&thread->tid, gettid(), __ATOMIC_RELEASE);
    thread->body(thread->arg);
    __atomic_store_n(&thread->has_ended, true, __ATOMIC_RELEASE);
    return NULL;
}

struct thread *start_thread(void (*body)(void *arg), void *arg, const char *role, ...)
{
    struct thread *thread = calloc(1, sizeof *thread);
    va_list arguments;

    if (thread == NULL)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite has no memory for a thread.");
    VALGRIND_HG_DISABLE_CHECKING(thread, sizeof *thread);
    thread->body = body;
    thread->arg = arg;
    va_start(arguments, role);
    (void)vsnprintf(thread->role, sizeof thread->role, role, arguments);
    va_end(arguments);
    int error = pthread_create(&thread->id, NULL, thread_runs, thread);
    if (error != 0)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot make a thread: %s.", strerror(error));
    return thread;
}

void finish_thread(struct thread *thread)
{
    char what[80];

    (void)snprintf(what, sizeof what, "%s has come back", thread->role);
    awaits(what);
    (void)pthread_join(thread->id, NULL);
    awaits(NULL);
    free(thread);
}

/*
 * Valgrind marks every byte of a thread's stack when it begins and when it ends: 8 MiB, the usual size, cost more than all
 * that the threads of a test do.
 */
void make_stacks_small(void)
{
    enum { SMALL = 256 * 1024 };
    pthread_attr_t attributes;

    if (pthread_attr_init(&attributes) != 0)
        return;
    if (pthread_attr_setstacksize(&attributes, SMALL) == 0)
        (void)pthread_setattr_default_np(&attributes);
    (void)pthread_attr_destroy(&attributes);
}

static void *wait_and_come_back(void *arg)
{
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t condition;
    } own;

    (void)eagain_pthread_mutex_init(&own.mutex, NULL);
    (void)eagain_pthread_cond_init(&own.condition, NULL);
    (void)eagain_pthread_mutex_lock(&own.mutex);
    (void)eagain_pthread_cond_broadcast(&own.condition);
    (void)eagain_pthread_mutex_unlock(&own.mutex);
    (void)eagain_pthread_cond_destroy(&own.condition);
    (void)eagain_pthread_mutex_destroy(&own.mutex);
    return arg;
}

/* See warm_up() in suite.c. */
static void warm_up_threads(void)
{
    pthread_t thread;

    if (eagain_pthread_create(&thread, NULL, wait_and_come_back, NULL) == 0)
        (void)eagain_pthread_join(thread, NULL);
}

void (*also_warm_up)(void);

void suite_uses_threads(void)
{
    also_warm_up = warm_up_threads;
}

/* ---- is it asleep? ------------------------------------------------------------------------------------------------ */

/* The number of the system call that the thread is in, as /proc says; -1 if it is in none. */
static long system_call_of(pid_t tid)
{
    char path[64];
    char text[64] = "";

    (void)snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    ssize_t length = read(fd, text, sizeof text - 1);
    (void)close(fd);
    return length > 0 && text[0] >= '0' && text[0] <= '9' ? strtol(text, NULL, 10) : -1;
}

static bool is_in_call(pid_t tid)
{
    for (uint32_t i = board->task_count; i-- > 0;)
        if (board->tasks[i].tid == tid && board->tasks[i].process == (int32_t)(this_process() - board->processes))
            return board->tasks[i].call != CALL_NONE;
    return false;
}

bool thread_is_blocked(struct thread *thread)
{
    for (;;) {
        /* Valgrind lets one thread run at a time, and the others wait in a read of its own: only a futex counts. */
        pid_t tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE);
        if (tid != 0 && is_in_call(tid) && system_call_of(tid) == SYS_futex && is_in_call(tid))
            return true;
        if (__atomic_load_n(&thread->has_ended, __ATOMIC_ACQUIRE))
            return false;
        (void)sched_yield();
    }
}

/* ---- turns --------------------------------------------------------------------------------------------------------- */

/* Whose turn it is. A semaphore would do, but Helgrind knows what a semaphore means: so it is the system call itself. */
static uint32_t turn;

static void wait_for_turn(uint32_t mine)
{
    uint32_t now;

    awaits("the threads before it have ended");
    while ((now = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) != mine)
        (void)syscall(SYS_futex, &turn, FUTEX_WAIT, now, NULL, NULL, 0);
    awaits(NULL);
}

static void pass_turn(void)
{
    (void)__atomic_add_fetch(&turn, 1, __ATOMIC_ACQ_REL);
    (void)syscall(SYS_futex, &turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

struct in_turn {
    void (*body)(void *arg);
    void *arg;
    uint32_t turn;
};

static void run_in_turn(void *arg)
{
    const struct in_turn *mine = arg;

    wait_for_turn(mine->turn);
    mine->body(mine->arg);
    pass_turn();
}

void run_in_turns(void (*const bodies[])(void *arg), size_t n, void *arg)
{
    enum { MOST = 8 };
    struct in_turn turns[MOST];
    struct thread *threads[MOST];

    if (n > MOST)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite runs more threads in turns than tests/support has room for.");
    VALGRIND_HG_DISABLE_CHECKING(&turn, sizeof turn);
    for (size_t i = 0; i < n; i++) {
        turns[i] = (struct in_turn){bodies[i], arg, turn + (uint32_t)i};
    }
    for (size_t i = 0; i < n; i++)
        threads[i] = start_thread(run_in_turn, &turns[i], "the caller's thread %zu", i + 1);
    for (size_t i = 0; i < n; i++)
        finish_thread(threads[i]);
}

/* ---- the suite's own locks ------------------------------------------------------------------------------------------- */

void lock_own(pthread_mutex_t *mutex)
{
    awaits("the counter's lock is free");
    (void)pthread_mutex_lock(mutex);
    awaits(NULL);
    mutex_is_held(mutex, 0);
}

void unlock_own(pthread_mutex_t *mutex)
{
    mutex_is_let_go(mutex);
    (void)pthread_mutex_unlock(mutex);
}

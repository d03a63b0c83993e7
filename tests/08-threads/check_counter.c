/*
 * check_counter.c - the suite of 08-threads: a counter with a mutex and a condition variable.
 *
 * What goes wrong between two threads goes wrong once in a million runs. Here
 * it is found each time, in three ways:
 *
 *   - Most tests need one thread only. A hook does just before or after a call what another thread might do then,
 *     and `value` lies on a page that is open only while the lock is held (tests/support/guard.c).
 *   - Where there must be two threads, they take turns by means that Helgrind does not know. It asks whether
 *     anything of the submission's puts two accesses in an order, not whether they met.
 *   - A waiter is known to wait when the suite has had the lock after it, or when the kernel says so.
 */
#define _GNU_SOURCE
#include "counter.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static struct counter counter;

/* ---- before and after ---------------------------------------------------------------------------------------------- */

/* Makes *c a counter, in memory that holds no zeroes before. */
static struct counter *begin(struct counter *c, long start)
{
    memset(c, 0xa5, sizeof *c);
    name_lock(&c->lock, "the counter's lock");
    expect_errno(CALL(counter_init(c, start)), 0, "counter_init(c, %ld)", start);
    return c;
}

static struct counter *begin_at(long start)
{
    return begin(&counter, start);
}

/* The same, and from now on `value` can be touched only while the lock is held. */
static struct counter *begin_guarded(long start)
{
    struct counter *c = begin(make_guarded(sizeof *c, offsetof(struct counter, value)), start);

    guard_begins(&c->lock, "value");
    return c;
}

/* What the value is by now; WHAT says after what. */
static void expect_value(struct counter *c, long want, const char *what, ...) __attribute__((format(printf, 3, 4)));
static void expect_value(struct counter *c, long want, const char *what, ...)
{
    char after[200];
    va_list arguments;

    va_start(arguments, what);
    (void)vsnprintf(after, sizeof after, what, arguments);
    va_end(arguments);
    expect(pthread_mutex_trylock(&c->lock) != EBUSY, "Every lock has its unlock, on every path.",
           "After %s the counter's lock is still locked, by a thread that has come back or has ended.", after);
    long value = c->value;
    (void)pthread_mutex_unlock(&c->lock);
    expect_int(value, want, "The value, after %s,", after);
}

/* How often the object was initialised, less how often it was destroyed. */
static int times_alive(const void *object, enum call_kind init, enum call_kind destroy)
{
    int alive = 0;

    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call)) {
        if (call->argument != (long)(uintptr_t)object || call->result != 0)
            continue;
        alive += call->kind == init;
        alive -= call->kind == destroy;
    }
    return alive;
}

static int mutex_alive(const struct counter *c)
{
    return times_alive(&c->lock, CALL_MUTEX_INIT, CALL_MUTEX_DESTROY);
}

static int cond_alive(const struct counter *c)
{
    return times_alive(&c->changed, CALL_COND_INIT, CALL_COND_DESTROY);
}

/* How many finished calls of a kind were about this object (NULL: any), failed ones not counted. */
static unsigned calls_about(enum call_kind kind, const void *object)
{
    unsigned count = 0;

    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call))
        if (call->kind == kind && call->result == 0 && (object == NULL || call->argument == (long)(uintptr_t)object))
            count++;
    return count;
}

/* ---- hooks ------------------------------------------------------------------------------------------------------------ */

/* Plays another thread that has had the lock in between. */
struct change {
    struct counter *counter;
    long value;
};

static void set_value(void *arg)
{
    const struct change *change = arg;
    change->counter->value = change->value;
}

static void add_1000(void *arg)
{
    struct counter *c = arg;
    c->value += 1000;
}

static void open_gate(void *arg)
{
    gate_open(arg);
}

/* ---- counter_init, counter_destroy -------------------------------------------------------------------------------------- */

TEST(a_new_counter_has_its_start_value)
{
    static const long starts[] = {0, 1, -7, 5000000000, LONG_MAX, LONG_MIN};

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct counter *c = begin_at(starts[i]);
        expect_int(CALL(counter_get(c)), starts[i], "counter_get, after counter_init(c, %ld),", starts[i]);
        (void)pthread_mutex_destroy(&c->lock);
        (void)pthread_cond_destroy(&c->changed);
    }
}

TEST(both_objects_are_initialised_by_their_functions)
{
    struct counter *c = begin_at(0);

    expect(mutex_alive(c) == 1, "lock is initialised once, by pthread_mutex_init.",
           "counter_init came back with 0; lock was initialised %d times.", mutex_alive(c));
    expect(cond_alive(c) == 1, "changed is initialised once, by pthread_cond_init.",
           "counter_init came back with 0; changed was initialised %d times.", cond_alive(c));
}

/* counter_init has failed: what of it is left? */
static void expect_nothing_made(const struct counter *c, const char *failed)
{
    expect(mutex_alive(c) == 0,
           "If counter_init fails it leaves nothing initialised, and destroys nothing that never was.",
           mutex_alive(c) > 0 ? "When %s failed, counter_init left lock initialised."
                              : "When %s failed, counter_init destroyed lock, which had not been initialised.",
           failed);
    expect(cond_alive(c) == 0,
           "If counter_init fails it leaves nothing initialised, and destroys nothing that never was.",
           cond_alive(c) > 0 ? "When %s failed, counter_init left changed initialised."
                             : "When %s failed, counter_init destroyed changed, which had not been initialised.",
           failed);
}

TEST(a_failed_mutex_init_leaves_nothing)
{
    struct counter *c = &counter;

    steer_calls_about(&c->lock);
    make_fail(IN_PARENT, CALL_MUTEX_INIT, 1, ENOMEM);
    expect_errno(CALL(counter_init(c, 1)), ENOMEM, "counter_init, when pthread_mutex_init failed with ENOMEM,");
    expect_nothing_made(c, "pthread_mutex_init");
}

TEST(a_failed_cond_init_leaves_nothing)
{
    struct counter *c = &counter;

    steer_calls_about(&c->changed);
    make_fail(IN_PARENT, CALL_COND_INIT, 1, EAGAIN);
    expect_errno(CALL(counter_init(c, 1)), EAGAIN, "counter_init, when pthread_cond_init failed with EAGAIN,");
    expect_nothing_made(c, "pthread_cond_init");
}

TEST(destroy_destroys_both)
{
    struct counter *c = begin_at(0);

    expect_errno(CALL(counter_destroy(c)), 0, "counter_destroy");
    expect(mutex_alive(c) == 0, "counter_destroy destroys lock, once.",
           "After counter_destroy, lock had been destroyed %d times.", 1 - mutex_alive(c));
    expect(cond_alive(c) == 0, "counter_destroy destroys changed, once.",
           "After counter_destroy, changed had been destroyed %d times.", 1 - cond_alive(c));
}

TEST(a_failed_destroy_does_not_keep_the_other_one)
{
    struct counter *c = begin_at(0);

    steer_calls_about(&c->changed);
    make_fail(IN_PARENT, CALL_COND_DESTROY, 1, EBUSY);
    expect_errno(CALL(counter_destroy(c)), EBUSY, "counter_destroy, when pthread_cond_destroy failed with EBUSY,");
    expect(mutex_alive(c) == 0, "counter_destroy destroys lock, even if changed cannot be destroyed.",
           "pthread_cond_destroy failed, and lock was not destroyed.");

    steer_no_more();
    c = begin_at(0);
    steer_calls_about(&c->lock);
    make_fail(IN_PARENT, CALL_MUTEX_DESTROY, 1, EBUSY);
    expect_errno(CALL(counter_destroy(c)), EBUSY, "counter_destroy, when pthread_mutex_destroy failed with EBUSY,");
    expect(cond_alive(c) == 1, "counter_destroy destroys changed, even if lock cannot be destroyed.",
           "pthread_mutex_destroy failed, and changed was not destroyed.");
}

/* ---- counter_add, counter_get -------------------------------------------------------------------------------------------- */

TEST(adding_adds_and_getting_gets)
{
    static const long deltas[] = {1, 41, -50, 0, 6000000000, -12000000000};
    struct counter *c = begin_at(0);
    long sum = 0;

    for (size_t i = 0; i < sizeof deltas / sizeof *deltas; i++) {
        expect_errno(CALL(counter_add(c, deltas[i])), 0, "counter_add(c, %ld)", deltas[i]);
        expect_int(CALL(counter_get(c)), sum + deltas[i], "counter_get, after counter_add(c, %ld) to a value of %ld,",
                   deltas[i], sum);
        sum += deltas[i];
    }
}

TEST(adding_happens_under_the_lock)
{
    struct counter *c = begin_guarded(0);

    expect_errno(CALL(counter_add(c, 5)), 0, "counter_add(c, 5)");
    expect_errno(CALL(counter_add(c, 0)), 0, "counter_add(c, 0)");
    guard_ends();
    expect_value(c, 5, "counter_add(c, 5) and counter_add(c, 0), from 0 on");
}

TEST(getting_happens_under_the_lock)
{
    struct counter *c = begin_guarded(0);

    expect_int(CALL(counter_get(c)), 0, "counter_get, of a counter that began at 0,");
    guard_ends();
}

/* Whenever the lock is free, another thread adds 1000. None of it may get lost. */
TEST(an_addition_is_one_step)
{
    struct counter *c = begin_at(0);

    steer_calls_about(&c->lock);
    after_call(IN_PARENT, CALL_MUTEX_UNLOCK, EVERY_CALL, add_1000, c);
    unsigned before = calls_about(CALL_MUTEX_UNLOCK, &c->lock);
    expect_errno(CALL(counter_add(c, 1)), 0, "counter_add(c, 1)");
    steer_no_more();
    long others = 1000 * (long)(calls_about(CALL_MUTEX_UNLOCK, &c->lock) - before);
    expect_value(c, 1 + others,
                 "counter_add(c, 1) to a value of 0, and %ld that another thread added whenever the lock was free",
                 others);
}

/* The thread that the suite sends into a function, and what comes of it. */
struct errand {
    struct counter *counter;
    long number; /* what is added, or waited for */
    long result;
    long seen; /* what counter_get said */
    bool is_back;
    struct gate *news[2]; /* opened when the thread is back */
};

static void add(void *arg)
{
    struct errand *errand = arg;
    errand->result = CALL(counter_add(errand->counter, errand->number));
}

static void get(void *arg)
{
    struct errand *errand = arg;
    errand->seen = CALL(counter_get(errand->counter));
}

TEST(a_held_lock_is_waited_for)
{
    struct errand adder = {.counter = begin_at(0), .number = 3};
    struct counter *c = adder.counter;

    lock_own(&c->lock);
    struct thread *thread = start_thread(add, &adder, "the thread that adds");
    bool blocked = thread_is_blocked(thread);
    long value = c->value;
    unlock_own(&c->lock);
    finish_thread(thread);
    expect(blocked && value == 0, "Whoever wants the lock waits in the kernel until it is free.",
           "The caller had locked the counter's lock, and another thread called counter_add(c, 3). That one %s, and the"
           " value was %ld.",
           blocked ? "waited" : "came back at once", value);
    expect_errno((int)adder.result, 0, "counter_add(c, 3), when the lock was free again,");
    expect_value(c, 3, "counter_add(c, 3) to a value of 0");
}

TEST(adding_does_not_race_with_adding)
{
    void (*const turns[])(void *) = {add, add, add};
    struct errand errand = {.counter = begin_at(0), .number = 1};

    run_in_turns(turns, 3, &errand);
    expect_value(errand.counter, 3, "three threads, each with one counter_add(c, 1),");
}

TEST(reading_does_not_race_with_adding)
{
    struct errand errand = {.counter = begin_at(0), .number = 1};
    void (*const turns[])(void *) = {add, get, add};

    run_in_turns(turns, 3, &errand);
    expect_int(errand.seen, 1, "counter_get, between two additions of 1 by other threads,");
}

/* The lock fails, and so the function has no business with the value. */
static void lock_fails(struct counter *c)
{
    steer_calls_about(&c->lock);
    make_fail(IN_PARENT, CALL_MUTEX_LOCK, EVERY_CALL, EINVAL);
}

TEST(without_the_lock_nothing_is_done)
{
    struct counter *c = begin_guarded(0);
    unsigned waits = calls_made(CALL_COND_WAIT);

    lock_fails(c);
    expect_errno(CALL(counter_add(c, 1)), EINVAL, "counter_add, when the lock failed with EINVAL,");
    expect_errno(CALL(counter_wait(c, 5)), EINVAL, "counter_wait, when the lock failed with EINVAL,");
    expect(calls_made(CALL_COND_WAIT) == waits, "A thread that has not got the lock does not wait on the condition.",
           "The lock failed, and counter_wait waited for the condition all the same.");
    steer_no_more();
    guard_ends();
    expect_value(c, 0, "a counter_add whose lock failed");
}

TEST(a_failed_wake_up_does_not_keep_the_lock)
{
    struct counter *c = begin_at(0);

    steer_calls_about(&c->changed);
    make_fail(IN_PARENT, CALL_COND_WAKE, 1, EINVAL);
    (void)CALL(counter_add(c, 4)); /* CALL sees that the lock has been given back */
    steer_no_more();
    expect_value(c, 4, "a counter_add(c, 4) in which waking the waiters failed");
}

/* ---- counter_wait --------------------------------------------------------------------------------------------------------- */

static void wait_for_it(void *arg)
{
    struct errand *errand = arg;

    errand->result = CALL(counter_wait(errand->counter, errand->number));
    __atomic_store_n(&errand->is_back, true, __ATOMIC_RELEASE);
    for (size_t i = 0; i < 2; i++)
        if (errand->news[i] != NULL)
            gate_open(errand->news[i]);
}

/*
 * Goes on when the waiter waits, and fails the test if it has come back in place of that. GATE is opened when it is about to
 * wait on the condition: it has the lock then, and when the lock is free again, it waits.
 */
static void let_it_wait(struct errand *waiter, struct gate *gate, long value)
{
    gate_wait(gate);
    expect(!__atomic_load_n(&waiter->is_back, __ATOMIC_ACQUIRE), "The wait goes on while the value is too small.",
           "counter_wait(c, %ld) came back when the value was %ld.", waiter->number, value);
    lock_own(&waiter->counter->lock);
    unlock_own(&waiter->counter->lock);
}

TEST(a_value_that_is_there_already_is_not_waited_for)
{
    struct counter *c = begin_at(0);

    expect_errno(CALL(counter_wait(c, 0)), 0, "counter_wait(c, 0), with a value of 0,");
    expect_errno(CALL(counter_wait(c, -3)), 0, "counter_wait(c, -3), with a value of 0,");
    expect_int(calls_made(CALL_COND_WAIT), 0, "The number of waits, for values that were there already,");
}

/*
 * Waits in the same thread: what the condition variable does is made up. The K-th wait comes back when the value has
 * become VALUE; the waits before it for nothing.
 */
static void script_wait(struct change *change, unsigned k)
{
    steer_calls_about(&change->counter->changed);
    before_call(IN_PARENT, CALL_COND_WAIT, k, set_value, change);
    make_return(IN_PARENT, CALL_COND_WAIT, EVERY_CALL, 0);
}

TEST(waiting_looks_at_the_value_under_the_lock)
{
    struct change change = {begin_guarded(0), 5};

    script_wait(&change, 2);
    expect_errno(CALL(counter_wait(change.counter, 5)), 0, "counter_wait(c, 5)");
    guard_ends();
}

TEST(a_spurious_wake_up_fools_nobody)
{
    struct change change = {begin_at(0), 5};

    script_wait(&change, 3);
    expect_errno(CALL(counter_wait(change.counter, 5)), 0, "counter_wait(c, 5)");
    expect(
        calls_made(CALL_COND_WAIT) >= 3,
        "Whoever is woken looks again, and goes on waiting while the value is too small.",
        "The wait on the condition came back twice with a value of 0, and a third time with 5. counter_wait(c, 5) came"
        " back after %u of them.",
        calls_made(CALL_COND_WAIT));
}

TEST(a_value_that_is_passed_over_ends_the_wait_too)
{
    struct change change = {begin_at(0), 8};

    script_wait(&change, 1);
    expect_errno(CALL(counter_wait(change.counter, 5)), 0, "counter_wait(c, 5), when the value went from 0 to 8,");
    expect_int(calls_made(CALL_COND_WAIT), 1, "The number of waits, until the value went from 0 to 8 in one step,");
}

TEST(a_wait_for_a_large_value_takes_all_its_bits)
{
    struct change change = {begin_at(0), 1L << 32};

    script_wait(&change, 1);
    expect_errno(CALL(counter_wait(change.counter, 1L << 32)), 0, "counter_wait(c, 4294967296)");
    expect_int(calls_made(CALL_COND_WAIT), 1, "The number of waits for a value of 4294967296, which was 0 at first,");

    /* So far apart that the difference is no long. */
    steer_no_more();
    unsigned waits = calls_made(CALL_COND_WAIT);
    change = (struct change){change.counter, LONG_MAX - 1};
    lock_own(&change.counter->lock);
    change.counter->value = LONG_MIN + 1;
    unlock_own(&change.counter->lock);
    script_wait(&change, 1);
    expect_errno(CALL(counter_wait(change.counter, LONG_MAX - 1)), 0, "counter_wait(c, LONG_MAX - 1)");
    expect_int(calls_made(CALL_COND_WAIT) - waits, 1,
               "The number of waits for a value of LONG_MAX - 1, which was LONG_MIN + 1 at first,");
}

TEST(a_waiter_comes_back_when_the_value_is_reached)
{
    struct gate *waits = make_gate("the waiter for -5 begins to wait");
    struct gate *news = make_gate("the waiter for -5 waits again, or has come back");
    struct errand waiter = {.counter = begin_at(-10), .number = -5, .news = {waits, news}};
    struct counter *c = waiter.counter;

    steer_calls_about(&c->changed);
    before_call(IN_PARENT, CALL_COND_WAIT, 1, open_gate, waits);
    before_call(IN_PARENT, CALL_COND_WAIT, 2, open_gate, news);
    struct thread *thread = start_thread(wait_for_it, &waiter, "the waiter for -5");
    let_it_wait(&waiter, waits, -10);
    expect_errno(CALL(counter_add(c, 4)), 0, "counter_add(c, 4)");
    let_it_wait(&waiter, news, -6);
    expect_errno(CALL(counter_add(c, 1)), 0, "counter_add(c, 1)");
    finish_thread(thread);
    expect_errno((int)waiter.result, 0, "counter_wait(c, -5), when the value had become -5,");
}

/* Three wait for 3, 2 and 1 times UNIT; who waits for most is the first in line. */
static void wake_three(long unit)
{
    struct counter *c = begin_at(0);
    struct errand errands[3];
    struct thread *threads[3];
    struct gate *again = make_gate("the two who wait for more wait again");

    for (size_t i = 0; i < 3; i++) {
        struct gate *waits = make_gate("the next waiter begins to wait");
        steer_no_more();
        steer_calls_about(&c->changed);
        before_call(IN_PARENT, CALL_COND_WAIT, 1, open_gate, waits);
        errands[i] =
            (struct errand){.counter = c, .number = (3 - (long)i) * unit, .news = {waits, i < 2 ? again : NULL}};
        threads[i] = start_thread(wait_for_it, &errands[i], "the waiter for %ld", errands[i].number);
        let_it_wait(&errands[i], waits, 0);
    }
    steer_no_more();
    steer_calls_about(&c->changed);
    before_call(IN_PARENT, CALL_COND_WAIT, 2, open_gate, again);
    expect_errno(CALL(counter_add(c, unit)), 0, "counter_add(c, %ld)", unit);
    finish_thread(threads[2]);
    for (size_t i = 0; i < 2; i++)
        let_it_wait(&errands[i], again, unit);
    expect_errno(CALL(counter_add(c, 2 * unit)), 0, "counter_add(c, %ld)", 2 * unit);
    for (size_t i = 0; i < 2; i++)
        finish_thread(threads[i]);
    for (size_t i = 0; i < 3; i++)
        expect_errno((int)errands[i].result, 0, "counter_wait(c, %ld), when the value had become %ld,",
                     errands[i].number, 3 * unit);
    steer_no_more();
    expect_errno(CALL(counter_destroy(c)), 0, "counter_destroy");
}

TEST(every_waiter_is_woken)
{
    wake_three(2);
    wake_three(1); /* an addition of 1 may be what more than one waits for */
}

/* How the waiters are woken. */
struct wake_ups {
    struct counter *counter;
    unsigned count, without_lock;
};

static void look_at_the_lock(void *arg)
{
    struct wake_ups *wake_ups = arg;

    wake_ups->count++;
    if (!holds_lock(&wake_ups->counter->lock))
        wake_ups->without_lock++;
}

TEST(waiters_are_woken_while_the_lock_is_held)
{
    struct gate *waits = make_gate("the waiter for 9 begins to wait");
    struct errand waiter = {.counter = begin_at(0), .number = 9, .news = {waits, NULL}};
    struct counter *c = waiter.counter;
    struct wake_ups wake_ups = {c, 0, 0};

    steer_calls_about(&c->changed);
    before_call(IN_PARENT, CALL_COND_WAIT, 1, open_gate, waits);
    before_call(IN_PARENT, CALL_COND_WAKE, EVERY_CALL, look_at_the_lock, &wake_ups);
    struct thread *thread = start_thread(wait_for_it, &waiter, "the waiter for 9");
    let_it_wait(&waiter, waits, 0);
    expect_errno(CALL(counter_add(c, 9)), 0, "counter_add(c, 9)");
    finish_thread(thread);
    expect(wake_ups.count > 0, "An addition wakes those who wait.",
           "A thread waited, and counter_add(c, 9) did not wake it: it came back by itself.");
    expect(wake_ups.without_lock == 0, "Waiters are woken while the lock is held.",
           "counter_add woke the waiters when it did not hold the lock: by then a waiter may have seen the value, come"
           " back, and destroyed the counter.");
}

TEST(waiting_does_not_race_with_adding)
{
    struct errand errand = {.counter = begin_at(0), .number = 1};
    void (*const turns[])(void *) = {add, wait_for_it, add};

    run_in_turns(turns, 3, &errand);
    expect_errno((int)errand.result, 0, "counter_wait and counter_add, in three threads,");
}

TEST(a_failed_wait_is_reported_and_the_lock_given_back)
{
    struct counter *c = begin_at(0);

    steer_calls_about(&c->changed);
    make_fail(IN_PARENT, CALL_COND_WAIT, EVERY_CALL, EPERM);
    expect_errno(CALL(counter_wait(c, 1)), EPERM, "counter_wait, when the wait on the condition failed with EPERM,");
}

/* ---- count_in_parallel ------------------------------------------------------------------------------------------------------- */

/* The result of a run; whoever left a thread running learns that first, for it makes everything else uncertain. */
static int run(struct counter *c, size_t threads, long each)
{
    int error = CALL(count_in_parallel(c, threads, each));

    expect_no_thread_left();
    return error;
}

TEST(all_threads_are_started_before_any_is_joined)
{
    struct counter *c = begin_at(0);
    unsigned created = 0;

    expect_errno(run(c, 4, 3), 0, "count_in_parallel(c, 4, 3)");
    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call)) {
        created += call->kind == CALL_THREAD_CREATE;
        expect(call->kind != CALL_THREAD_JOIN || created == 4, "All threads are started before any is joined.",
               "count_in_parallel(c, 4, 3) joined a thread when it had started %u.", created);
    }
    expect_int(created, 4, "The number of threads that count_in_parallel(c, 4, 3) started");
    expect_value(c, 12, "count_in_parallel(c, 4, 3)");
}

TEST(every_increment_counts)
{
    struct counter *c = begin_at(0);

    expect_errno(run(c, 3, 40), 0, "count_in_parallel(c, 3, 40)");
    expect_value(c, 120, "count_in_parallel(c, 3, 40) from 0 on");
    expect_errno(run(c, 1, 5), 0, "count_in_parallel(c, 1, 5)");
    expect_value(c, 125, "count_in_parallel(c, 1, 5) from 120 on");
}

/* Looks at the value each time before the lock is given back. */
struct steps {
    struct counter *counter;
    long last, largest;
};

static void see_step(void *arg)
{
    struct steps *steps = arg;
    long step = steps->counter->value - steps->last;

    if (step > steps->largest)
        steps->largest = step;
    steps->last += step;
}

/*
 * A waiter for 13, and a thread that adds 1 again and again. When it has made 14 of the value, whoever waits for 13 has
 * been woken, by whatever means: so it goes on only when the waiter is back.
 */
struct meeting {
    struct gate *waits, *is_back;
    struct counter *counter;
};

static __thread bool is_the_waiter, has_made_14;

static void begins_to_wait(void *arg)
{
    struct meeting *meeting = arg;

    is_the_waiter = true;
    gate_open(meeting->waits);
}

/* Before an unlock: the value may be looked at. */
static void look_for_14(void *arg)
{
    struct meeting *meeting = arg;

    has_made_14 = !is_the_waiter && meeting->counter->value == 14;
}

static void meet(void *arg)
{
    struct meeting *meeting = arg;

    if (has_made_14)
        gate_wait(meeting->is_back);
}

static void let_a_waiter_in_between(struct counter *c)
{
    struct meeting meeting = {.waits = make_gate("the waiter for 13 begins to wait"),
                              .is_back = make_gate("the waiter for 13 is back, while others go on adding"),
                              .counter = c};
    struct errand waiter = {.counter = c, .number = 13, .news = {meeting.waits, meeting.is_back}};

    steer_calls_about(&c->changed);
    before_call(IN_PARENT, CALL_COND_WAIT, 1, begins_to_wait, &meeting);
    struct thread *thread = start_thread(wait_for_it, &waiter, "the waiter for 13");
    let_it_wait(&waiter, meeting.waits, 12);
    steer_no_more();
    steer_calls_about(&c->lock);
    before_call(IN_PARENT, CALL_MUTEX_UNLOCK, EVERY_CALL, look_for_14, &meeting);
    after_call(IN_PARENT, CALL_MUTEX_UNLOCK, EVERY_CALL, meet, &meeting);
    expect_errno(run(c, 1, 3), 0, "count_in_parallel(c, 1, 3), while another thread waited for its first increment,");
    finish_thread(thread);
    steer_no_more();
    expect_value(c, 15, "count_in_parallel(c, 1, 3) from 12 on");
}

TEST(each_increment_is_an_addition_of_its_own)
{
    struct counter *c = begin_at(0);
    struct steps steps = {c, 0, 0};

    steer_calls_about(&c->lock);
    before_call(IN_PARENT, CALL_MUTEX_UNLOCK, EVERY_CALL, see_step, &steps);
    expect_errno(run(c, 2, 6), 0, "count_in_parallel(c, 2, 6)");
    steer_no_more();
    expect(steps.largest != 0, "Each increment happens under the counter's lock.",
           "In count_in_parallel(c, 2, 6) the value never grew while the counter's lock was held.");
    expect(steps.largest == 1, "Others may use the counter between any two increments: each adds 1 under the lock.",
           "In count_in_parallel(c, 2, 6) the value grew by up to %ld while the lock was held once.", steps.largest);
    expect_value(c, 12, "count_in_parallel(c, 2, 6)");
    let_a_waiter_in_between(c);
}

/* The first addition ends the test: there may be very many. */
static void expect_no_addition(void *arg)
{
    const struct steps *steps = arg;

    expect(steps->counter->value == steps->last, "With increments that are not positive the threads add nothing.",
           "count_in_parallel with %ld increments each added something.", steps->largest);
}

TEST(increments_that_are_not_positive_add_nothing)
{
    static const long numbers[] = {0, -1, 2 - (1L << 32), LONG_MIN};
    struct counter *c = begin_at(0);

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct steps steps = {c, 0, numbers[i]};
        steer_calls_about(&c->lock);
        before_call(IN_PARENT, CALL_MUTEX_UNLOCK, EVERY_CALL, expect_no_addition, &steps);
        expect_errno(run(c, 2, numbers[i]), 0, "count_in_parallel(c, 2, %ld)", numbers[i]);
        steer_no_more();
        expect_value(c, 0, "count_in_parallel(c, 2, %ld) from 0 on", numbers[i]);
    }
}

TEST(no_threads_no_work)
{
    struct counter *c = begin_at(0);

    expect_errno(run(c, 0, 3), 0, "count_in_parallel(c, 0, 3)");
    expect_int(calls_made(CALL_THREAD_CREATE), 0, "The number of threads that count_in_parallel(c, 0, 3) started");
    expect_value(c, 0, "count_in_parallel(c, 0, 3) from 0 on");
}

/* The K-th thread from now on cannot be created. */
static void creation_fails(unsigned k, int error)
{
    make_fail(IN_PARENT, CALL_THREAD_CREATE, calls_made(CALL_THREAD_CREATE) + k, error);
}

/* After a run that could not start all: those that were started have done all of their work. */
static void expect_work_of_started(struct counter *c, long start, long each)
{
    unsigned started = calls_about(CALL_THREAD_CREATE, NULL);

    expect_value(c, start + (long)started * each,
                 "a run in which %u threads could be started, with %ld increments each", started, each);
}

TEST(a_thread_that_cannot_be_created_stops_none_of_the_others)
{
    struct counter *c = begin_at(0);

    creation_fails(3, EAGAIN);
    expect_errno(run(c, 5, 7), EAGAIN,
                 "count_in_parallel(c, 5, 7), when the third thread could not be created (EAGAIN),");
    expect_work_of_started(c, 0, 7);
}

TEST(the_first_or_the_last_thread_cannot_be_created)
{
    struct counter *c = begin_at(0);

    creation_fails(1, EAGAIN);
    expect_errno(run(c, 1, 7), EAGAIN,
                 "count_in_parallel(c, 1, 7), when its only thread could not be created (EAGAIN),");
    expect_work_of_started(c, 0, 7);
    steer_no_more();
    creation_fails(3, EPERM);
    expect_errno(run(c, 3, 7), EPERM, "count_in_parallel(c, 3, 7), when the last thread could not be created (EPERM),");
    expect_work_of_started(c, 0, 7);
}

/* How many locks have failed because a test made them. */
static unsigned locks_made_to_fail(void)
{
    unsigned count = 0;

    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call))
        if (call->kind == CALL_MUTEX_LOCK && call->injected)
            count++;
    return count;
}

TEST(a_failed_addition_is_reported)
{
    struct counter *c = begin_at(0);

    lock_fails(c);
    expect_errno(run(c, 3, 2), EINVAL, "count_in_parallel(c, 3, 2), when every lock failed with EINVAL,");
    steer_no_more();
    /* One addition of one thread: of another thread each time, unless they take very odd turns. */
    static const unsigned failing[] = {2, 6, 11, 12};
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        steer_calls_about(&c->lock);
        make_fail(IN_PARENT, CALL_MUTEX_LOCK, failing[i], EAGAIN);
        unsigned failed_before = locks_made_to_fail();
        int error = run(c, 3, 4);
        steer_no_more();
        if (locks_made_to_fail() == failed_before)
            break; /* it does not lock so often: another test says so */
        expect_errno(error, EAGAIN, "count_in_parallel(c, 3, 4), when one of the locks failed with EAGAIN,");
    }
    expect_errno(run(c, 1, 1), 0, "count_in_parallel(c, 1, 1), after runs in which an addition had failed,");
}

TEST(a_failed_creation_wins_over_a_failed_addition)
{
    struct counter *c = begin_at(0);

    creation_fails(3, EAGAIN);
    lock_fails(c);
    expect_errno(run(c, 4, 2), EAGAIN,
                 "count_in_parallel(c, 4, 2), when every lock failed with EINVAL, and the third thread could not be"
                 " created (EAGAIN),");
    steer_no_more();
}

/* What a run has allocated, and how deep its threads' stacks went. */
struct cost {
    size_t bytes;
    size_t depth;
};

static void see_depth(void *arg)
{
    struct cost *cost = arg;
    char here;
    uintptr_t top = (uintptr_t)pthread_self(); /* glibc keeps what it knows of a thread at the top of its stack */
    uintptr_t at = (uintptr_t)&here;

    if (at < top && top - at > cost->depth)
        cost->depth = top - at;
}

static struct cost cost_of_run(struct counter *c, long each)
{
    struct cost cost = {0, 0};

    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call))
        if (call->kind == CALL_ALLOC && call->result == 0)
            cost.bytes -= call->size;
    steer_calls_about(&c->lock);
    before_call(IN_PARENT, CALL_MUTEX_UNLOCK, EVERY_CALL, see_depth, &cost);
    expect_errno(run(c, 2, each), 0, "count_in_parallel(c, 2, %ld)", each);
    steer_no_more();
    for (const struct board_call *call = next_call(NULL); call != NULL; call = next_call(call))
        if (call->kind == CALL_ALLOC && call->result == 0)
            cost.bytes += call->size;
    return cost;
}

TEST(memory_does_not_grow_with_the_increments)
{
    struct counter *c = begin_at(0);
    struct cost one = cost_of_run(c, 1);
    struct cost many = cost_of_run(c, 200);

    expect(many.bytes <= one.bytes, "What a run allocates does not depend on increments_each.",
           "count_in_parallel(c, 2, 1) allocated %zu bytes, and count_in_parallel(c, 2, 200) %zu.", one.bytes,
           many.bytes);
    expect(many.depth < one.depth + 200, "What a thread needs of its stack does not depend on increments_each.",
           "The stack of a thread was %zu bytes deep with 1 increment each, and %zu with 200.", one.depth, many.depth);
}

/* The books may be kept in one block, in many, or on the stack: if memory lacks, then the result says so. */
TEST(without_memory_nothing_is_left_behind)
{
    struct counter *c = begin_at(0);
    unsigned created = 0;

    for (unsigned k = 1; k <= 3; k++) {
        unsigned allocations = calls_made(CALL_ALLOC);
        make_fail(IN_PARENT, CALL_ALLOC, allocations + k, ENOMEM);
        int error = run(c, 3, 4);
        steer_no_more();
        if (calls_made(CALL_ALLOC) >= allocations + k)
            expect(error == ENOMEM || error == EAGAIN, "0 says that all is done; ENOMEM, that there is no memory.",
                   "Allocation %u of count_in_parallel(c, 3, 4) failed (ENOMEM), and the result was %d.", k, error);
        else
            expect_errno(error, 0, "count_in_parallel(c, 3, 4)");
        created = calls_about(CALL_THREAD_CREATE, NULL);
        expect_value(c, (long)created * 4, "runs in which %u threads could be started, with 4 increments each",
                     created);
    }
}

TEST(the_number_of_threads_has_no_limit)
{
    struct counter *c = begin_at(0);

    expect_errno(run(c, 70, 2), 0, "count_in_parallel(c, 70, 2)");
    expect_int(calls_made(CALL_THREAD_CREATE), 70, "The number of threads that count_in_parallel(c, 70, 2) started");
    expect_value(c, 140, "count_in_parallel(c, 70, 2)");
}

/* In the middle of a call: plan is read anew for each call. */
static void no_more_threads(void *arg)
{
    (void)arg;
    make_fail(IN_PARENT, CALL_THREAD_CREATE, EVERY_CALL, EAGAIN);
}

/* From the third thread on none can be created: so nobody really starts so many. */
static void expect_refused(struct counter *c, size_t threads)
{
    before_call(IN_PARENT, CALL_THREAD_CREATE, 3, no_more_threads, NULL);
    int error = run(c, threads, 2);
    steer_no_more();
    expect(error == EAGAIN || error == ENOMEM,
           "An error number: ENOMEM if there is no memory, EAGAIN if no thread can be created.",
           "count_in_parallel(c, %zu, 2), when the third thread could not be created (EAGAIN), gave %d.", threads,
           error);
}

TEST(a_huge_number_of_threads_is_refused_decently)
{
    struct counter *c = begin_at(0);

    expect_refused(c, 1100000);
    expect_work_of_started(c, 0, 2);
}

/* So many that a number of threads times a size has no room in a size_t, and comes out small. */
TEST(a_size_that_overflows_is_noticed)
{
    struct counter *c = begin_at(0);

    expect_refused(c, ((size_t)1 << 61) + 1);
    expect_work_of_started(c, 0, 2);
}

int main(void)
{
    suite_uses_threads();
    return run_suite("08-threads");
}

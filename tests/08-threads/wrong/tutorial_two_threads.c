/*
 * fails: adding_happens_under_the_lock fail "without the counter's lock"
 * fails: getting_happens_under_the_lock fail "without the counter's lock"
 * fails: a_held_lock_is_waited_for fail "The caller had locked the counter's lock, and another thread called co"
 * fails: adding_does_not_race_with_adding memory "Data race"
 * fails: reading_does_not_race_with_adding memory "Data race"
 * fails: without_the_lock_nothing_is_done fail "without the counter's lock"
 * fails: a_waiter_comes_back_when_the_value_is_reached stall "for somebody to signal the condition variable"
 * fails: every_waiter_is_woken stall "for somebody to signal the condition variable"
 * fails: waiters_are_woken_while_the_lock_is_held stall "for somebody to signal the condition variable"
 * fails: waiting_does_not_race_with_adding memory "Data race"
 * fails: all_threads_are_started_before_any_is_joined processes "never joined"
 * fails: every_increment_counts processes "never joined"
 * fails: each_increment_is_an_addition_of_its_own processes "never joined"
 * fails: increments_that_are_not_positive_add_nothing processes "never joined"
 * fails: a_thread_that_cannot_be_created_stops_none_of_the_others processes "never joined"
 * fails: the_first_or_the_last_thread_cannot_be_created fail "when its only thread could not be created"
 * fails: a_failed_addition_is_reported processes "never joined"
 * fails: a_failed_creation_wins_over_a_failed_addition processes "never joined"
 * fails: memory_does_not_grow_with_the_increments processes "never joined"
 * fails: without_memory_nothing_is_left_behind processes "never joined"
 * fails: the_number_of_threads_has_no_limit processes "never joined"
 * fails: a_huge_number_of_threads_is_refused_decently spin "in a row that found nothing to do"
 * fails: a_size_that_overflows_is_noticed spin "in a row that found nothing to do"
 *
 * What is wrong: the tutorial's program: threads that do a += 1 on a shared number, which is printed at the end.
 * Nothing is locked, neither the addition nor the reading, nobody joins the threads, and nobody is woken.
 */
#include "counter.h"

int counter_init(struct counter *c, long start)
{
    int error = pthread_mutex_init(&c->lock, NULL);
    if (error != 0)
        return error;
    error = pthread_cond_init(&c->changed, NULL);
    if (error != 0) {
        pthread_mutex_destroy(&c->lock);
        return error;
    }
    c->value = start;
    return 0;
}

int counter_add(struct counter *c, long delta)
{
    c->value += delta;
    return 0;
}

long counter_get(struct counter *c)
{
    return c->value;
}

int counter_wait(struct counter *c, long at_least)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    while (error == 0 && c->value < at_least)
        error = pthread_cond_wait(&c->changed, &c->lock);
    int unlock_error = pthread_mutex_unlock(&c->lock);
    return error != 0 ? error : unlock_error;
}

int counter_destroy(struct counter *c)
{
    int cond_error = pthread_cond_destroy(&c->changed);
    int mutex_error = pthread_mutex_destroy(&c->lock);
    return cond_error != 0 ? cond_error : mutex_error;
}

struct share {
    struct counter *counter;
    long increments;
};

static void *add_ones(void *arg)
{
    struct share share = *(struct share *)arg;
    for (long i = 0; i < share.increments; i++)
        counter_add(share.counter, 1);
    return NULL;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    static struct share share;
    share = (struct share){c, increments_each};
    for (size_t i = 0; i < threads; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, add_ones, &share);
    }
    return 0;
}

/*
 * fails: all_threads_are_started_before_any_is_joined memory "Two mutexes are locked in one order"
 * fails: every_increment_counts memory "Two mutexes are locked in one order"
 * fails: each_increment_is_an_addition_of_its_own memory "Two mutexes are locked in one order"
 * fails: a_failed_addition_is_reported memory "Two mutexes are locked in one order"
 * fails: memory_does_not_grow_with_the_increments memory "Two mutexes are locked in one order"
 * fails: without_memory_nothing_is_left_behind memory "Two mutexes are locked in one order"
 * fails: the_number_of_threads_has_no_limit memory "Two mutexes are locked in one order"
 *
 * What is wrong: has a second lock, for the errors. A thread that has an error takes it and then the counter's; at the
 * end they are taken the other way round. Two threads that do so at the same time wait for each other.
 */
#include "counter.h"

#include <errno.h>
#include <stdlib.h>

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
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    c->value += delta;
    error = pthread_cond_broadcast(&c->changed);
    int unlock_error = pthread_mutex_unlock(&c->lock);
    return error != 0 ? error : unlock_error;
}

long counter_get(struct counter *c)
{
    if (pthread_mutex_lock(&c->lock) != 0)
        return 0;
    long value = c->value;
    pthread_mutex_unlock(&c->lock);
    return value;
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

struct worker {
    pthread_t thread;
    struct counter *counter;
    long increments;
    int error;
};

static pthread_mutex_t error_lock = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *arg)
{
    struct worker *worker = arg;
    for (long i = 0; i < worker->increments && worker->error == 0; i++) {
        pthread_mutex_lock(&error_lock);
        worker->error = counter_add(worker->counter, 1);
        pthread_mutex_unlock(&error_lock);
    }
    return NULL;
}

/* No thread of ours runs any more; but another call may, with the same locks. */
static int first_error(struct counter *c, const struct worker workers[], size_t n)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    pthread_mutex_lock(&error_lock);
    for (size_t i = 0; i < n && error == 0; i++)
        error = workers[i].error;
    pthread_mutex_unlock(&error_lock);
    pthread_mutex_unlock(&c->lock);
    return error;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    if (threads == 0)
        return 0;
    struct worker *workers = calloc(threads, sizeof(*workers));
    if (workers == NULL)
        return ENOMEM;

    int error = 0;
    size_t created = 0;
    while (created < threads && error == 0) {
        workers[created].counter = c;
        workers[created].increments = increments_each;
        error = pthread_create(&workers[created].thread, NULL, work, &workers[created]);
        if (error == 0)
            created++;
    }
    for (size_t i = 0; i < created; i++) {
        int join_error = pthread_join(workers[i].thread, NULL);
        if (error == 0)
            error = join_error;
    }
    if (error == 0)
        error = first_error(c, workers, created);
    free(workers);
    return error;
}

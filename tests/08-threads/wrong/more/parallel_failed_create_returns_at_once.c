/*
 * fails: a_thread_that_cannot_be_created_stops_none_of_the_others processes "never joined"
 * fails: the_first_or_the_last_thread_cannot_be_created processes "never joined"
 * fails: a_failed_creation_wins_over_a_failed_addition processes "never joined"
 * fails: a_huge_number_of_threads_is_refused_decently processes "never joined"
 *
 * What is wrong: returns as soon as a thread cannot be created, while the others still run.
 */
#include "counter.h"

#include <errno.h>
#include <stdint.h>
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

static struct {
    struct counter *counter;
    long increments;
} job; /* the same for all threads, and nobody writes it while they run */

static void *work(void *arg)
{
    (void)arg;
    int error = 0;
    for (long i = 0; i < job.increments && error == 0; i++)
        error = counter_add(job.counter, 1);
    return (void *)(intptr_t)error;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    if (threads == 0)
        return 0;
    pthread_t *ids = calloc(threads, sizeof(*ids));
    if (ids == NULL)
        return ENOMEM;
    job.counter = c;
    job.increments = increments_each;

    int error = 0;
    size_t created = 0;
    while (created < threads && error == 0) {
        error = pthread_create(&ids[created], NULL, work, NULL);
        if (error == 0)
            created++;
    }
    if (error != 0) {
        free(ids);
        return error;
    }
    for (size_t i = 0; i < created; i++) {
        void *result = NULL;
        int join_error = pthread_join(ids[i], &result);
        if (error == 0)
            error = join_error != 0 ? join_error : (int)(intptr_t)result;
    }
    free(ids);
    return error;
}

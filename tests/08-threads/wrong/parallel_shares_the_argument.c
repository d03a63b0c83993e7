/*
 * fails: TODO
 *
 * What is wrong: hands every thread the address of the same variable, which the next round writes again. That it
 * writes the same values makes it no better: one thread reads while another writes.
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
} job;

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
    int error = 0;
    size_t created = 0;
    while (created < threads && error == 0) {
        job.counter = c;
        job.increments = increments_each;
        error = pthread_create(&ids[created], NULL, work, NULL);
        if (error == 0)
            created++;
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

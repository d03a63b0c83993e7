/*
 * Holds the threads back at a gate, with a mutex and a condition variable of its own, until all of them have been
 * created, or one could not be. They start to count at the same time, then.
 */
#include "counter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

int counter_init(struct counter *c, long start)
{
    *c = (struct counter){.value = start};
    int error = pthread_mutex_init(&c->lock, NULL);
    if (error == 0) {
        error = pthread_cond_init(&c->changed, NULL);
        if (error != 0)
            (void)pthread_mutex_destroy(&c->lock);
    }
    return error;
}

int counter_add(struct counter *c, long delta)
{
    int e1 = pthread_mutex_lock(&c->lock);
    if (e1)
        return e1;
    c->value += delta;
    e1 = pthread_cond_broadcast(&c->changed);
    int e2 = pthread_mutex_unlock(&c->lock);
    return e1 ? e1 : e2;
}

long counter_get(struct counter *c)
{
    long value;
    if (pthread_mutex_lock(&c->lock))
        return -1;
    value = c->value;
    pthread_mutex_unlock(&c->lock);
    return value;
}

int counter_wait(struct counter *c, long at_least)
{
    int e1 = pthread_mutex_lock(&c->lock), e2;
    if (e1)
        return e1;
    while (c->value < at_least)
        if ((e1 = pthread_cond_wait(&c->changed, &c->lock)) != 0)
            break;
    e2 = pthread_mutex_unlock(&c->lock);
    return e1 ? e1 : e2;
}

int counter_destroy(struct counter *c)
{
    int e1 = pthread_cond_destroy(&c->changed), e2 = pthread_mutex_destroy(&c->lock);
    return e1 ? e1 : e2;
}

struct start {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    bool open;
    struct counter *c;
    long increments;
    int error; /* the first of any thread */
};

static void pass(struct start *start)
{
    pthread_mutex_lock(&start->mutex);
    while (!start->open)
        pthread_cond_wait(&start->opened, &start->mutex);
    pthread_mutex_unlock(&start->mutex);
}

static void *worker(void *arg)
{
    struct start *start = arg;
    int error = 0;
    pass(start);
    for (long i = start->increments; i > 0 && error == 0; i--)
        error = counter_add(start->c, 1);
    pthread_mutex_lock(&start->mutex);
    if (start->error == 0)
        start->error = error;
    pthread_mutex_unlock(&start->mutex);
    pthread_exit(NULL);
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    int error = 0;
    size_t count = 0;
    struct start start = {.mutex = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
    start.c = c;
    start.increments = increments_each;

    pthread_t *ids = calloc(threads ? threads : 1, sizeof(pthread_t));
    if (ids == NULL)
        return ENOMEM;
    while (error == 0 && count < threads) {
        error = pthread_create(&ids[count], NULL, worker, &start);
        count += error == 0;
    }

    pthread_mutex_lock(&start.mutex);
    start.open = true;
    pthread_cond_broadcast(&start.opened);
    pthread_mutex_unlock(&start.mutex);

    for (size_t i = 0; i < count; i++) {
        int joined = pthread_join(ids[i], NULL);
        if (error == 0)
            error = joined;
    }
    if (error == 0)
        error = start.error;
    pthread_cond_destroy(&start.opened);
    pthread_mutex_destroy(&start.mutex);
    free(ids);
    return error;
}

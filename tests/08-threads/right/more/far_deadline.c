/*
 * Waits with a deadline that is an hour away, and goes on waiting if that is ever reached. Tries for the lock first,
 * and waits for it only if it is held. Index of a thread by an atomic ticket, so that the argument is the same for
 * all.
 */
#define _GNU_SOURCE
#include "counter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static int take(pthread_mutex_t *lock)
{
    int error = pthread_mutex_trylock(lock);
    return error == EBUSY ? pthread_mutex_lock(lock) : error;
}

int counter_init(struct counter *c, long start)
{
    int mutex = pthread_mutex_init(&c->lock, NULL);
    if (mutex != 0)
        return mutex;
    int cond = pthread_cond_init(&c->changed, NULL);
    if (cond != 0)
        return pthread_mutex_destroy(&c->lock), cond;
    return c->value = start, 0;
}

int counter_add(struct counter *c, long delta)
{
    int error = take(&c->lock);
    if (error != 0)
        return error;
    c->value += delta;
    if (delta > 0)
        error = pthread_cond_broadcast(&c->changed);
    int error2 = pthread_mutex_unlock(&c->lock);
    return error != 0 ? error : error2;
}

long counter_get(struct counter *c)
{
    if (take(&c->lock) != 0)
        return 0;
    long copy = c->value;
    pthread_mutex_unlock(&c->lock);
    return copy;
}

int counter_wait(struct counter *c, long at_least)
{
    int error = take(&c->lock);
    if (error != 0)
        return error;
    while (c->value < at_least && error == 0) {
        struct timespec deadline;
        clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += 3600;
        error = pthread_cond_timedwait(&c->changed, &c->lock, &deadline);
        if (error == ETIMEDOUT)
            error = 0;
    }
    int error2 = pthread_mutex_unlock(&c->lock);
    return error != 0 ? error : error2;
}

int counter_destroy(struct counter *c)
{
    int error = pthread_cond_destroy(&c->changed);
    if (error != 0) {
        pthread_mutex_destroy(&c->lock);
        return error;
    }
    return pthread_mutex_destroy(&c->lock);
}

struct crew {
    struct counter *c;
    long each;
    atomic_size_t next;
    int *errors;
};

static void *count(void *arg)
{
    struct crew *crew = arg;
    size_t me = atomic_fetch_add(&crew->next, 1);
    for (long i = 1; i <= crew->each && crew->errors[me] == 0; i++)
        crew->errors[me] = counter_add(crew->c, 1);
    return NULL;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    struct crew crew = {.c = c, .each = increments_each};
    if (threads == 0)
        return 0;
    pthread_t *helper = calloc(threads, sizeof(*helper));
    crew.errors = calloc(threads, sizeof(*crew.errors));
    if (helper == NULL || crew.errors == NULL) {
        free(helper);
        free(crew.errors);
        return ENOMEM;
    }

    int error = 0;
    size_t started = 0;
    do
        error = pthread_create(&helper[started], NULL, count, &crew);
    while (error == 0 && ++started < threads);
    for (size_t i = 0; i < started; i++)
        pthread_join(helper[i], NULL);
    for (size_t i = 0; i < started && error == 0; i++)
        error = crew.errors[i];
    free(helper);
    free(crew.errors);
    return error;
}

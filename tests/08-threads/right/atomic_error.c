/*
 * The threads leave their first error in one atomic variable, and look there whether to go on; a semaphore holds them
 * back until all have been created. The lock is taken with a deadline that never comes, and so is the wait.
 */
#define _GNU_SOURCE
#include "counter.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static int take(struct counter *c)
{
    struct timespec never;
    clock_gettime(CLOCK_MONOTONIC, &never);
    never.tv_sec += 86400;
    return pthread_mutex_clocklock(&c->lock, CLOCK_MONOTONIC, &never);
}

int counter_init(struct counter *c, long start)
{
    c->value = start;
    int error = pthread_mutex_init(&c->lock, NULL);
    if (error != 0)
        return error;
    error = pthread_cond_init(&c->changed, NULL);
    if (error == 0)
        return 0;
    (void)pthread_mutex_destroy(&c->lock);
    return error;
}

int counter_add(struct counter *c, long delta)
{
    int error = take(c);
    if (error != 0)
        return error;
    c->value += delta;
    (void)pthread_cond_broadcast(&c->changed);
    return pthread_mutex_unlock(&c->lock);
}

long counter_get(struct counter *c)
{
    (void)take(c);
    long value = c->value;
    (void)pthread_mutex_unlock(&c->lock);
    return value;
}

int counter_wait(struct counter *c, long at_least)
{
    struct timespec never;
    clock_gettime(CLOCK_MONOTONIC, &never);
    never.tv_sec += 86400;
    int error = take(c);
    if (error != 0)
        return error;
    while (c->value < at_least && error == 0)
        error = pthread_cond_clockwait(&c->changed, &c->lock, CLOCK_MONOTONIC, &never);
    (void)pthread_mutex_unlock(&c->lock);
    return error;
}

int counter_destroy(struct counter *c)
{
    int error = pthread_cond_destroy(&c->changed);
    return error | pthread_mutex_destroy(&c->lock);
}

struct crew {
    struct counter *counter;
    long each;
    sem_t start;
    atomic_int error;
};

static void *work(void *arg)
{
    struct crew *crew = arg;
    while (sem_wait(&crew->start) == -1)
        continue;
    for (long i = 0; i < crew->each; i++) {
        if (atomic_load_explicit(&crew->error, memory_order_relaxed) != 0)
            break;
        int error = counter_add(crew->counter, 1);
        if (error != 0)
            atomic_store_explicit(&crew->error, error, memory_order_relaxed);
    }
    return NULL;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    struct crew crew = {.counter = c, .each = increments_each};
    pthread_t *ids = NULL;
    size_t count = 0, room = 0;
    int error = 0;

    if (sem_init(&crew.start, 0, 0) == -1)
        return errno;
    while (count < threads && error == 0) {
        if (count == room) { /* grows as it is needed: nobody really gets SIZE_MAX threads */
            pthread_t *larger = realloc(ids, (2 * room + 1) * sizeof(*ids));
            if (larger == NULL) {
                error = ENOMEM;
                break;
            }
            ids = larger;
            room = 2 * room + 1;
        }
        error = pthread_create(&ids[count], NULL, work, &crew);
        if (error == 0)
            count++;
    }
    for (size_t i = 0; i < count; i++)
        sem_post(&crew.start);
    while (count > 0)
        (void)pthread_join(ids[--count], NULL);
    free(ids);
    sem_destroy(&crew.start);
    return error != 0 ? error : atomic_load(&crew.error);
}

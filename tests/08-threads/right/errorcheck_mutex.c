/*
 * A mutex that checks for errors, and a condition variable with attributes too; each is made with an error ladder. One
 * helper takes the lock for all functions. The threads' errors come back through pthread_join.
 */
#define _GNU_SOURCE
#include "counter.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct task {
    struct counter *c;
    long n;
};

int counter_init(struct counter *c, long start)
{
    pthread_mutexattr_t mutex_attr;
    pthread_condattr_t cond_attr;
    int error = pthread_mutexattr_init(&mutex_attr);
    if (error != 0)
        return error;
    if ((error = pthread_mutexattr_settype(&mutex_attr, PTHREAD_MUTEX_ERRORCHECK)) != 0)
        goto fail_mutex_attr;
    if ((error = pthread_condattr_init(&cond_attr)) != 0)
        goto fail_mutex_attr;
    if ((error = pthread_condattr_setclock(&cond_attr, CLOCK_MONOTONIC)) != 0)
        goto fail_cond_attr;
    if ((error = pthread_cond_init(&c->changed, &cond_attr)) != 0)
        goto fail_cond_attr;
    if ((error = pthread_mutex_init(&c->lock, &mutex_attr)) != 0) {
        pthread_cond_destroy(&c->changed);
        goto fail_cond_attr;
    }
    pthread_mutex_lock(&c->lock);
    c->value = start;
    pthread_mutex_unlock(&c->lock);
fail_cond_attr:
    pthread_condattr_destroy(&cond_attr);
fail_mutex_attr:
    pthread_mutexattr_destroy(&mutex_attr);
    return error;
}

static int helper(struct counter *c, int (*step)(struct counter *c, long number), long number)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error == 0) {
        error = step(c, number);
        int unlock = pthread_mutex_unlock(&c->lock);
        if (error == 0)
            error = unlock;
    }
    return error;
}

static int add(struct counter *c, long number)
{
    c->value += number;
    return pthread_cond_broadcast(&c->changed);
}

static int wait_(struct counter *c, long number)
{
    int error = 0;
    do {
        if (c->value >= number)
            break;
        error = pthread_cond_wait(&c->changed, &c->lock);
    } while (error == 0);
    return error;
}

int counter_add(struct counter *c, long delta)
{
    return helper(c, add, delta);
}

int counter_wait(struct counter *c, long at_least)
{
    return helper(c, wait_, at_least);
}

long counter_get(struct counter *c)
{
    long value = -1;
    if (pthread_mutex_lock(&c->lock) == 0) {
        value = c->value;
        pthread_mutex_unlock(&c->lock);
    }
    return value;
}

int counter_destroy(struct counter *c)
{
    int error = pthread_mutex_destroy(&c->lock);
    int other = pthread_cond_destroy(&c->changed);
    return error ? error : other;
}

static void *main_loop(void *arg)
{
    const struct task *task = arg;
    int error = 0;
    for (long i = 0; i < task->n; i++) {
        int this_error = counter_add(task->c, 1);
        if (error == 0)
            error = this_error;
    }
    return (void *)(intptr_t)error;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    struct task task = {c, increments_each}; /* the same for all, and nobody writes it */
    if (threads == 0)
        return 0;
    pthread_t *ids = reallocarray(NULL, threads, sizeof(*ids));
    if (ids == NULL)
        return ENOMEM;
    size_t n = 0;
    int create_error = 0, add_error = 0;
    for (; n < threads; n++) {
        create_error = pthread_create(ids + n, NULL, main_loop, &task);
        if (create_error != 0)
            break;
    }
    while (n-- > 0) {
        void *result = NULL;
        int error = pthread_join(ids[n], &result);
        if (error == 0)
            error = (int)(intptr_t)result;
        if (add_error == 0)
            add_error = error;
    }
    free(ids);
    return create_error != 0 ? create_error : add_error;
}

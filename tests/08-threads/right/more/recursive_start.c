/*
 * Recursion instead of an array: each level starts its thread, lets the next level start the others, and joins its
 * own on the way back. So it needs no memory but the stack, and has none to run out of. The mutex is a recursive one.
 */
#define _GNU_SOURCE
#include "counter.h"

#include <stdbool.h>

int counter_init(struct counter *c, long start)
{
    pthread_mutexattr_t attributes;
    int error = pthread_mutexattr_init(&attributes);
    if (error != 0)
        return error;
    error = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    if (error == 0)
        error = pthread_mutex_init(&c->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    if (error != 0)
        return error;
    c->value = start;
    error = pthread_cond_init(&c->changed, NULL);
    if (error != 0)
        pthread_mutex_destroy(&c->lock);
    return error;
}

int counter_add(struct counter *c, long delta)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    error = pthread_cond_broadcast(&c->changed); /* before the change: nobody runs before the unlock anyway */
    c->value += delta;
    int unlocked = pthread_mutex_unlock(&c->lock);
    return error != 0 ? error : unlocked;
}

long counter_get(struct counter *c)
{
    long count = 0;
    if (pthread_mutex_lock(&c->lock) == 0) {
        count = c->value;
        pthread_mutex_unlock(&c->lock);
    }
    return count;
}

static int wait_until(struct counter *c, long at_least)
{
    if (c->value >= at_least)
        return 0;
    int error = pthread_cond_wait(&c->changed, &c->lock);
    return error != 0 ? error : wait_until(c, at_least);
}

int counter_wait(struct counter *c, long at_least)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    error = wait_until(c, at_least);
    int unlocked = pthread_mutex_unlock(&c->lock);
    return error != 0 ? error : unlocked;
}

int counter_destroy(struct counter *c)
{
    int errors[2] = {pthread_cond_destroy(&c->changed), pthread_mutex_destroy(&c->lock)};
    return errors[0] != 0 ? errors[0] : errors[1];
}

struct order {
    struct counter *c;
    long increments;
    pthread_mutex_t error_lock;
    int error;
};

static void *fail(struct order *order, int error)
{
    pthread_mutex_lock(&order->error_lock);
    if (order->error == 0)
        order->error = error;
    pthread_mutex_unlock(&order->error_lock);
    return NULL;
}

static void *test(void *arg)
{
    struct order *order = arg;
    long left = order->increments;
    while (left-- > 0) {
        int error = counter_add(order->c, 1);
        if (error != 0)
            return fail(order, error);
    }
    return NULL;
}

static int start_rest(struct order *order, size_t threads)
{
    if (threads == 0)
        return 0;
    pthread_t thread;
    int error = pthread_create(&thread, NULL, test, order);
    if (error != 0)
        return error;
    error = start_rest(order, threads - 1);
    int join = pthread_join(thread, NULL);
    return error != 0 ? error : join;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    if (increments_each < 0)
        increments_each = 0;
    struct order order = {.c = c, .increments = increments_each};
    int error = pthread_mutex_init(&order.error_lock, NULL);
    if (error != 0)
        return error;
    error = start_rest(&order, threads);
    if (error == 0)
        error = order.error;
    pthread_mutex_destroy(&order.error_lock);
    return error;
}

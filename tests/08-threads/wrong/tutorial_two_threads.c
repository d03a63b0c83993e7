/*
 * fails: TODO
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

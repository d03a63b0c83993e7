/*
 * fails: each_increment_is_an_addition_of_its_own fail "while the lock was held once"
 *
 * What is wrong: each thread adds its whole share in one step.
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

static void *work(void *arg)
{
    struct worker *worker = arg;
    if (worker->increments > 0)
        worker->error = counter_add(worker->counter, worker->increments);
    return NULL;
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
            error = join_error != 0 ? join_error : workers[i].error;
    }
    free(workers);
    return error;
}

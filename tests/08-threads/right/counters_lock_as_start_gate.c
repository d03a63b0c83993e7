/*
 * count_in_parallel holds the counter's own lock while it starts its threads: the first addition waits for the last
 * thread.
 */
#include "counter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

int counter_init(struct counter *c, long start)
{
    int error = pthread_mutex_init(&c->lock, NULL);
    if (error != 0)
        return error;
    error = pthread_cond_init(&c->changed, NULL);
    if (error != 0) {
        pthread_mutex_destroy(&c->lock); /* cannot fail: nobody else knows it yet */
        return error;
    }
    c->value = start; /* for the same reason this needs no lock; it is not a counter before we return */
    return 0;
}

int counter_add(struct counter *c, long delta)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error; /* not ours, so hands off the value */
    c->value += delta;
    /* All are woken, as they wait for different values: pthread_cond_signal might wake one that has to wait on. */
    error = pthread_cond_broadcast(&c->changed);
    int unlock_error = pthread_mutex_unlock(&c->lock);
    return error != 0 ? error : unlock_error;
}

long counter_get(struct counter *c)
{
    if (pthread_mutex_lock(&c->lock) != 0)
        return 0;
    long value = c->value; /* a copy: after the unlock it may change at any moment */
    pthread_mutex_unlock(&c->lock);
    return value;
}

int counter_wait(struct counter *c, long at_least)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    /* while, not if: we are woken at every change, and now and then for no reason at all (a spurious wake-up). */
    while (error == 0 && c->value < at_least)
        error = pthread_cond_wait(&c->changed, &c->lock);
    int unlock_error = pthread_mutex_unlock(&c->lock); /* after a failed wait the lock is still ours */
    return error != 0 ? error : unlock_error;
}

int counter_destroy(struct counter *c)
{
    int cond_error = pthread_cond_destroy(&c->changed);
    int mutex_error =
        pthread_mutex_destroy(&c->lock); /* in any case: one failure is no reason to leave the other behind */
    return cond_error != 0 ? cond_error : mutex_error;
}

/* One thread's work, and how it went. Nobody else reads it before the thread is joined, so it needs no lock. */
struct worker {
    pthread_t thread;
    struct counter *counter;
    long increments;
    int error;
};

static void *count(void *arg)
{
    struct worker *worker = arg;
    for (long i = 0; i < worker->increments && worker->error == 0; i++)
        worker->error = counter_add(worker->counter, 1);
    return NULL;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    if (threads == 0)
        return 0;
    /* On the heap, because it may be larger than the stack is; calloc also sees it if the size overflows. */
    struct worker *workers = calloc(threads, sizeof(*workers));
    if (workers == NULL)
        return ENOMEM;

    int error = 0;
    size_t created = 0;
    /* Nobody begins before all are there. */
    bool held = pthread_mutex_lock(&c->lock) == 0;
    while (created < threads && error == 0) {
        struct worker *worker =
            &workers[created]; /* each thread gets one of its own: a shared one would change under it */
        worker->counter = c;
        worker->increments = increments_each;
        error = pthread_create(&worker->thread, NULL, count, worker);
        if (error == 0)
            created++;
    }

    if (held)
        pthread_mutex_unlock(&c->lock);
    /* Joined even after an error: the threads use workers[], and the caller's counter. */
    for (size_t i = 0; i < created; i++) {
        int join_error = pthread_join(workers[i].thread, NULL);
        if (error == 0)
            error = join_error != 0 ? join_error : workers[i].error;
    }
    free(workers);
    return error;
}

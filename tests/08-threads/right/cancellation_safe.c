/*
 * The lock is given back by a cleanup handler, so that a waiter may even be cancelled. Small stacks for the threads;
 * the books are kept in a mapping.
 */
#define _GNU_SOURCE
#include "counter.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/mman.h>

static void unlock(void *lock)
{
    (void)pthread_mutex_unlock(lock);
}

int counter_init(struct counter *c, long start)
{
    int error = pthread_mutex_init(&c->lock, NULL);
    if (error)
        return error;
    if ((error = pthread_mutex_lock(&c->lock)) != 0)
        goto fail_lock;
    c->value = start;
    if ((error = pthread_mutex_unlock(&c->lock)) != 0)
        goto fail_lock;
    if ((error = pthread_cond_init(&c->changed, NULL)) != 0)
        goto fail_lock;
    return 0;

fail_lock:
    pthread_mutex_destroy(&c->lock);
    return error;
}

int counter_add(struct counter *c, long delta)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error)
        return error;
    pthread_cleanup_push(unlock, &c->lock);
    c->value += delta;
    error = pthread_cond_broadcast(&c->changed);
    pthread_cleanup_pop(1);
    return error;
}

long counter_get(struct counter *c)
{
    long value = 0;
    if (pthread_mutex_lock(&c->lock) == 0) {
        pthread_cleanup_push(unlock, &c->lock);
        value = c->value;
        pthread_cleanup_pop(1);
    }
    return value;
}

int counter_wait(struct counter *c, long at_least)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error)
        return error;
    pthread_cleanup_push(unlock, &c->lock);
    while (!error && c->value < at_least)
        error = pthread_cond_wait(&c->changed, &c->lock);
    pthread_cleanup_pop(1);
    return error;
}

int counter_destroy(struct counter *c)
{
    int first = pthread_cond_destroy(&c->changed);
    int second = pthread_mutex_destroy(&c->lock);
    return first ? first : second;
}

struct job {
    pthread_t id;
    struct counter *c;
    long todo;
};

static void *count(void *arg)
{
    struct job *job = arg;
    intptr_t error = 0;
    while (!error && job->todo > 0) {
        error = counter_add(job->c, 1);
        job->todo--;
    }
    return (void *)error;
}

static int start_and_join(struct job jobs[], size_t threads, const pthread_attr_t *attributes, struct counter *c,
                          long each)
{
    int error = 0;
    size_t started = 0;
    for (; started < threads; started++) {
        jobs[started].c = c;
        jobs[started].todo = each;
        error = pthread_create(&jobs[started].id, attributes, count, &jobs[started]);
        if (error)
            break;
    }
    for (size_t i = 0; i < started; i++) {
        void *value = NULL;
        int joined = pthread_join(jobs[i].id, &value);
        if (!error)
            error = joined ? joined : (int)(intptr_t)value;
    }
    return error;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    if (threads == 0)
        return 0;
    size_t size;
    if (__builtin_mul_overflow(threads, sizeof(struct job), &size))
        return EAGAIN; /* the system has no room for so many threads, either */
    struct job *jobs = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (jobs == MAP_FAILED)
        return ENOMEM;

    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (!error) {
        error = pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN + 64 * 1024);
        if (!error)
            error = start_and_join(jobs, threads, &attributes, c, increments_each);
        pthread_attr_destroy(&attributes);
    }
    munmap(jobs, size);
    return error;
}

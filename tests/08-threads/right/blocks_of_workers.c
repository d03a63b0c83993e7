/*
 * Workers in blocks of eight, which are allocated when they are needed; so a huge number of threads asks for memory
 * only as far as the threads can be created.
 */
#include "counter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 8 };

struct block {
    struct block *next;
    size_t used;
    struct worker {
        pthread_t thread;
        struct counter *counter;
        long increments;
        int error;
    } workers[BLOCK];
};

int counter_init(struct counter *c, long start)
{
    memset(c, 0, sizeof(*c));
    int error = pthread_mutex_init(&c->lock, NULL);
    if (error != 0)
        return error;
    error = pthread_cond_init(&c->changed, NULL);
    if (error != 0) {
        pthread_mutex_destroy(&c->lock);
        return error;
    }
    error = counter_add(c, start);
    if (error != 0)
        counter_destroy(c);
    return error;
}

int counter_add(struct counter *c, long delta)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    __atomic_add_fetch(&c->value, delta, __ATOMIC_RELAXED); /* not in place of the lock: as well */
    int woken = pthread_cond_broadcast(&c->changed);
    error = pthread_mutex_unlock(&c->lock);
    return woken != 0 ? woken : error;
}

long counter_get(struct counter *c)
{
    if (pthread_mutex_lock(&c->lock) != 0)
        return 0;
    long value = c->value;
    return pthread_mutex_unlock(&c->lock) == 0 ? value : 0;
}

int counter_wait(struct counter *c, long at_least)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    for (; error == 0 && !(c->value >= at_least);)
        error = pthread_cond_wait(&c->changed, &c->lock);
    int unlock_error = pthread_mutex_unlock(&c->lock);
    return error != 0 ? error : unlock_error;
}

int counter_destroy(struct counter *c)
{
    int error = pthread_mutex_destroy(&c->lock);
    int next_error = pthread_cond_destroy(&c->changed);
    if (error == 0)
        error = next_error;
    return error;
}

static void *work(void *arg)
{
    struct worker *me = arg;
    for (; me->increments > 0; me->increments--) {
        me->error = counter_add(me->counter, 1);
        if (me->error != 0)
            break;
    }
    return arg;
}

static int start_one(struct block **blocks, struct counter *c, long increments)
{
    if (*blocks == NULL || (*blocks)->used == BLOCK) {
        struct block *fresh = calloc(1, sizeof(*fresh));
        if (fresh == NULL)
            return ENOMEM;
        fresh->next = *blocks;
        *blocks = fresh;
    }
    struct worker *worker = &(*blocks)->workers[(*blocks)->used];
    worker->counter = c;
    worker->increments = increments;
    int error = pthread_create(&worker->thread, NULL, work, worker);
    if (error == 0)
        (*blocks)->used++;
    return error;
}

static int join_block(const struct block *block)
{
    int first = 0;
    for (size_t i = 0; i < block->used; i++) {
        int error = pthread_join(block->workers[i].thread, NULL);
        if (error == 0)
            error = block->workers[i].error;
        if (first == 0)
            first = error;
    }
    return first;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    struct block *blocks = NULL;
    int create_error = 0, add_error = 0;
    for (size_t i = 0; i < threads && create_error == 0; i++)
        create_error = start_one(&blocks, c, increments_each);
    while (blocks != NULL) {
        struct block *block = blocks;
        blocks = block->next;
        int error = join_block(block);
        if (error != 0)
            add_error = error;
        free(block);
    }
    return create_error != 0 ? create_error : add_error;
}

/*
 * Each thread creates the next one before it begins to count; the caller waits until the chain is complete, and only then
 * joins the first. A lock of its own guards the chain. Wakes the waiters only if the value has grown.
 */
#include "counter.h"

#include <errno.h>
#include <stdlib.h>

int counter_init(struct counter *c, long start)
{
    int error = pthread_cond_init(&c->changed, NULL);
    if (error != 0)
        return error;
    if ((error = pthread_mutex_init(&c->lock, NULL)) != 0)
        (void)pthread_cond_destroy(&c->changed);
    c->value = start;
    return error;
}

int counter_add(struct counter *c, long delta)
{
    int error = pthread_mutex_lock(&c->lock);
    if (error != 0)
        return error;
    c->value = c->value + delta;
    int woken = delta > 0 ? pthread_cond_broadcast(&c->changed) : 0;
    error = pthread_mutex_unlock(&c->lock);
    return woken != 0 ? woken : error;
}

long counter_get(struct counter *c)
{
    long value = 0;
    if (pthread_mutex_lock(&c->lock) == 0) {
        value = c->value;
        (void)pthread_mutex_unlock(&c->lock);
    }
    return value;
}

int counter_wait(struct counter *c, long at_least)
{
    int error = pthread_mutex_lock(&c->lock);
    while (error == 0) {
        if (c->value >= at_least)
            return pthread_mutex_unlock(&c->lock);
        error = pthread_cond_wait(&c->changed, &c->lock);
        if (error != 0)
            (void)pthread_mutex_unlock(&c->lock);
    }
    return error;
}

int counter_destroy(struct counter *c)
{
    int first = pthread_mutex_destroy(&c->lock);
    int second = pthread_cond_destroy(&c->changed);
    return first != 0 ? first : second;
}

struct link {
    pthread_t thread;
    struct link *next; /* the one that this thread has started */
    int error;         /* of its counting */
};

struct chain {
    struct counter *counter;
    long each;
    size_t left;
    struct link *free_link;
    int error; /* of starting */
    pthread_mutex_t lock;
    pthread_cond_t complete;
};

static void *work(void *arg);

struct order {
    struct chain *chain;
    struct link *link;
};

/* Starts one more, with the chain's lock held. Who holds it owns the chain. */
static struct link *start_one(struct chain *chain)
{
    struct link *link = malloc(sizeof(*link));
    struct order *order = malloc(sizeof(*order));
    if (link != NULL && order != NULL) {
        *link = (struct link){0};
        *order = (struct order){chain, link};
        chain->left--;
        chain->error = pthread_create(&link->thread, NULL, work, order);
        if (chain->error == 0)
            return link;
    } else {
        chain->error = ENOMEM;
    }
    free(link);
    free(order);
    return NULL;
}

static void *work(void *arg)
{
    struct order order = *(struct order *)arg;
    struct chain *chain = order.chain;
    free(arg);
    pthread_mutex_lock(&chain->lock);
    if (chain->left > 0)
        order.link->next = start_one(chain);
    if (order.link->next == NULL)
        chain->left = 0;
    if (chain->left == 0)
        pthread_cond_signal(&chain->complete);
    pthread_mutex_unlock(&chain->lock);

    for (long i = 0; i < chain->each && order.link->error == 0; i++)
        order.link->error = counter_add(chain->counter, 1);
    return NULL;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    struct chain chain = {.counter = c, .each = increments_each, .left = threads};
    if (threads == 0)
        return 0;
    pthread_mutex_init(&chain.lock, NULL);
    pthread_cond_init(&chain.complete, NULL);
    pthread_mutex_lock(&chain.lock);
    struct link *link = start_one(&chain);
    while (link != NULL && chain.left > 0)
        pthread_cond_wait(&chain.complete, &chain.lock);
    pthread_mutex_unlock(&chain.lock);

    int error = 0;
    while (link != NULL) {
        struct link *this_link = link;
        pthread_join(link->thread, NULL);
        link = link->next;
        if (error == 0)
            error = this_link->error;
        free(this_link);
    }
    pthread_cond_destroy(&chain.complete);
    pthread_mutex_destroy(&chain.lock);
    return chain.error != 0 ? chain.error : error;
}

/*
 * A linked list with a node a thread, made as it goes, so memory may run out in the middle. Joins the youngest first.
 * A thread that meets an error goes on with the rest of its additions.
 */
#include "counter.h"

#include <errno.h>
#include <stdlib.h>

int counter_init(struct counter *c, long start)
{
    int error;
    if ((error = pthread_cond_init(&c->changed, NULL)) != 0)
        return error;
    if ((error = pthread_mutex_init(&c->lock, NULL)) != 0)
        pthread_cond_destroy(&c->changed);
    else
        c->value = start;
    return error;
}

int counter_add(struct counter *c, long delta)
{
    int result = pthread_mutex_lock(&c->lock);
    if (result == 0) {
        long before = c->value;
        c->value = before + delta;
        if (c->value > before)
            result = pthread_cond_broadcast(&c->changed); /* a value that has not grown is news for nobody */
        int buffer = pthread_mutex_unlock(&c->lock);
        result = result != 0 ? result : buffer;
    }
    return result;
}

long counter_get(struct counter *c)
{
    long read_all_ = 0;
    if (pthread_mutex_lock(&c->lock) != 0)
        return read_all_;
    read_all_ = c->value;
    (void)pthread_mutex_unlock(&c->lock);
    return read_all_;
}

int counter_wait(struct counter *c, long at_least)
{
    int result = pthread_mutex_lock(&c->lock);
    if (result != 0)
        return result;
    for (;;) {
        if (c->value >= at_least)
            break;
        result = pthread_cond_wait(&c->changed, &c->lock);
        if (result != 0) {
            pthread_mutex_unlock(&c->lock);
            return result;
        }
    }
    return pthread_mutex_unlock(&c->lock);
}

int counter_destroy(struct counter *c)
{
    int result = pthread_mutex_destroy(&c->lock);
    int cond = pthread_cond_destroy(&c->changed);
    return cond != 0 ? cond : result;
}

struct node {
    struct node *next;
    pthread_t id;
    struct counter *c;
    long count;
    int first_error;
};

static void *run(void *node_)
{
    struct node *node = node_;
    for (long done = 0; done < node->count; done++) {
        int error = counter_add(node->c, 1);
        if (node->first_error == 0)
            node->first_error = error;
    }
    return node;
}

static struct node *malloc_(struct counter *c, long count, struct node *next)
{
    struct node *node = malloc(sizeof(*node));
    if (node != NULL) {
        node->next = next;
        node->c = c;
        node->count = count;
        node->first_error = 0;
    }
    return node;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    struct node *list = NULL;
    int error = 0;
    for (size_t i = 0; i < threads && error == 0; i++) {
        struct node *node = malloc_(c, increments_each, list);
        if (node == NULL) {
            error = ENOMEM;
            break;
        }
        error = pthread_create(&node->id, NULL, run, node);
        if (error == 0)
            list = node;
        else
            free(node);
    }
    while (list != NULL) {
        void *finished;
        int joined = pthread_join(list->id, &finished);
        struct node *next = list->next;
        if (error == 0)
            error = joined != 0 ? joined : list->first_error;
        free(list);
        list = next;
    }
    return error;
}

/*
 * A list of threads with small stacks that a semaphore lets go together; waits with a deadline that is far away.
 */
#define _GNU_SOURCE
#include "counter.h"
#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <stdlib.h>

int counter_init(struct counter *c, long start)
{
    pthread_condattr_t ca;
    int rc;
    c->value = start;
    if ((rc = pthread_mutex_init(&c->lock, NULL)))
        goto out;
    if ((rc = pthread_condattr_init(&ca)))
        goto mutex;
    pthread_condattr_setclock(&ca, CLOCK_MONOTONIC);
    rc = pthread_cond_init(&c->changed, &ca);
    pthread_condattr_destroy(&ca);
    if (rc == 0)
        return 0;
mutex:
    pthread_mutex_destroy(&c->lock);
out:
    return rc;
}
int counter_add(struct counter *c, long delta)
{
    int rc = pthread_mutex_lock(&c->lock);
    if (rc == 0) {
        int rc2, rc3;
        long old = c->value;
        c->value = old + delta;
        rc2 = c->value > old ? pthread_cond_broadcast(&c->changed) : 0;
        rc3 = pthread_mutex_unlock(&c->lock);
        rc = rc2 ? rc2 : rc3;
    }
    return rc;
}
long counter_get(struct counter *c)
{
    long v = LONG_MIN;
    if (!pthread_mutex_lock(&c->lock)) {
        v = c->value;
        pthread_mutex_unlock(&c->lock);
    }
    return v;
}
int counter_wait(struct counter *c, long at_least)
{
    int rc = pthread_mutex_lock(&c->lock);
    if (rc)
        return rc;
    while (!(c->value >= at_least)) {
        struct timespec far = {.tv_sec = 1000000000, .tv_nsec = 0};
        rc = pthread_cond_clockwait(&c->changed, &c->lock, CLOCK_MONOTONIC, &far);
        if (rc == ETIMEDOUT)
            rc = 0;
        if (rc)
            break;
    }
    int u = pthread_mutex_unlock(&c->lock);
    return rc ? rc : u;
}
int counter_destroy(struct counter *c)
{
    int rc = 0, r;
    r = pthread_mutex_destroy(&c->lock);
    if (r)
        rc = r;
    r = pthread_cond_destroy(&c->changed);
    if (r && !rc)
        rc = r;
    return rc;
}
struct one {
    struct one *next;
    pthread_t id;
    struct counter *c;
    long todo;
    sem_t *go;
};
static void *do_one(void *v)
{
    struct one *o = v;
    int rc = 0;
    while (sem_wait(o->go) == -1 && errno == EINTR)
        ;
    do {
        if (o->todo <= 0)
            break;
        o->todo--;
        rc = counter_add(o->c, 1);
    } while (rc == 0);
    return (void *)(long)rc;
}
int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    struct one *list = NULL;
    sem_t go;
    int rc = 0, first = 0;
    size_t i;
    pthread_attr_t at;
    if (sem_init(&go, 0, 0))
        return errno;
    if ((rc = pthread_attr_init(&at))) {
        sem_destroy(&go);
        return rc;
    }
    pthread_attr_setstacksize(&at, 256 * 1024);
    for (i = 0; i < threads; i++) {
        struct one *o = malloc(sizeof *o);
        if (!o) {
            rc = ENOMEM;
            break;
        }
        *o = (struct one){.c = c, .todo = increments_each, .go = &go};
        rc = pthread_create(&o->id, &at, do_one, o);
        if (rc) {
            free(o);
            break;
        }
        o->next = list;
        list = o;
    }
    for (size_t k = 0; k < i; k++)
        sem_post(&go);
    while (list) {
        void *r;
        struct one *o = list;
        list = o->next;
        pthread_join(o->id, &r);
        if ((long)r && !first)
            first = (int)(long)r;
        free(o);
    }
    pthread_attr_destroy(&at);
    sem_destroy(&go);
    return rc ? rc : first;
}

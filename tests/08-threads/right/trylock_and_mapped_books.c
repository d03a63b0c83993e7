/*
 * trylock before lock, an errorcheck mutex, a broadcast before the addition (the lock is held all the time), books
 * in a mapping and one error for all threads; goes on after a failed addition.
 */
#define _GNU_SOURCE
#include "counter.h"
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

int counter_init(struct counter *c, long start)
{
    pthread_mutexattr_t a;
    int e = pthread_cond_init(&c->changed, NULL);
    if (e)
        return e;
    if ((e = pthread_mutexattr_init(&a)) != 0) {
        pthread_cond_destroy(&c->changed);
        return e;
    }
    pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
    e = pthread_mutex_init(&c->lock, &a);
    pthread_mutexattr_destroy(&a);
    if (e) {
        pthread_cond_destroy(&c->changed);
        return e;
    }
    e = pthread_mutex_lock(&c->lock);
    if (e) {
        pthread_mutex_destroy(&c->lock);
        pthread_cond_destroy(&c->changed);
        return e;
    }
    c->value = start;
    return pthread_mutex_unlock(&c->lock);
}
static int take(struct counter *c)
{
    int e = pthread_mutex_trylock(&c->lock);
    return e == EBUSY ? pthread_mutex_lock(&c->lock) : e;
}
int counter_add(struct counter *c, long delta)
{
    int e = take(c), f = 0;
    if (e)
        return e;
    if (delta > 0)
        f = pthread_cond_broadcast(&c->changed); /* they cannot look before we unlock */
    c->value += delta;
    e = pthread_mutex_unlock(&c->lock);
    return e ? e : f;
}
long counter_get(struct counter *c)
{
    long v;
    if (take(c))
        return -1;
    v = c->value;
    pthread_mutex_unlock(&c->lock);
    return v;
}
int counter_wait(struct counter *c, long at_least)
{
    int e = take(c);
    if (e)
        return e;
    for (;;) {
        if (c->value >= at_least) {
            e = 0;
            break;
        }
        if ((e = pthread_cond_wait(&c->changed, &c->lock)) != 0)
            break;
    }
    int u = pthread_mutex_unlock(&c->lock);
    return e ? e : u;
}
int counter_destroy(struct counter *c)
{
    int m = pthread_mutex_destroy(&c->lock), k = pthread_cond_destroy(&c->changed);
    return m ? m : k;
}
struct shared {
    struct counter *c;
    long each;
    pthread_mutex_t m;
    int first;
};
static void *body(void *p)
{
    struct shared *s = p;
    long left = s->each;
    while (left-- > 0) {
        int e = counter_add(s->c, 1);
        if (e) {
            pthread_mutex_lock(&s->m);
            if (!s->first)
                s->first = e;
            pthread_mutex_unlock(&s->m);
        }
        if (left < 0)
            break;
    }
    pthread_exit(NULL);
}
int count_in_parallel(struct counter *c, size_t threads, long each)
{
    struct shared s = {.c = c, .each = each < 0 ? 0 : each};
    size_t n = 0, bytes;
    int e, r = 0;
    if (!threads)
        return 0;
    if (__builtin_mul_overflow(threads, sizeof(pthread_t), &bytes))
        return ENOMEM;
    pthread_t *t = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (t == MAP_FAILED)
        return errno;
    e = pthread_mutex_init(&s.m, NULL);
    if (e) {
        munmap(t, bytes);
        return e;
    }
    for (; n < threads; n++) {
        r = pthread_create(t + n, NULL, body, &s);
        if (r)
            break;
    }
    while (n-- > 0)
        pthread_join(t[n], NULL);
    if (!r)
        r = s.first;
    pthread_mutex_destroy(&s.m);
    munmap(t, bytes);
    return r;
}

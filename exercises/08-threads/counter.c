/*
 * counter.c - yours to write. The contract is in counter.h; README.md explains what the kernel does, and the task.
 */
#include "counter.h"

#include <errno.h>

int counter_init(struct counter *c, long start)
{
    /* Your code here: two objects to initialise. What if the second one fails? */
    (void)c;
    (void)start;
    return ENOSYS;
}

int counter_add(struct counter *c, long delta)
{
    /* Your code here: change the value, under the lock, and tell those who wait. */
    (void)c;
    (void)delta;
    return ENOSYS;
}

long counter_get(struct counter *c)
{
    /* Your code here: reading needs the lock too. */
    (void)c;
    return -1;
}

int counter_wait(struct counter *c, long at_least)
{
    /* Your code here: wait until the value is large enough. Being woken does not mean that it is. */
    (void)c;
    (void)at_least;
    return ENOSYS;
}

int counter_destroy(struct counter *c)
{
    /* Your code here: what counter_init made, both of it. */
    (void)c;
    return ENOSYS;
}

int count_in_parallel(struct counter *c, size_t threads, long increments_each)
{
    /* Your code here: start all, then join all. What if one in the middle cannot be created? */
    (void)c;
    (void)threads;
    (void)increments_each;
    return ENOSYS;
}

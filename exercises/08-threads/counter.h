/*
 * counter.h - a number that many threads may change, and wait for.
 *
 * This header is the contract: what each function does, what it returns, and
 * how it fails. README.md in this folder is the lesson that goes with it.
 *
 * Rules that hold for all functions:
 *   - They never print, and never end or abort the caller's process. They never sleep and never spin.
 *   - Results are 0 or an error number, as with pthread functions: not -1, and errno says nothing.
 *   - From counter_init() on, every access to value is made while lock is held, reading it too. Atomics do not
 *     replace the lock.
 *   - Signal dispositions and masks are the caller's: they are not changed, not even for a moment.
 *   - Whatever a function made for itself, it cleans up, on every path: memory, threads, initialised objects.
 */
#ifndef EAGAIN_COUNTER_H
#define EAGAIN_COUNTER_H

#include <pthread.h>
#include <stddef.h>

/* The struct is the caller's; between counter_init() and counter_destroy() only these functions touch its fields. */
struct counter {
    pthread_mutex_t lock;   /* held while value is read or written */
    pthread_cond_t changed; /* waiters wait for this: value has changed */
    long value;
};

/*
 * Makes *c a counter whose value is start. lock is initialised by pthread_mutex_init(), changed by
 * pthread_cond_init(), with whatever attributes suit.
 *
 * Returns 0, or the error number of the initialisation that failed (EAGAIN, ENOMEM). Then nothing is left
 * initialised.
 *
 * Source: POSIX.1-2024 pthread_mutex_init, pthread_cond_init.
 */
int counter_init(struct counter *c, long start);

/*
 * Adds delta, which may be negative, and wakes all waiters while the lock is held, so that each can look whether the
 * new value is what it waits for. (It need not wake anybody if the value has not grown.) That the sum fits in a long
 * is the caller's business.
 *
 * Returns 0, or an error number. If the lock cannot be had, that is its error number, and value is not changed.
 *
 * Source: POSIX.1-2024 pthread_mutex_lock, pthread_cond_broadcast.
 */
int counter_add(struct counter *c, long delta);

/*
 * Returns the value. What it returns if the lock cannot be had is not specified.
 */
long counter_get(struct counter *c);

/*
 * Waits until the value is at_least or more; returns at once if it is. It waits in the kernel, and gives the lock
 * back while it waits. Any number of threads may wait, for different values. A wake-up alone says nothing: the wait
 * goes on as long as the value is too small.
 *
 * Returns 0, or an error number, from locking or waiting; the lock is not held then.
 *
 * Source: POSIX.1-2024 pthread_cond_wait.
 */
int counter_wait(struct counter *c, long at_least);

/*
 * Destroys both changed and lock; the second one too if destroying the first fails. Nobody may be using *c.
 *
 * Returns 0, or the error number of one that failed.
 *
 * Source: POSIX.1-2024 pthread_mutex_destroy, pthread_cond_destroy.
 */
int counter_destroy(struct counter *c);

/*
 * Starts `threads` threads, all of them before it joins any; each adds 1 by counter_add(), increments_each times
 * (never, if that is 0 or less). Joins them all. `threads` has no limit but memory and the system's, and the memory
 * used does not depend on increments_each. With threads == 0 there is nothing to do.
 *
 * Returns 0 if every thread could be created and every counter_add() worked.
 * Returns an error number
 *   if a thread cannot be created (EAGAIN), or there is no memory to keep the books in (ENOMEM): the threads that were
 *   created are not stopped; they run to their end and are joined first;
 *   otherwise, the first one that a counter_add() returned.
 *
 * Source: POSIX.1-2024 pthread_create, pthread_join.
 */
int count_in_parallel(struct counter *c, size_t threads, long increments_each);

#endif

/*
 * demo.c - two threads that add 1 again and again, run with the counter.c beside it.
 *
 *     thread 1   +1 +1 +1 ...  --\
 *                                 >--  counter  --  the watcher waits for the half
 *     thread 2   +1 +1 +1 ...  --/
 *
 * With a plain `a += 1` on both sides some additions get lost, on some days. Here none is: the result is 200000,
 * always.
 */
#include "counter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 2, EACH = 100000 };

static _Noreturn void give_up(const char *function, int error)
{
    fprintf(stderr, "demo: %s: %s\n", function, strerror(error));
    if (error == ENOSYS)
        fprintf(stderr, "demo: %s in counter.c is still to be written\n", function);
    exit(EXIT_FAILURE);
}

/* A third thread: waits until half of the work is done, in the kernel, without asking again and again. */
static void *watch(void *arg)
{
    struct counter *counter = arg;
    int error = counter_wait(counter, THREADS * EACH / 2);
    if (error != 0)
        give_up("counter_wait", error);
    printf("watcher: at least half of it is done\n");
    return NULL;
}

int main(void)
{
    struct counter counter;
    int error = counter_init(&counter, 0);
    if (error != 0)
        give_up("counter_init", error);

    pthread_t watcher;
    error = pthread_create(&watcher, NULL, watch, &counter);
    if (error != 0)
        give_up("pthread_create", error);

    printf("main:    starts %d threads, and each adds 1, %d times\n", THREADS, EACH);
    error = count_in_parallel(&counter, THREADS, EACH);
    if (error != 0)
        give_up("count_in_parallel", error);
    long value = counter_get(&counter);
    printf("main:    all have been joined, the counter is at %ld\n", value);
    if (value != (long)THREADS * EACH) { /* the watcher may wait for ever then; main's end ends it */
        fprintf(stderr, "demo: it should be %d: additions were lost\n", THREADS * EACH);
        return EXIT_FAILURE;
    }

    error = pthread_join(watcher, NULL);
    if (error != 0)
        give_up("pthread_join", error);
    error = counter_destroy(&counter);
    if (error != 0)
        give_up("counter_destroy", error);
    return EXIT_SUCCESS;
}

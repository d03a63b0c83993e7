/* faults.c - one function a fault: the source to which the reports in this folder belong. See README.md there. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long shared;
static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

int invalid_read(void)
{
    char *buf = malloc(16);
    int byte = buf[16];
    free(buf);
    return byte;
}

void invalid_write_after_free(void)
{
    char *buf = malloc(2000);
    free(buf);
    buf[1999] = 1;
}

void freed_twice(void)
{
    char *buf = malloc(16);
    free(buf);
    free(buf);
}

void free_of_the_middle(void)
{
    char *buf = malloc(16);
    free(buf + 4);
    free(buf);
}

void free_of_a_variable(void)
{
    long value = 0;
    free(&value);
}

int uninitialised_condition(void)
{
    int *value = malloc(sizeof *value);
    int result = 0;
    if (*value > 3)
        result = 1;
    free(value);
    return result;
}

int uninitialised_index(void)
{
    static const int table[256];
    unsigned char index;
    return table[index];
}

void uninitialised_bytes_written(void)
{
    int ends[2];
    char *buf = malloc(16);
    (void)!pipe(ends);
    (void)!write(ends[1], buf, 16);
    free(buf);
    close(ends[0]);
    close(ends[1]);
}

void read_into_freed_memory(void)
{
    int ends[2];
    char *buf = malloc(16);
    free(buf);
    (void)!pipe(ends);
    (void)!write(ends[1], "x", 1);
    (void)!read(ends[0], buf, 16);
    close(ends[0]);
    close(ends[1]);
}

void overlapping_copy(void)
{
    char buf[32] = "0123456789";
    strncpy(buf + 2, buf, 8);
}

void leak_of_two_blocks(void)
{
    char **list = malloc(sizeof *list);
    list[0] = malloc(33);
    list = NULL;
}

void leak_from_the_library(void)
{
    char *copy = strdup("hello");
    copy = NULL;
}

void write_through_null(void)
{
    int *volatile null = NULL;
    *null = 3;
}

void field_behind_null(void)
{
    struct {
        int a[4];
    } *volatile null = NULL;
    null->a[3] = 3;
}

void call_of_null(void)
{
    void (*volatile null)(void) = NULL;
    null();
}

void aborted(void)
{
    abort();
}

int divided(void)
{
    volatile int seven = 7, zero = 0;
    return seven / zero;
}

int endless(int n)
{
    volatile char buf[1000];
    buf[0] = (char)n;
    return endless(n + 1) + buf[0];
}

void huge_request(void)
{
    volatile size_t size = (size_t)-3;
    free(malloc(size));
}

static void *add(void *unused)
{
    (void)unused;
    shared++;
    return NULL;
}

void race(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, add, NULL);
    shared = 3;
    pthread_join(thread, NULL);
}

void race_of_equals(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, add, NULL);
    pthread_create(&threads[1], NULL, add, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

void lock_order(void)
{
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&second);
    pthread_mutex_unlock(&first);
    pthread_mutex_lock(&second);
    pthread_mutex_lock(&first);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&second);
}

void unlock_unlocked(void)
{
    pthread_mutex_unlock(&first);
}

static void *unlock(void *unused)
{
    (void)unused;
    pthread_mutex_unlock(&first);
    return NULL;
}

void unlock_foreign(void)
{
    pthread_t thread;
    pthread_mutex_lock(&first);
    pthread_create(&thread, NULL, unlock, NULL);
    pthread_join(thread, NULL);
}

static void *lock(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&second);
    return NULL;
}

void thread_keeps_lock(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, lock, NULL);
    pthread_join(thread, NULL);
}

void woken_without_lock(void)
{
    pthread_mutex_lock(&first);
    struct timespec past = {0, 0};
    pthread_cond_timedwait(&changed, &first, &past);
    pthread_mutex_unlock(&first);
    pthread_cond_signal(&changed);
}

void wait_without_lock(void)
{
    struct timespec past = {0, 0};
    pthread_cond_timedwait(&changed, &first, &past);
}

void join_of_nobody(void)
{
    pthread_t self = pthread_self();
    pthread_join(self, NULL);
}

void write_to_a_literal(void)
{
    char *text = "constant";
    text[0] = 'C';
}

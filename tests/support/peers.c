/* peers.c - the suite's own processes and meeting points, and its own input and output. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "fds.h"
#include "suite.h"

/* ---- memory shared by all processes of a test ---------------------------------------------------------------------- */

void *shared_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite has no shared memory: %s.", strerror(errno));
    return memory; /* the test's process ends with the test, and takes it along */
}

/* ---- meeting points: semaphores, for a submission's mistakes with descriptors cannot break them ----------------------- */

void awaits(const char *what)
{
    struct board_task *task = this_task();

    (void)snprintf(task->awaits, sizeof task->awaits, "%s", what != NULL ? what : "");
}

static void semaphore_wait(sem_t *semaphore, const char *what)
{
    awaits(what);
    while (sem_wait(semaphore) == -1 && errno == EINTR)
        ;
    awaits(NULL);
}

struct barrier {
    sem_t door;
    unsigned count;
    unsigned arrived;
    char what[160];
};

struct barrier *make_barrier(unsigned count, const char *what)
{
    struct barrier *barrier = shared_memory(sizeof *barrier);

    (void)sem_init(&barrier->door, 1, 0);
    barrier->count = count;
    (void)snprintf(barrier->what, sizeof barrier->what, "%s", what);
    return barrier;
}

void barrier_wait(struct barrier *barrier)
{
    unsigned arrived = __atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL);

    if (arrived == barrier->count) /* the last one lets the others go on */
        for (unsigned i = 1; i < barrier->count; i++)
            (void)sem_post(&barrier->door);
    else if (arrived < barrier->count)
        semaphore_wait(&barrier->door, barrier->what);
}

struct gate {
    sem_t door;
    unsigned is_open;
    char what[160];
};

struct gate *make_gate(const char *what)
{
    struct gate *gate = shared_memory(sizeof *gate);

    (void)sem_init(&gate->door, 1, 0);
    (void)snprintf(gate->what, sizeof gate->what, "%s", what);
    return gate;
}

/* Who has come through lets the next one through: one post opens the gate for all. */
void gate_wait(struct gate *gate)
{
    semaphore_wait(&gate->door, gate->what);
    (void)sem_post(&gate->door);
}

void gate_open(struct gate *gate)
{
    __atomic_store_n(&gate->is_open, 1, __ATOMIC_RELEASE);
    (void)sem_post(&gate->door);
}

bool gate_is_open(struct gate *gate)
{
    return __atomic_load_n(&gate->is_open, __ATOMIC_ACQUIRE) != 0;
}

/* ---- peers ------------------------------------------------------------------------------------------------------------- */

pid_t start_peer(const char *role, int (*body)(void *arg), void *arg, ...)
{
    struct board_process *parent = this_process();
    va_list keep;

    pid_t pid = fork();
    if (pid == -1)
        fail_test(VERDICT_GRADER_ERROR, "", "The suite cannot fork: %s.", strerror(errno));
    if (pid > 0)
        return pid;
    (void)process_begins(PROCESS_PEER, parent, role, 0);
    va_start(keep, arg);
    close_own_except(keep);
    va_end(keep);
    _exit(body(arg));
}

int finish_peer(pid_t pid)
{
    int status;

    awaits("a process of the suite has ended");
    while (waitpid(pid, &status, 0) == -1) {
        if (errno == EINTR)
            continue;
        awaits(NULL);
        fail_test(
            VERDICT_PROCESSES, "The caller's other children are the caller's: a function waits only for its own.",
            "A child of the caller's own was gone when the caller waited for it (%s): the function had reaped it.",
            strerrorname_np(errno));
    }
    awaits(NULL);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- the suite's own input and output ------------------------------------------------------------------------------------- */

void put_bytes(int fd, const void *data, size_t len)
{
    const char *bytes = data;

    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            fail_test(VERDICT_FAIL, "", "The caller could not write to its descriptor %d: %s.", fd, strerror(errno));
        bytes += written;
        len -= (size_t)written;
    }
}

size_t take_bytes(int fd, void *data, size_t cap)
{
    char *bytes = data;
    size_t len = 0;

    while (len < cap) {
        ssize_t got = read(fd, bytes + len, cap - len);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            fail_test(VERDICT_FAIL, "", "The caller could not read from its descriptor %d: %s.", fd, strerror(errno));
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return len;
}

/* Makes a descriptor non-blocking for one job of the suite, and gives back the flags that it had. */
static int without_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    return flags;
}

size_t take_available(int fd, void *data, size_t cap)
{
    int flags = without_blocking(fd);
    char *bytes = data;
    size_t len = 0;
    ssize_t got = 1;

    while (len < cap && got > 0) {
        got = read(fd, bytes + len, cap - len);
        if (got > 0)
            len += (size_t)got;
    }
    (void)fcntl(fd, F_SETFL, flags);
    return len;
}

size_t fill_pipe(int fd)
{
    static const char bytes[4096];
    int flags = without_blocking(fd);
    size_t len = 0;
    size_t chunk = sizeof bytes;

    while (chunk > 0) {
        ssize_t written = write(fd, bytes, chunk);
        if (written > 0)
            len += (size_t)written;
        else
            chunk /= 2; /* the last bytes go in one by one */
    }
    (void)fcntl(fd, F_SETFL, flags);
    return len;
}

void make_pattern(void *data, size_t len, unsigned seed)
{
    unsigned char *bytes = data;
    uint32_t state = seed * 2654435761u + 1;

    for (size_t i = 0; i < len; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (unsigned char)(state >> 24);
    }
}

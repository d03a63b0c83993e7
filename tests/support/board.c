/* board.c - making, mapping and writing the board. */
#define _GNU_SOURCE
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct board *map(int fd)
{
    void *memory = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

struct board *board_create(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd == -1)
        return NULL;

    struct board *board = NULL;
    if (ftruncate(fd, (off_t)sizeof(struct board)) == 0)
        board = map(fd);
    int saved = errno;
    (void)close(fd);
    errno = saved;
    if (board == NULL)
        return NULL;

    board->magic = BOARD_MAGIC;
    board->version = BOARD_VERSION;
    board->size = sizeof(struct board);
    board->current = -1;
    return board;
}

struct board *board_open(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd == -1)
        return NULL;

    /* A file that is too short would answer a look at its end with SIGBUS. */
    struct stat status;
    struct board *board = NULL;
    if (fstat(fd, &status) == 0) {
        if (status.st_size == (off_t)sizeof(struct board))
            board = map(fd);
        else
            errno = EINVAL;
    }
    int saved = errno;
    (void)close(fd);
    errno = saved;
    if (board == NULL)
        return NULL;

    if (board->magic != BOARD_MAGIC || board->version != BOARD_VERSION || board->size != sizeof(struct board)) {
        board_close(board);
        errno = EINVAL;
        return NULL;
    }
    return board;
}

void board_close(struct board *board)
{
    if (board != NULL)
        (void)munmap(board, sizeof *board);
}

/* Takes the next index below most; counters never go past it, however often they are asked. */
static int take(uint32_t *counter, uint32_t most)
{
    uint32_t index = __atomic_load_n(counter, __ATOMIC_RELAXED);

    do {
        if (index >= most)
            return -1;
    } while (!__atomic_compare_exchange_n(counter, &index, index + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return (int)index;
}

struct board_process *board_new_process(struct board *board)
{
    int index = take(&board->process_count, BOARD_MAX_PROCESSES);

    return index == -1 ? NULL : &board->processes[index];
}

struct board_task *board_new_task(struct board *board)
{
    int index = take(&board->task_count, BOARD_MAX_TASKS);

    if (index == -1)
        return NULL;
    board->tasks[index].fd = -1;
    return &board->tasks[index];
}

struct board_lock *board_new_lock(struct board *board)
{
    int index = take(&board->lock_count, BOARD_MAX_LOCKS);

    return index == -1 ? NULL : &board->locks[index];
}

struct board_process *board_process(struct board *board, int32_t pid)
{
    uint32_t count = board->process_count;

    if (count > BOARD_MAX_PROCESSES)
        count = BOARD_MAX_PROCESSES;
    while (count-- > 0)
        if (board->processes[count].pid == pid)
            return &board->processes[count];
    return NULL;
}

struct board_failure *board_failure(struct board *board, int test, enum verdict verdict)
{
    if (test < 0 || test >= BOARD_MAX_TESTS)
        return NULL;

    uint32_t index = __atomic_fetch_add(&board->tests[test].failure_count, 1, __ATOMIC_ACQ_REL);
    if (index >= BOARD_MAX_FAILURES)
        return NULL;
    struct board_failure *failure = &board->tests[test].failures[index];
    failure->verdict = verdict;
    failure->pid = getpid();
    return failure;
}

static const char *const kind_names[CALL_KINDS] = {
    [CALL_NONE] = "none",
    [CALL_FORK] = "fork",
    [CALL_WAIT] = "wait",
    [CALL_EXIT] = "exit",
    [CALL_KILL] = "kill",
    [CALL_PIPE] = "pipe",
    [CALL_OPEN] = "open",
    [CALL_CLOSE] = "close",
    [CALL_DUP] = "dup",
    [CALL_READ] = "read",
    [CALL_WRITE] = "write",
    [CALL_FCNTL] = "fcntl",
    [CALL_SELECT] = "select",
    [CALL_POLL] = "poll",
    [CALL_EPOLL_CREATE] = "epoll_create",
    [CALL_EPOLL_CTL] = "epoll_ctl",
    [CALL_EPOLL_WAIT] = "epoll_wait",
    [CALL_SIGACTION] = "sigaction",
    [CALL_SIGMASK] = "sigprocmask",
    [CALL_SIGWAIT] = "sigwait",
    [CALL_SIGNALFD] = "signalfd",
    [CALL_CLOCK] = "clock_gettime",
    [CALL_ALLOC] = "malloc",
    [CALL_FREE] = "free",
    [CALL_STDIO] = "stdio",
    [CALL_THREAD_CREATE] = "pthread_create",
    [CALL_THREAD_JOIN] = "pthread_join",
    [CALL_MUTEX_INIT] = "pthread_mutex_init",
    [CALL_MUTEX_DESTROY] = "pthread_mutex_destroy",
    [CALL_MUTEX_LOCK] = "pthread_mutex_lock",
    [CALL_MUTEX_UNLOCK] = "pthread_mutex_unlock",
    [CALL_COND_INIT] = "pthread_cond_init",
    [CALL_COND_DESTROY] = "pthread_cond_destroy",
    [CALL_COND_WAIT] = "pthread_cond_wait",
    [CALL_COND_WAKE] = "pthread_cond_signal",
    [CALL_LOOK] = "read of no bytes",
};

const char *call_kind_name(enum call_kind kind)
{
    return (unsigned)kind < CALL_KINDS ? kind_names[kind] : "none";
}

const char *signal_name(int signo)
{
    static char text[32];
    const char *name = sigabbrev_np(signo);

    if (name != NULL)
        (void)snprintf(text, sizeof text, "SIG%s", name);
    else if (signo >= SIGRTMIN && signo <= SIGRTMAX)
        (void)snprintf(text, sizeof text, "SIGRTMIN+%d", signo - SIGRTMIN);
    else
        (void)snprintf(text, sizeof text, "signal %d", signo);
    return text;
}

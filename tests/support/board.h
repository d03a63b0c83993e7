/*
 * board.h - the board: one file, mapped shared, that everybody in a run writes on.
 *
 * The supervisor creates the file and maps it; the suite's process maps the
 * same file, and all its children inherit the mapping. So what a child did is
 * known after it is gone, the supervisor can look at a running test, and when
 * the run is over the file itself is evidence for the collector.
 *
 *   supervise ---creates---> evidence/TOOL/board <---maps--- suite program
 *                                 |                           |  fork
 *                                 |                           +-- test's process
 *                                 |                           |     +-- the submission's children
 *                                 v                           |     +-- peers (the suite's own helpers)
 *                               collect
 *
 * Everything has a fixed size, and no pointers are stored, only addresses in
 * the suite program, which is linked without PIE: addr2line can name them.
 */
#ifndef EAGAIN_BOARD_H
#define EAGAIN_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verdict.h"

#define BOARD_MAGIC 0x31676e6961676165ULL /* "eagaing1", little endian */
#define BOARD_VERSION 1

enum {
    BOARD_MAX_TESTS = 64,
    BOARD_MAX_FAILURES = 6,     /* kept for each test; later ones are only counted */
    BOARD_MAX_PROCESSES = 1024, /* in a whole run */
    BOARD_MAX_TASKS = 2048,
    BOARD_MAX_LOCKS = 1024,  /* mutexes and condition variables */
    BOARD_MAX_LOG = 1 << 13, /* the newest calls are kept, older ones overwritten */
};

/*
 * The kinds of calls that are told apart when calls are counted and steered.
 * Calls that do the same thing are one kind: a right submission may wait by
 * waitpid, waitid or wait4, and all of them are CALL_WAIT.
 */
enum call_kind {
    CALL_NONE,
    CALL_FORK,         /* fork, _Fork */
    CALL_WAIT,         /* wait, waitpid, waitid, wait3, wait4 */
    CALL_EXIT,         /* exit, _exit, _Exit, quick_exit */
    CALL_KILL,         /* kill, raise, tgkill, pthread_kill, sigqueue */
    CALL_PIPE,         /* pipe, pipe2 */
    CALL_OPEN,         /* open, openat, creat, socketpair, eventfd, ...: what makes a descriptor and is no other kind */
    CALL_CLOSE,        /* close, close_range, closefrom */
    CALL_DUP,          /* dup, dup2, dup3 */
    CALL_READ,         /* read, readv, pread, preadv, recv, recvfrom, recvmsg */
    CALL_WRITE,        /* write, writev, pwrite, pwritev, send, sendto, sendmsg */
    CALL_FCNTL,        /* fcntl, ioctl */
    CALL_SELECT,       /* select, pselect */
    CALL_POLL,         /* poll, ppoll */
    CALL_EPOLL_CREATE, /* epoll_create, epoll_create1 */
    CALL_EPOLL_CTL,
    CALL_EPOLL_WAIT, /* epoll_wait, epoll_pwait, epoll_pwait2 */
    CALL_SIGACTION,  /* sigaction, signal, sigset, siginterrupt, ... */
    CALL_SIGMASK,    /* sigprocmask, pthread_sigmask, sighold, ... */
    CALL_SIGWAIT,    /* sigsuspend, pause, sigwait, sigwaitinfo, sigtimedwait */
    CALL_SIGNALFD,
    CALL_CLOCK, /* clock_gettime, gettimeofday, time, times, clock */
    CALL_ALLOC, /* malloc, calloc, realloc, reallocarray, aligned_alloc, posix_memalign, mmap */
    CALL_FREE,  /* free, munmap */
    CALL_STDIO, /* what prints or flushes: printf, puts, fwrite, perror, fflush, fclose... */
    CALL_THREAD_CREATE,
    CALL_THREAD_JOIN, /* pthread_join, pthread_tryjoin_np, pthread_timedjoin_np, pthread_clockjoin_np */
    CALL_MUTEX_INIT,
    CALL_MUTEX_DESTROY,
    CALL_MUTEX_LOCK, /* pthread_mutex_lock, trylock, timedlock */
    CALL_MUTEX_UNLOCK,
    CALL_COND_INIT,
    CALL_COND_DESTROY,
    CALL_COND_WAIT, /* pthread_cond_wait, timedwait, clockwait */
    CALL_COND_WAKE, /* pthread_cond_signal, broadcast */
    CALL_LOOK,      /* a read of no bytes, in a test that says so: reads_of_no_bytes_are_looks() */
    CALL_KINDS
};

/* How far a test has come. */
enum test_state {
    TEST_NOT_RUN,
    TEST_RUNNING,     /* its process has begun; if it stays so, it did not reach its end */
    TEST_REACHED_END, /* the test's body and the ledger's check have both run to their end */
    TEST_SKIPPED,     /* skip_test() was called; the reason is failures[0].seen */
};

/*
 * Something found wrong. In the texts {@401a2b} stands for an address (hex) in the suite program;
 * the collector puts "line 41" or "pipeline.c:41" in its place.
 */
struct board_failure {
    uint32_t verdict;   /* enum verdict */
    int32_t pid;        /* of the process in which it was found */
    uint64_t caller;    /* the address in the submission of the call that did it; 0: none */
    char seen[1536];    /* what happened: sentences, UTF-8 */
    char expected[512]; /* what the contract wants; may be empty */
};

struct board_test {
    char name[96];          /* as in the manifest */
    int32_t pid;            /* of the test's own process; 0: never started */
    uint32_t state;         /* enum test_state */
    uint32_t failure_count; /* may exceed BOARD_MAX_FAILURES */
    uint32_t noting;        /* how many are writing a failure down just now */
    struct board_failure failures[BOARD_MAX_FAILURES];
};

enum process_kind {
    PROCESS_TEST,  /* the process that Check forked for the test: "the parent" */
    PROCESS_CHILD, /* forked by the submission */
    PROCESS_PEER,  /* forked by the suite itself: a writer, a reader */
};

/* A process of a test. */
struct board_process {
    int32_t pid;
    int32_t test;                /* index into tests[] */
    int32_t parent;              /* index into processes[]; -1 for a test's process */
    uint32_t kind;               /* enum process_kind */
    uint32_t depth;              /* 0 for the test's process, 1 for its children, ... */
    uint32_t children;           /* how many the submission forked here so far */
    uint32_t ended;              /* it left by a diverted exit */
    int32_t exit_code;           /* then: the code it left with */
    uint32_t reaped;             /* a wait of the submission has collected it */
    uint64_t fork_caller;        /* the address that the fork which made it returns to */
    char role[64];               /* "the parent", "child 2", "child 1 of child 2", "the suite's writer" */
    uint32_t counts[CALL_KINDS]; /* calls made by the submission in this process */
};

/* What a thread of a process is doing just now; the supervisor reads it when a test stalls. */
struct board_task {
    int32_t tid;
    int32_t process;         /* index into processes[] */
    uint32_t call;           /* the diverted call that it is in, enum call_kind; CALL_NONE: in none */
    int32_t fd;              /* the descriptor of that call, -1 if it has none */
    uint64_t caller;         /* the address that the call returns to */
    char call_name[24];      /* as the submission spelled it: "waitid" */
    char role[48];           /* of a thread that is not its process's first: "thread 2", "the waiter for 6" */
    char awaits[160];        /* while the suite's own code waits: for what, as words after "waits until" */
    uint32_t empty_calls;    /* calls in a row that found nothing (the spin watch) */
    int32_t signal;          /* the last signal that a handler of the submission was run for; 0: none yet */
    uint32_t signal_in_call; /* it came in the call that the task is in now */
};

/* A mutex or a condition variable that the submission has used. */
struct board_lock {
    uint64_t address;   /* in the memory of its process */
    int32_t process;    /* index into processes[] */
    int32_t holder;     /* of a mutex: the thread (tid) that has locked it; 0: nobody */
    uint32_t depth;     /* how often, if the mutex is a recursive one */
    int32_t clock;      /* of a condition variable: the clock of its timed waits */
    uint64_t locked_at; /* the address that the call returned to which locked it */
    char name[40];      /* "the counter's lock", if the suite has named it */
};

/* A finished call of the submission. */
struct board_call {
    uint32_t kind;    /* enum call_kind */
    int32_t process;  /* index into processes[] */
    int64_t argument; /* a descriptor, a pid, a signal: what the call is about */
    uint64_t size;    /* bytes asked for, or flags */
    int64_t result;
    int32_t error;     /* errno where result says failure; 0 otherwise */
    uint32_t injected; /* the result was made up by the test */
    uint64_t caller;
    char name[24];
};

struct board {
    uint64_t magic;
    uint32_t version;
    uint32_t size;      /* sizeof(struct board) */
    int32_t runner_pid; /* the suite program itself */
    int32_t current;    /* index of the running test; -1: none */
    uint32_t test_count;
    uint32_t process_count;
    uint32_t task_count;
    uint32_t lock_count;
    uint32_t log_count; /* calls ever logged */
    uint32_t complete;  /* the suite ran to its end */
    struct board_test tests[BOARD_MAX_TESTS];
    struct board_process processes[BOARD_MAX_PROCESSES];
    struct board_task tasks[BOARD_MAX_TASKS];
    struct board_lock locks[BOARD_MAX_LOCKS];
    struct board_call log[BOARD_MAX_LOG];
};

/*
 * Makes the file PATH the size of a board, filled with zeroes and marked as an empty one.
 * Returns its mapping, or NULL with errno from open(2), ftruncate(2) or mmap(2). Unmap it with board_close().
 */
struct board *board_create(const char *path);

/* Maps an existing board for reading and writing; NULL with errno, EINVAL if it is no board of this version. */
struct board *board_open(const char *path);

void board_close(struct board *board);

/* The slot of the process PID, the newest if the number was used twice; NULL if it has none. */
struct board_process *board_process(struct board *board, int32_t pid);

/* Takes a fresh slot for a process, a task or a lock; NULL if all are taken. Safe from several processes at once. */
struct board_process *board_new_process(struct board *board);
struct board_task *board_new_task(struct board *board);
struct board_lock *board_new_lock(struct board *board);

/*
 * Notes a failure in test number TEST; the oldest BOARD_MAX_FAILURES are kept. Safe from several processes at once.
 * Returns the entry to fill in, or NULL if there is no room (it was counted all the same).
 */
struct board_failure *board_failure(struct board *board, int test, enum verdict verdict);

/* The field's name of a kind of call: "fork", "read", ... */
const char *call_kind_name(enum call_kind kind);

/* "SIGUSR1", "SIGRTMIN+1"; the text lives until the next call. */
const char *signal_name(int signo);

#endif

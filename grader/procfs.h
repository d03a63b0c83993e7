/*
 * procfs.h - what /proc tells about the processes of a run (proc(5)).
 */
#ifndef EAGAIN_PROCFS_H
#define EAGAIN_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A thread, as it was when we looked. */
struct task {
    pid_t pid; /* its process */
    pid_t tid;
    pid_t inner;            /* the process's number inside its own PID namespace: what its getpid() says */
    char state;             /* R, S, D, T, Z, ... */
    unsigned long switches; /* how often it was given up by or took a processor: unchanged means it has not run */
    long syscall;           /* the number of the call that it is in; -1: in none */
    unsigned long argument[6];
    unsigned long pending; /* signals, signal N as bit N - 1: to the task, or to its process */
    unsigned long blocked;
};

struct tree {
    struct task *tasks; /* allocated; tree_free() */
    size_t count;
    size_t room;
};

/*
 * Looks at ROOT and all its descendants. Returns true if every task is asleep in a system call (then tree holds all of
 * them), false as soon as one is seen that runs or could run. Costs a few file reads for each task.
 */
bool tree_sleeps(pid_t root, struct tree *tree);

/* All descendants of ROOT (without ROOT) into the array, at most MOST; returns their number. */
size_t descendants(pid_t root, pid_t *pids, size_t most);

void tree_free(struct tree *tree);

/* True if nothing has run between two looks: the same tasks, in the same calls, never switched. */
bool tree_same(const struct tree *a, const struct tree *b);

/* CPU time in milliseconds that a process and the children that it has reaped have used; 0 if it is gone. */
long cpu_time_ms(pid_t pid);

/* Bytes of memory that a process has in use, what it shares with others included; 0 if it is gone. */
unsigned long memory_of(pid_t pid);

/* What descriptor FD of a process is, as the link in /proc says: "pipe:[4711]". False if it is not open. */
bool fd_target(pid_t pid, int fd, char *target, size_t size);

/* The descriptor's access mode, O_RDONLY, O_WRONLY or O_RDWR; -1 if it is not open. */
int fd_access(pid_t pid, int fd);

/* Calls VISIT for each open descriptor of a process. */
void each_fd(pid_t pid, void (*visit)(pid_t pid, int fd, const char *target, void *arg), void *arg);

/* Copies SIZE bytes from ADDRESS in the process's memory; false if that cannot be read. */
bool read_memory(pid_t pid, unsigned long address, void *data, size_t size);

#endif

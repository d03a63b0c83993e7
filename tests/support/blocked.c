/*
 * blocked.c - knowing that another process is asleep in a call, without a guess about time.
 *
 * A test that wants something to happen while the submission waits must know that it waits. That it has entered a
 * call stands on the board; that it sleeps there is known to the kernel: /proc/PID/status, which everybody may
 * read. The board alone would not do, for a process is on its way into a call for a moment before it sleeps.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "suite.h"

/* /proc/PID/status as text; an empty one if there is no such process. */
static void read_status(pid_t pid, char *text, size_t size)
{
    char path[40];

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    text[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return;
    ssize_t len = read(fd, text, size - 1);
    (void)close(fd);
    text[len > 0 ? len : 0] = '\0';
}

/* If PID is asleep, how often it has gone to sleep so far; otherwise 0. */
static unsigned long sleep_of(pid_t pid)
{
    char text[4096];

    read_status(pid, text, sizeof text);
    const char *switches = strstr(text, "\nvoluntary_ctxt_switches:");
    if (switches == NULL || strstr(text, "\nState:\tS") == NULL)
        return 0;
    return strtoul(strchr(switches, ':') + 1, NULL, 10);
}

/* Is the process, in any of its threads, in a call of the submission? The suite's own hooks are none. */
static bool is_in_call(pid_t pid)
{
    for (uint32_t i = 0; i < board->task_count; i++) {
        const struct board_task *task = &board->tasks[i];
        if (task->call != CALL_NONE && board->processes[task->process].pid == pid)
            return true;
    }
    return false;
}

void wait_until_blocked(pid_t pid)
{
    for (;;) {
        /* If it is one and the same sleep before and after the look at the board, what the board says is true of it. */
        unsigned long sleep = sleep_of(pid);
        if (sleep != 0 && is_in_call(pid) && sleep_of(pid) == sleep)
            return;
        (void)sched_yield();
    }
}

/* How much CPU time the process has used; the largest number if it is gone. */
static long cpu_milliseconds(pid_t pid)
{
    clockid_t clock;
    struct timespec used;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) == -1)
        return LONG_MAX;
    return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

void wait_until_at_rest(pid_t pid)
{
    enum { PATIENCE = 500 }; /* milliseconds of the process's own computing: load does not shorten it */
    long start = cpu_milliseconds(pid);
    char text[4096];

    for (;;) {
        unsigned long sleep = sleep_of(pid);
        (void)sched_yield();
        if (sleep != 0 && sleep_of(pid) == sleep)
            return;
        read_status(pid, text, sizeof text);
        if (strstr(text, "\nState:\tR") == NULL && strstr(text, "\nState:\tS") == NULL &&
            strstr(text, "\nState:\tD") == NULL)
            return; /* a zombie, stopped, or gone */
        if (cpu_milliseconds(pid) - start > PATIENCE)
            return;
    }
}

void wait_until_stopped(const pid_t *pid)
{
    char text[4096] = "";

    while (strstr(text, "\nState:\tT") == NULL) {
        (void)sched_yield();
        pid_t now = __atomic_load_n(pid, __ATOMIC_ACQUIRE);
        if (now > 0)
            read_status(now, text, sizeof text);
    }
}

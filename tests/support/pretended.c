/*
 * pretended.c - children that only seem to have been made.
 *
 * A thousand real ones take long, and teach no more. Each has a PID of its own, above all real ones, has ended with code 0
 * as soon as it is waited for, and can be waited for once: a submission sees nothing that it might not see of real ones.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "calls.h"
#include "suite.h"

enum { MOST_PRETENDED = 4096, MOST_PIDFDS = 12000 };

static bool pretends;
static unsigned made, reaped;
static bool is_reaped[MOST_PRETENDED];
static unsigned child_of_pidfd[MOST_PIDFDS]; /* its index plus 1 */

void pretend_to_fork(void)
{
    pretends = true;
}

void pretend_no_more(void)
{
    pretends = false;
}

bool fork_is_pretended(void)
{
    return pretends && this_process()->kind == PROCESS_TEST;
}

pid_t pretend_child(void)
{
    if (made < MOST_PRETENDED)
        return INT_MAX - (pid_t)made++;
    errno = EAGAIN;
    return -1;
}

/* The index of a child that nobody has waited for yet: that one if PID is more than 0, else any; -1 if there is none. */
static int find_child(pid_t pid)
{
    if (pid > 0) {
        unsigned index = (unsigned)(INT_MAX - pid);
        return index < made && !is_reaped[index] ? (int)index : -1;
    }
    if (pid < -1 || made == reaped)
        return -1;
    for (unsigned index = 0; index < made; index++)
        if (!is_reaped[index])
            return (int)index;
    return -1;
}

pid_t pretended_wait(pid_t pid, bool reaps)
{
    int index = this_process()->kind == PROCESS_TEST ? find_child(pid) : -1;

    if (index == -1)
        return 0;
    if (reaps) {
        is_reaped[index] = true;
        reaped++;
    }
    return INT_MAX - index;
}

/* Readable, as a PID's descriptor is when the process has ended. */
int pretended_pidfd(pid_t pid)
{
    int index = find_child(pid);
    int fd = index != -1 ? eventfd(1, EFD_CLOEXEC) : -1;

    if (fd >= 0 && fd < MOST_PIDFDS)
        child_of_pidfd[fd] = (unsigned)index + 1;
    return fd;
}

pid_t pretended_pid_of(int fd)
{
    return fd >= 0 && fd < MOST_PIDFDS && child_of_pidfd[fd] > 0 ? INT_MAX - (pid_t)(child_of_pidfd[fd] - 1) : 0;
}

/*
 * Waits by descriptors of the processes, and by nothing else.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "spawn.h"
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sys/eventfd.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>
/* pidfd of each child one at a time, without another way; deque of pids grown by reallocarray; post-checks */
pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t me = getpid(), r = fork();
    return r != 0 || getpid() == me ? r : (_exit(body(arg)), 0);
}
int await(pid_t pid)
{
    if (pid <= 0) { errno = EINVAL; return -1; }
    siginfo_t i = {0};
    int fd = pidfd_open(pid, 0);
    if (fd < 0) { if (errno == ESRCH || errno == EINVAL) errno = ECHILD; return -1; }
    int r, e;
    while ((r = waitid(P_PIDFD, fd, &i, WEXITED)) == -1 && errno == EINTR) ;
    e = errno;
    close(fd);
    errno = e;
    if (r == -1) return -1;
    return i.si_code == CLD_EXITED ? i.si_status : 128 + i.si_status;
}
int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    pid_t *p = NULL; size_t have = 0, room = 0; int e = 0;
    for (size_t i = 0; i < n; i++) {
        codes[i] = -1;
        if (e) continue;
        if (have == room) {
            pid_t *q = reallocarray(p, room = room * 3 / 2 + 8, sizeof *q);
            if (!q) { e = errno; continue; }
            p = q;
        }
        p[have] = fork();
        if (p[have] == 0) _exit(body(i));
        if (p[have] < 0) e = errno; else have++;
    }
    for (size_t i = 0; i < have; i++) {
        codes[i] = await(p[i]);
        if (codes[i] == -1 && !e) e = errno;
    }
    free(p);
    if (e) errno = e;
    return e ? -1 : 0;
}

/*
 * Waits for descriptors: a pidfd becomes readable when its process has ended, and poll waits for it. Looks first
 * whether the process is a child at all, because a pidfd can be had for any process.
 */
#include "spawn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(body(arg));
    return pid;
}

static void wait_for_end(pid_t pid)
{
    int fd = pidfd_open(pid, 0);
    if (fd == -1)
        return; /* no matter: waitid below waits as well */
    struct pollfd end = {.fd = fd, .events = POLLIN};
    while (poll(&end, 1, -1) == -1 && errno == EINTR)
        ;
    close(fd);
}

int await(pid_t pid)
{
    siginfo_t info;
    if (pid <= 0) {
        errno = EINVAL;
        return -1;
    }
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) == -1)
        return -1;
    wait_for_end(pid);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED) == -1)
        if (errno != EINTR)
            return -1;
    if (info.si_code == CLD_EXITED)
        return info.si_status & 0xff;
    return 128 + info.si_status;
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    pid_t *pids = calloc(n + 1, sizeof(*pids)); /* the first 0 marks the end */
    int error = pids == NULL ? ENOMEM : 0;
    for (size_t i = 0; i < n; i++) {
        codes[i] = -1;
        if (error != 0)
            continue;
        pid_t pid = fork();
        if (pid == 0)
            _exit(body(i));
        if (pid > 0)
            pids[i] = pid;
        else
            error = errno;
    }
    for (size_t i = 0; pids != NULL && pids[i] != 0; i++)
        codes[i] = await(pids[i]);
    free(pids);
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

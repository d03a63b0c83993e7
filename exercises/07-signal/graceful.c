/*
 * graceful.c - yours to write. The contract is in graceful.h; README.md explains what the kernel does, and the task.
 */
#include "graceful.h"

#include <errno.h>

int install_handler(int signo, void (*handler)(int))
{
    /* Your code here: install it so that it stays, lets calls restart, and blocks nobody else's signal. */
    (void)signo;
    (void)handler;
    errno = ENOSYS;
    return -1;
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    /* Your code here: read and consume. In which places can the signal come, and what sees it there? */
    (void)fd;
    (void)signo;
    (void)consume;
    (void)arg;
    errno = ENOSYS;
    return -1;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    /* Your code here: one signal may stand for many children. And what becomes of errno? */
    (void)on_exit;
    (void)arg;
    return 0;
}

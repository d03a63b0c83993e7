/*
 * nonblock.c - yours to write. The contract is in nonblock.h; README.md explains what the kernel does and what the task
 * is.
 */
#include "nonblock.h"

#include <errno.h>

int set_nonblocking(int fd, bool on)
{
    /* Your code here: change one flag among several. Where do the others come from? */
    (void)fd;
    (void)on;
    errno = ENOSYS;
    return -1;
}

enum drain_status drain(int fd, struct inbox *in)
{
    /* Your code here: read, and read on. A read has four kinds of answers; which of them end the loop? */
    (void)fd;
    (void)in;
    errno = ENOSYS;
    return DRAIN_ERROR;
}

enum flush_status flush(int fd, struct outbox *out)
{
    /* Your code here: write what is left. How does the next call know where this one stopped? */
    (void)fd;
    (void)out;
    errno = ENOSYS;
    return FLUSH_ERROR;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    /* Your code here: drain, work, drain, work, ... What do you owe the caller when it is over? */
    (void)fd;
    (void)in;
    (void)work;
    (void)arg;
    errno = ENOSYS;
    return -1;
}

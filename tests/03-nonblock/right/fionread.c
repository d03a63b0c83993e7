/*
 * Approach: FIONREAD says how much a read will find, and the read asks for just that; where FIONREAD says 0 or
 * knows no answer, a read of one byte tells nothing-yet, end of file and error apart. preadv2 and pwritev2 with the offset
 * -1 are read and write by another name.
 */
#define _GNU_SOURCE
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

static size_t worth_asking_for(int fd, size_t room)
{
    int there = 0;

    if (ioctl(fd, FIONREAD, &there) == -1 || there <= 0)
        return 1;
    return (size_t)there < room ? (size_t)there : room;
}

int set_nonblocking(int fd, bool on)
{
    return ioctl(fd, FIONBIO, &(int){on ? 1 : 0}) < 0 ? -1 : 0;
}

enum drain_status drain(int fd, struct inbox *in)
{
    while (in->len < in->cap) {
        struct iovec room = {in->data + in->len, worth_asking_for(fd, in->cap - in->len)};
        ssize_t got = preadv2(fd, &room, 1, -1, 0);

        if (got == 0)
            return DRAIN_EOF;
        if (got > 0)
            in->len += (size_t)got;
        else if (errno == EAGAIN)
            return DRAIN_AGAIN;
        else if (errno != EINTR)
            return DRAIN_ERROR;
    }
    return DRAIN_FULL;
}

enum flush_status flush(int fd, struct outbox *out)
{
    while (out->sent < out->len) {
        struct iovec rest = {(void *)(out->data + out->sent), out->len - out->sent};
        ssize_t put = pwritev2(fd, &rest, 1, -1, 0);

        if (put > 0)
            out->sent += (size_t)put;
        else if (errno == EAGAIN)
            return FLUSH_AGAIN;
        else if (errno != EINTR)
            return FLUSH_ERROR;
    }
    return FLUSH_DONE;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    ssize_t rounds;
    enum drain_status status;

    if (in->len == in->cap)
        return 0;
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || set_nonblocking(fd, true) == -1)
        return -1;
    for (rounds = 0; (status = drain(fd, in)) == DRAIN_AGAIN; rounds++)
        work(arg);
    if (status != DRAIN_ERROR)
        return set_nonblocking(fd, (flags & O_NONBLOCK) != 0) == -1 ? -1 : rounds;
    int error = errno;
    (void)set_nonblocking(fd, (flags & O_NONBLOCK) != 0);
    errno = error;
    return -1;
}

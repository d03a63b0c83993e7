/*
 * Approach: readv and writev, the room (and what is left to send) always given as two pieces. The flags are only set if
 * they are not right already.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>

/* Cuts size bytes in two. writev does not change what it is given, but its iovec has no const. */
static void halve(struct iovec pieces[2], const unsigned char *start, size_t size)
{
    pieces[0].iov_base = (void *)start;
    pieces[0].iov_len = size / 2;
    pieces[1].iov_base = (void *)(start + size / 2);
    pieces[1].iov_len = size - size / 2;
}

/* One vector of more than SSIZE_MAX bytes is EINVAL, and the kernel takes at most 2 GiB a call anyway. */
static size_t at_most_1_gib(size_t size)
{
    return size < (size_t)1 << 30 ? size : (size_t)1 << 30;
}

int set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL, 0);

    if (flags == -1)
        return -1;
    if (on == ((flags & O_NONBLOCK) != 0))
        return 0;
    return fcntl(fd, F_SETFL, flags ^ O_NONBLOCK) == -1 ? -1 : 0;
}

enum drain_status drain(int fd, struct inbox *in)
{
    struct iovec room[2];
    ssize_t got = 1;

    while (in->len < in->cap && got != 0) {
        halve(room, in->data + in->len, at_most_1_gib(in->cap - in->len));
        got = readv(fd, room, 2);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return errno == EAGAIN ? DRAIN_AGAIN : DRAIN_ERROR;
        in->len += (size_t)got;
    }
    return in->len == in->cap ? DRAIN_FULL : DRAIN_EOF;
}

enum flush_status flush(int fd, struct outbox *out)
{
    struct iovec left[2];

    while (out->len - out->sent > 0) {
        halve(left, out->data + out->sent, at_most_1_gib(out->len - out->sent));
        ssize_t put = writev(fd, left, 2);
        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1)
            return errno == EAGAIN ? FLUSH_AGAIN : FLUSH_ERROR;
        out->sent += (size_t)put;
    }
    return FLUSH_DONE;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    ssize_t rounds = 0;
    int was;

    if (in->len == in->cap)
        return 0;
    if ((was = fcntl(fd, F_GETFL, 0)) == -1 || set_nonblocking(fd, true) == -1)
        return -1;
    enum drain_status status = drain(fd, in);
    for (; status == DRAIN_AGAIN; status = drain(fd, in)) {
        rounds++;
        work(arg);
    }
    int error = status == DRAIN_ERROR ? errno : 0;
    if (set_nonblocking(fd, (was & O_NONBLOCK) != 0) == -1 && error == 0)
        error = errno;
    if (error == 0)
        return rounds;
    errno = error;
    return -1;
}

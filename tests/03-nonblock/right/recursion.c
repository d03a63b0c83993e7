/*
 * Approach: drain and flush are recursive, one call a transfer; only the idle rounds, which know no end, are a loop.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1)
        return -1;
    return fcntl(fd, F_SETFL, (flags & ~O_NONBLOCK) | (on ? O_NONBLOCK : 0)) == -1 ? -1 : 0;
}

enum drain_status drain(int fd, struct inbox *in)
{
    if (in->len == in->cap)
        return DRAIN_FULL;

    ssize_t got = read(fd, in->data + in->len, in->cap - in->len);
    if (got == 0)
        return DRAIN_EOF;
    if (got == -1 && errno == EAGAIN)
        return DRAIN_AGAIN;
    if (got == -1 && errno != EINTR)
        return DRAIN_ERROR;
    if (got > 0)
        in->len += (size_t)got;
    return drain(fd, in);
}

enum flush_status flush(int fd, struct outbox *out)
{
    if (out->sent == out->len)
        return FLUSH_DONE;

    ssize_t put = write(fd, out->data + out->sent, out->len - out->sent);
    if (put == -1 && errno == EAGAIN)
        return FLUSH_AGAIN;
    if (put == -1 && errno != EINTR)
        return FLUSH_ERROR;
    if (put > 0)
        out->sent += (size_t)put;
    return flush(fd, out);
}

/* Works until the reading is over; then *status says why it is. */
static ssize_t rounds_until_over(int fd, struct inbox *in, void (*work)(void *arg), void *arg,
                                 enum drain_status *status)
{
    ssize_t rounds = -1;

    do {
        if (++rounds > 0)
            work(arg);
        *status = drain(fd, in);
    } while (*status == DRAIN_AGAIN);
    return rounds;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    enum drain_status status = DRAIN_FULL;
    int flags;
    int error;

    if (in->len == in->cap)
        return 0;
    flags = fcntl(fd, F_GETFL);
    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        return -1;
    ssize_t rounds = rounds_until_over(fd, in, work, arg, &status);
    error = errno;
    (void)fcntl(fd, F_SETFL, flags);
    errno = error;
    return status == DRAIN_ERROR ? -1 : rounds;
}

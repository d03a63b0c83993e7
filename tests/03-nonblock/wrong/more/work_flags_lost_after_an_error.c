/*
 * fails: the_flags_are_put_back_after_an_error descriptors "O_NONBLOCK was off before read_while_working, which could not read at all, and is on"
 *
 * What is wrong: After an error the flags are not put back.
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
    flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) == -1 ? -1 : 0;
}

enum drain_status drain(int fd, struct inbox *in)
{
    while (in->len < in->cap) {
        ssize_t got = read(fd, in->data + in->len, in->cap - in->len);

        if (got > 0)
            in->len += (size_t)got;
        else if (got == 0)
            return DRAIN_EOF;
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
        ssize_t put = write(fd, out->data + out->sent, out->len - out->sent);

        if (put >= 0)
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
    if (in->len == in->cap)
        return 0;

    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || set_nonblocking(fd, true) == -1)
        return -1;

    ssize_t rounds = 0;
    enum drain_status status;
    while ((status = drain(fd, in)) == DRAIN_AGAIN) {
        work(arg);
        rounds++;
    }
    if (status == DRAIN_ERROR)
        return -1;
    (void)fcntl(fd, F_SETFL, flags);
    return rounds;
}

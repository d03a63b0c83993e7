/*
 * Approach: one byte a read and one byte a write. Slow, and right: how much a call asks for is nobody's business.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return -1;
    if (on)
        flags |= O_NONBLOCK;
    else
        flags &= ~O_NONBLOCK;
    if (fcntl(fd, F_SETFL, flags) < 0)
        return -1;
    return 0;
}

enum drain_status drain(int fd, struct inbox *in)
{
    unsigned char byte;

    while (in->len != in->cap)
        switch (read(fd, &byte, 1)) {
        case 1:
            in->data[in->len++] = byte;
            break;
        case 0:
            return DRAIN_EOF;
        default:
            if (errno == EINTR)
                break;
            return errno == EAGAIN ? DRAIN_AGAIN : DRAIN_ERROR;
        }
    return DRAIN_FULL;
}

enum flush_status flush(int fd, struct outbox *out)
{
    while (out->sent != out->len)
        switch (write(fd, &out->data[out->sent], 1)) {
        case 1:
            out->sent++;
            break;
        default:
            if (errno == EINTR)
                break;
            return errno == EAGAIN ? FLUSH_AGAIN : FLUSH_ERROR;
        }
    return FLUSH_DONE;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    ssize_t idle = 0;
    enum drain_status why = DRAIN_FULL;

    if (in->len == in->cap)
        return 0;
    int before = fcntl(fd, F_GETFL);
    if (before < 0 || set_nonblocking(fd, true) < 0)
        return -1;
    for (why = drain(fd, in); why == DRAIN_AGAIN; why = drain(fd, in)) {
        (*work)(arg);
        ++idle;
    }
    int reason = errno;
    if (fcntl(fd, F_SETFL, before) < 0 && why != DRAIN_ERROR)
        return -1;
    errno = reason;
    return why == DRAIN_ERROR ? -1 : idle;
}

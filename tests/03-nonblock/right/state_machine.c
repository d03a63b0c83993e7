/*
 * Approach: read_while_working is a state machine of its own that reads without drain; drain and flush each decide by
 * errno in a switch. Leaving it is one ladder of labels.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int set_nonblocking(int fd, bool on)
{
    int result = fcntl(fd, F_GETFL);

    if (result != -1)
        result = fcntl(fd, F_SETFL, on ? result | O_NONBLOCK : result & ~O_NONBLOCK);
    return result != -1 ? 0 : -1;
}

enum drain_status drain(int fd, struct inbox *in)
{
    ssize_t got;

    for (; in->len < in->cap; in->len += (size_t)got) {
        got = read(fd, in->data + in->len, in->cap - in->len);
        if (got == 0)
            return DRAIN_EOF;
        if (got > 0)
            continue;
        switch (errno) {
        case EAGAIN:
            return DRAIN_AGAIN;
        case EINTR:
            got = 0;
            continue;
        default:
            return DRAIN_ERROR;
        }
    }
    return DRAIN_FULL;
}

enum flush_status flush(int fd, struct outbox *out)
{
    size_t left = out->len - out->sent;
    enum flush_status status = FLUSH_DONE;

    while (left > 0 && status == FLUSH_DONE) {
        ssize_t put = write(fd, out->data + (out->len - left), left);
        if (put >= 0)
            left -= (size_t)put;
        else if (errno != EINTR)
            status = errno == EAGAIN ? FLUSH_AGAIN : FLUSH_ERROR;
    }
    out->sent = out->len - left;
    return status;
}

enum state { LOOK, WORK, FULL, END, BROKEN };

/* From what a read gave to what is to be done next. */
static enum state after(ssize_t got, struct inbox *in)
{
    if (got > 0) {
        in->len += (size_t)got;
        return in->len < in->cap ? LOOK : FULL;
    }
    if (got == 0)
        return END;
    return errno == EAGAIN ? WORK : errno == EINTR ? LOOK : BROKEN;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    enum state state = in->len < in->cap ? LOOK : FULL;
    ssize_t rounds = 0;
    int flags;
    int error = 0;

    if (state == FULL)
        goto out;
    flags = fcntl(fd, F_GETFL);
    if (flags == -1)
        goto fail;
    if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        goto fail;
    while (state == LOOK || state == WORK) {
        if (state == WORK) {
            work(arg);
            rounds++;
            state = LOOK;
            continue;
        }
        state = after(read(fd, in->data + in->len, in->cap - in->len), in);
        error = errno;
    }
    if (fcntl(fd, F_SETFL, flags) == -1 && state != BROKEN)
        goto fail;
    if (state == BROKEN) {
        errno = error;
        goto fail;
    }
out:
    return rounds;
fail:
    return -1;
}

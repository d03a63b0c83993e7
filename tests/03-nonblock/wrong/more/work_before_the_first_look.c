/*
 * fails: work_is_not_called_while_bytes_are_there fail "work was called, though there were bytes to read all the time, and then the end of file"
 * fails: a_signal_that_interrupts_a_read_is_no_reason_to_work fail "work was called, though there was something to read all the time (two reads were interrupted)"
 *
 * What is wrong: It works before it has looked for the first time.
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

    ssize_t rounds = 1;
    work(arg);
    enum drain_status status;
    while ((status = drain(fd, in)) == DRAIN_AGAIN) {
        work(arg);
        rounds++;
    }
    int error = errno;
    (void)fcntl(fd, F_SETFL, flags);
    errno = error;
    return status == DRAIN_ERROR ? -1 : rounds;
}

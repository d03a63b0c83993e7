/*
 * fails: work_may_change_errno fail "gave -1 with errno EIO"
 *
 * What is wrong: The loop asks for errno after work has run, and work has changed it.
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
    ssize_t rounds = 0;
    ssize_t got = 1;

    if (in->len == in->cap)
        return 0;
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        return -1;
    while (in->len < in->cap && got != 0) {
        got = read(fd, in->data + in->len, in->cap - in->len);
        if (got > 0)
            in->len += (size_t)got;
        else if (got == -1 && errno == EAGAIN) {
            work(arg);
            rounds++;
        }
        if (got == -1 && errno != EAGAIN && errno != EINTR) {
            rounds = -1;
            break;
        }
    }
    int error = errno;
    (void)fcntl(fd, F_SETFL, flags);
    errno = error;
    return rounds;
}

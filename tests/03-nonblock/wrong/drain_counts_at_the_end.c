/*
 * fails: drain_reports_an_error_and_counts_what_came_before fail "the inbox held"
 *
 * What is wrong: It counts in a variable of its own, which reaches len only if all goes well: after an error, bytes
 * are lost.
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
    size_t len = in->len;
    enum drain_status status = DRAIN_FULL;

    while (len < in->cap) {
        ssize_t got = read(fd, in->data + len, in->cap - len);

        if (got > 0) {
            len += (size_t)got;
            continue;
        }
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1 && errno != EAGAIN)
            return DRAIN_ERROR;
        status = got == 0 ? DRAIN_EOF : DRAIN_AGAIN;
        break;
    }
    in->len = len;
    return status;
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
        if (got > 0) {
            in->len += (size_t)got;
        } else if (got == -1 && errno == EAGAIN) {
            work(arg);
            rounds++;
        } else if (got == -1 && errno != EINTR) {
            rounds = -1;
            break;
        }
    }
    int error = errno;
    (void)fcntl(fd, F_SETFL, flags);
    errno = error;
    return rounds;
}

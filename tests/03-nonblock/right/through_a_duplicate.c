/*
 * Approach: read_while_working works on a duplicate of the descriptor, which shares the flags with the original, and closes
 * it again. The flags are put on for every look and taken off before work runs, so that work finds them as they were.
 */
#define _GNU_SOURCE
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1)
        return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) == -1 ? -1 : 0;
}

enum drain_status drain(int fd, struct inbox *in)
{
    while (in->len < in->cap) {
        ssize_t got = read(fd, in->data + in->len, in->cap - in->len);

        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return errno == EAGAIN ? DRAIN_AGAIN : DRAIN_ERROR;
        if (got == 0)
            return DRAIN_EOF;
        in->len += (size_t)got;
    }
    return DRAIN_FULL;
}

enum flush_status flush(int fd, struct outbox *out)
{
    while (out->sent < out->len) {
        /* Never more than a page at once: then a pipe takes all of it or nothing. */
        size_t size = out->len - out->sent < 4096 ? out->len - out->sent : 4096;
        ssize_t put = write(fd, out->data + out->sent, size);

        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1)
            return errno == EAGAIN ? FLUSH_AGAIN : FLUSH_ERROR;
        out->sent += (size_t)put;
    }
    return FLUSH_DONE;
}

/* Drains once, with O_NONBLOCK for as long as that takes. */
static enum drain_status look(int fd, int flags, struct inbox *in)
{
    if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
        return DRAIN_ERROR;

    enum drain_status status = drain(fd, in);
    int error = errno;
    if (fcntl(fd, F_SETFL, flags) == -1 && status != DRAIN_ERROR)
        return DRAIN_ERROR;
    errno = error;
    return status;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    ssize_t rounds = 0;

    if (in->len == in->cap)
        return 0;
    int mine = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (mine == -1)
        return -1;
    int flags = fcntl(mine, F_GETFL);
    if (flags == -1)
        goto fail;

    enum drain_status status;
    while ((status = look(mine, flags, in)) == DRAIN_AGAIN) {
        work(arg);
        rounds++;
    }
    if (status == DRAIN_ERROR)
        goto fail;
    (void)close(mine);
    return rounds;

fail:;
    int error = errno;
    (void)close(mine);
    errno = error;
    return -1;
}

/*
 * nonblock.c - the reference solution for 03-nonblock.
 *
 * All four functions turn on one distinction. A read on a non-blocking pipe
 * gives bytes, or 0, or EAGAIN, and each means something else: "here", "never
 * again", "not yet". Nothing here ever mixes up the last two.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int set_nonblocking(int fd, bool on)
{
    /* F_SETFL replaces all the flags at once, so the ones to keep have to be fetched first. */
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1)
        return -1;
    flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) == -1 ? -1 : 0;
}

enum drain_status drain(int fd, struct inbox *in)
{
    /* The test comes first: a full inbox must not lead to a read of 0 bytes, whose answer 0 looks like end of file. */
    while (in->len < in->cap) {
        ssize_t got = read(fd, in->data + in->len, in->cap - in->len);

        if (got > 0)
            in->len += (size_t)got; /* at once, so that it is counted whatever the next read says */
        else if (got == 0)
            return DRAIN_EOF;
        else if (errno == EAGAIN) /* EWOULDBLOCK is another name for it on Linux */
            return DRAIN_AGAIN;
        else if (errno != EINTR)
            return DRAIN_ERROR;
        /* However few bytes came: only the kernel can say that no more are there. */
    }
    return DRAIN_FULL;
}

enum flush_status flush(int fd, struct outbox *out)
{
    while (out->sent < out->len) {
        ssize_t put = write(fd, out->data + out->sent, out->len - out->sent);

        if (put >= 0)
            out->sent += (size_t)put; /* often less than was asked: a pipe takes what it has room for */
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

    int flags = fcntl(fd, F_GETFL); /* to be put back exactly, whichever mode that is */
    if (flags == -1 || set_nonblocking(fd, true) == -1)
        return -1;

    ssize_t rounds = 0;
    enum drain_status status;
    /* drain() says what it found by its result, so nobody looks at errno after work() has had its hands on it. */
    while ((status = drain(fd, in)) == DRAIN_AGAIN) {
        work(arg);
        rounds++;
    }

    /*
     * The flags belong to the open file description, which other descriptors and processes may share: a terminal that
     * is left non-blocking breaks the next program that reads from it.
     */
    int error = errno;
    if (fcntl(fd, F_SETFL, flags) == -1 && status != DRAIN_ERROR)
        return -1;
    errno = error; /* of the read that failed, not of the tidying up */
    return status == DRAIN_ERROR ? -1 : rounds;
}

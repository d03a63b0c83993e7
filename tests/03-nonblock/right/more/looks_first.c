/*
 * Approach: poll with a time-out of 0 looks whether a read would find something, and only then is it read. O_NONBLOCK is
 * set all the same, because somebody else may take the bytes between the look and the read.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* True if there is something to read, an end of file or an error included; when in doubt, true. */
static bool test(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};

    return poll(&entry, 1, 0) != 0;
}

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
        if (!test(fd))
            return DRAIN_AGAIN;
        ssize_t got = read(fd, in->data + in->len, in->cap - in->len);
        if (got == 0)
            return DRAIN_EOF;
        if (got > 0)
            in->len += (size_t)got;
        else if (errno == EAGAIN)
            return DRAIN_AGAIN;
        else if (errno != EINTR)
            return DRAIN_ERROR;
    }
    return DRAIN_FULL;
}

enum flush_status flush(int fd, struct outbox *out)
{
    const unsigned char *end = out->data + out->len;

    for (const unsigned char *next = out->data + out->sent; next < end; next = out->data + out->sent) {
        ssize_t put = write(fd, next, (size_t)(end - next));
        if (put > 0)
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
    ssize_t fail = 0;

    if (in->len == in->cap)
        return 0;
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || set_nonblocking(fd, true) == -1)
        return -1;

    enum drain_status status;
    while ((status = drain(fd, in)) == DRAIN_AGAIN) {
        work(arg);
        fail++;
    }
    int error = errno;
    if (set_nonblocking(fd, flags & O_NONBLOCK) == -1)
        return -1;
    errno = error;
    return status == DRAIN_ERROR ? -1 : fail;
}

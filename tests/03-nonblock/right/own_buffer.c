/*
 * Approach: what comes is read into an allocated buffer first and copied from there; what goes is copied before it is
 * written. The buffer never asks for more than the inbox has room for. Helpers are called malloc_, buffer, fail.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 700 };

static void *malloc_(size_t size)
{
    return malloc(size);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Frees the buffer, keeps errno, passes the status on. */
static int fail(void *buffer, int status)
{
    int error = errno;

    free(buffer);
    errno = error;
    return status;
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
    if (in->len == in->cap)
        return DRAIN_FULL;

    unsigned char *buffer = malloc_(BUFFER);
    if (buffer == NULL)
        return DRAIN_ERROR;
    do {
        ssize_t got = read(fd, buffer, smaller(BUFFER, in->cap - in->len));
        if (got == 0)
            return fail(buffer, DRAIN_EOF);
        if (got > 0) {
            memcpy(in->data + in->len, buffer, (size_t)got);
            in->len += (size_t)got;
        } else if (errno != EINTR) {
            return fail(buffer, errno == EAGAIN ? DRAIN_AGAIN : DRAIN_ERROR);
        }
    } while (in->len < in->cap);
    return fail(buffer, DRAIN_FULL);
}

enum flush_status flush(int fd, struct outbox *out)
{
    if (out->sent == out->len)
        return FLUSH_DONE;

    unsigned char *buffer = malloc_(BUFFER);
    if (buffer == NULL)
        return FLUSH_ERROR;
    do {
        size_t size = smaller(BUFFER, out->len - out->sent);
        memcpy(buffer, out->data + out->sent, size);
        ssize_t put = write(fd, buffer, size);
        if (put > 0)
            out->sent += (size_t)put;
        else if (errno != EINTR)
            return fail(buffer, errno == EAGAIN ? FLUSH_AGAIN : FLUSH_ERROR);
    } while (out->sent < out->len);
    return fail(buffer, FLUSH_DONE);
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    size_t rounds = 0;
    enum drain_status status;

    if (in->len == in->cap)
        return 0;
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || set_nonblocking(fd, true) == -1)
        return -1;
    while ((status = drain(fd, in)) == DRAIN_AGAIN) {
        work(arg);
        rounds++;
    }
    int error = errno;
    int restored = fcntl(fd, F_SETFL, flags);
    if (status == DRAIN_ERROR) {
        errno = error;
        return -1;
    }
    return restored == -1 ? -1 : (ssize_t)rounds;
}

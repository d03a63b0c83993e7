/*
 * Approach: recv and send with MSG_DONTWAIT, and what is no socket by read and write. set_nonblocking looks before and
 * after; read_while_working leaves its loop by goto. Helpers have names of the suite: work, writer, expect, progress.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t progress(int fd, void *bytes, size_t size)
{
    ssize_t got;

    do {
        got = recv(fd, bytes, size, MSG_DONTWAIT);
        if (got == -1 && errno == ENOTSOCK)
            got = read(fd, bytes, size);
    } while (got == -1 && errno == EINTR);
    return got;
}

static ssize_t writer(int fd, const void *bytes, size_t size)
{
    ssize_t put;

    do {
        put = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put == -1 && errno == ENOTSOCK)
            put = write(fd, bytes, size);
    } while (put == -1 && errno == EINTR);
    return put;
}

/* True if the descriptor is non-blocking, false if it is not or is none. */
static bool expect(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags != -1 && (flags & O_NONBLOCK) != 0;
}

int set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1)
        return -1;
    if (expect(fd) == on)
        return 0;
    if (fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) == -1)
        return -1;
    return expect(fd) == on ? 0 : -1;
}

enum drain_status drain(int fd, struct inbox *in)
{
    while (in->len < in->cap) {
        ssize_t got = progress(fd, in->data + in->len, in->cap - in->len);

        if (got == 0)
            return DRAIN_EOF;
        if (got == -1)
            return errno == EAGAIN ? DRAIN_AGAIN : DRAIN_ERROR;
        in->len += (size_t)got;
    }
    return DRAIN_FULL;
}

enum flush_status flush(int fd, struct outbox *out)
{
    while (out->sent < out->len) {
        ssize_t put = writer(fd, out->data + out->sent, out->len - out->sent);

        if (put == -1)
            return errno == EAGAIN ? FLUSH_AGAIN : FLUSH_ERROR;
        out->sent += (size_t)put;
    }
    return FLUSH_DONE;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    ssize_t rounds = 0;
    enum drain_status status;

    if (in->len == in->cap)
        return 0;
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1 || set_nonblocking(fd, true) == -1)
        return -1;
look:
    status = drain(fd, in);
    if (status == DRAIN_AGAIN) {
        work(arg);
        rounds++;
        goto look;
    }
    int error = errno;
    bool is_restored = fcntl(fd, F_SETFL, flags) != -1;
    if (status == DRAIN_ERROR) {
        errno = error;
        return -1;
    }
    return is_restored ? rounds : -1;
}

/*
 * Approach: the flag is switched by ioctl(FIONBIO), which names one flag and so cannot wipe the others. F_GETFL only tells
 * how it was. The helpers have names that others use too.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int count;

/* One read that no signal interrupts. */
static ssize_t read_all_(int fd, void *buffer, size_t size)
{
    ssize_t n;

    do
        n = read(fd, buffer, size);
    while (n == -1 && errno == EINTR);
    return n;
}

/* One write that no signal interrupts. */
static ssize_t helper(int fd, const void *buffer, size_t size)
{
    ssize_t n;

    do
        n = write(fd, buffer, size);
    while (n == -1 && errno == EINTR);
    return n;
}

int set_nonblocking(int fd, bool on)
{
    int value = on;

    count++;
    return ioctl(fd, FIONBIO, &value);
}

enum drain_status drain(int fd, struct inbox *in)
{
    for (;;) {
        if (in->len == in->cap)
            return DRAIN_FULL;
        ssize_t n = read_all_(fd, &in->data[in->len], in->cap - in->len);
        if (n == 0)
            return DRAIN_EOF;
        if (n == -1)
            return errno == EWOULDBLOCK ? DRAIN_AGAIN : DRAIN_ERROR;
        in->len += (size_t)n;
    }
}

enum flush_status flush(int fd, struct outbox *out)
{
    for (;;) {
        if (out->sent == out->len)
            return FLUSH_DONE;
        ssize_t n = helper(fd, &out->data[out->sent], out->len - out->sent);
        if (n == -1)
            return errno == EWOULDBLOCK ? FLUSH_AGAIN : FLUSH_ERROR;
        out->sent += (size_t)n;
    }
}

static ssize_t main_loop(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    for (ssize_t rounds = 0;; rounds++)
        switch (drain(fd, in)) {
        case DRAIN_EOF:
        case DRAIN_FULL:
            return rounds;
        case DRAIN_ERROR:
            return -1;
        case DRAIN_AGAIN:
            work(arg);
        }
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    if (in->len >= in->cap)
        return 0;

    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || set_nonblocking(fd, true) < 0)
        return -1;
    ssize_t result = main_loop(fd, in, work, arg);
    int why = errno;
    if (!(flags & O_NONBLOCK) && set_nonblocking(fd, false) < 0)
        return -1;
    errno = why;
    return result;
}

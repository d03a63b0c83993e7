/*
 * for: 03-nonblock
 * fails: * forbidden_call "wants the file 12345"
 *
 * What it tries: a file whose name is a number, as if it were a descriptor.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void attack(void)
{
    (void)open("12345", O_WRONLY | O_CREAT, 0666);
}

int set_nonblocking(int fd, bool on)
{
    attack();
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1)
        return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

enum drain_status drain(int fd, struct inbox *in)
{
    attack();
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
    attack();
    while (out->sent < out->len) {
        ssize_t sent = write(fd, out->data + out->sent, out->len - out->sent);
        if (sent >= 0)
            out->sent += (size_t)sent;
        else if (errno == EAGAIN)
            return FLUSH_AGAIN;
        else if (errno != EINTR)
            return FLUSH_ERROR;
    }
    return FLUSH_DONE;
}

ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg)
{
    attack();
    ssize_t rounds = 0;
    enum drain_status status;
    while ((status = drain(fd, in)) == DRAIN_AGAIN) {
        work(arg);
        rounds++;
    }
    return status == DRAIN_ERROR ? -1 : rounds;
}

/*
 * fails: it_does_not_block_when_another_reader_is_faster stall "waits in read("
 *
 * What is wrong: It asks poll whether something is there, in place of O_NONBLOCK: somebody else may be faster, and the
 * read waits.
 */
#include "nonblock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

    if (in->len < in->cap && fcntl(fd, F_GETFL) == -1)
        return -1;
    while (in->len < in->cap) {
        struct pollfd entry = {.fd = fd, .events = POLLIN};
        if (poll(&entry, 1, 0) == 0) {
            work(arg);
            rounds++;
            continue;
        }
        ssize_t got = read(fd, in->data + in->len, in->cap - in->len);
        if (got == 0)
            break;
        if (got > 0)
            in->len += (size_t)got;
        else if (errno == EAGAIN) {
            work(arg);
            rounds++;
        } else if (errno != EINTR)
            return -1;
    }
    return rounds;
}

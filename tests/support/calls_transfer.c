/* calls_transfer.c - the submission's reads and writes, in all their forms. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

/* End of file is news, but only once: who goes on reading from there (or writes 0 bytes again and again) finds nothing. */
static bool is_old_news(const struct call *call, ssize_t result)
{
    static __thread int ended = -1; /* the descriptor on which the last transfer gave 0 */
    bool was_known = result == 0 && ended == (int)call->argument;

    ended = result == 0 ? (int)call->argument : -1;
    return was_known;
}

/* Tells the spin watch what a transfer has brought. An error is nothing, whichever it is: who insists on it spins, too. */
static ssize_t transferred(struct call *call, ssize_t result)
{
    result = call_ends(call, result);
    int saved = errno;

    if (is_old_news(call, result) || result == -1)
        call_was_empty(call);
    else
        call_was_fruitful();
    errno = saved;
    return result;
}

/* The answer that a test has made up for a transfer. */
static ssize_t injected(struct call *call)
{
    int saved = errno;

    if (call->fails)
        call_was_empty(call);
    errno = saved;
    return call->result;
}

/* Writing to the caller's standard output or error is printing, whatever the descriptor is called. */
static void check_printing(const struct call *call)
{
    if (is_callers_output((int)call->argument))
        note_failure(VERDICT_FAIL, call->caller, "A function never prints.",
                     "%s() (" PLACE ") wrote to the caller's own standard %s.", call->name, (unsigned long)call->caller,
                     call->argument == STDOUT_FILENO ? "output" : "error");
}

/* ---- read ------------------------------------------------------------------------------------------------------- */

ssize_t eagain_read(int fd, void *buffer, size_t size)
{
    struct call call = {CALL_READ, "read", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return injected(&call);
    return transferred(&call, read(fd, buffer, call.size));
}

ssize_t eagain_pread(int fd, void *buffer, size_t size, off_t offset)
{
    struct call call = {CALL_READ, "pread", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return injected(&call);
    return transferred(&call, pread(fd, buffer, call.size, offset));
}

ssize_t eagain_pread64(int fd, void *buffer, size_t size, off_t offset) __attribute__((alias("eagain_pread")));

ssize_t eagain_recv(int fd, void *buffer, size_t size, int flags)
{
    struct call call = {CALL_READ, "recv", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return injected(&call);
    return transferred(&call, recv(fd, buffer, call.size, flags));
}

enum { SHORTER_MAX = 16 }; /* a vector of more pieces is never made short */

/* The bytes that a vector asks for, and a copy of it that asks for fewer. */
static size_t vector_size(const struct iovec *vector, int count)
{
    size_t size = 0;

    for (int i = 0; i < count; i++)
        size += vector[i].iov_len;
    return size;
}

static int shorten_vector(struct iovec *shorter, const struct iovec *vector, int count, size_t most)
{
    int i = 0;

    while (i < count && most > 0) {
        shorter[i] = vector[i];
        if (shorter[i].iov_len > most)
            shorter[i].iov_len = most;
        most -= shorter[i].iov_len;
        i++;
    }
    return i;
}

/* As call_begins(), for a vector; if a test wants the call to be short, *VECTOR becomes SHORTER. */
static bool vector_begins(struct call *call, const struct iovec **vector, int *count, struct iovec shorter[SHORTER_MAX])
{
    size_t size = *count > 0 ? vector_size(*vector, *count) : 0;

    call->size = size;
    if (!call_begins(call))
        return false;
    if (call->size < size && *count <= SHORTER_MAX) {
        *count = shorten_vector(shorter, *vector, *count, call->size);
        *vector = shorter;
    }
    return true;
}

ssize_t eagain_readv(int fd, const struct iovec *vector, int count)
{
    struct call call = {CALL_READ, "readv", fd, 0, CALLER, 0, 0, 0, false, false};
    struct iovec shorter[SHORTER_MAX];
    if (!vector_begins(&call, &vector, &count, shorter))
        return injected(&call);
    return transferred(&call, readv(fd, vector, count));
}

ssize_t eagain_preadv2(int fd, const struct iovec *vector, int count, off_t offset, int flags)
{
    struct call call = {CALL_READ, "preadv2", fd, 0, CALLER, 0, 0, 0, false, false};
    struct iovec shorter[SHORTER_MAX];
    if (!vector_begins(&call, &vector, &count, shorter))
        return injected(&call);
    return transferred(&call, preadv2(fd, vector, count, offset, flags));
}

ssize_t eagain_preadv64v2(int fd, const struct iovec *vector, int count, off_t offset, int flags)
    __attribute__((alias("eagain_preadv2")));

ssize_t eagain_preadv(int fd, const struct iovec *vector, int count, off_t offset)
{
    struct call call = {CALL_READ, "preadv", fd, 0, CALLER, 0, 0, 0, false, false};
    struct iovec shorter[SHORTER_MAX];
    if (!vector_begins(&call, &vector, &count, shorter))
        return injected(&call);
    return transferred(&call, preadv(fd, vector, count, offset));
}

ssize_t eagain_preadv64(int fd, const struct iovec *vector, int count, off_t offset)
    __attribute__((alias("eagain_preadv")));

ssize_t eagain_recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from, socklen_t *length)
{
    struct call call = {CALL_READ, "recvfrom", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return injected(&call);
    return transferred(&call, recvfrom(fd, buffer, call.size, flags, from, length));
}

ssize_t eagain_recvmsg(int fd, struct msghdr *message, int flags)
{
    struct call call = {CALL_READ, "recvmsg", fd, 0, CALLER, 0, 0, 0, false, false};
    struct iovec shorter[SHORTER_MAX];
    struct msghdr own = *message;
    const struct iovec *vector = message->msg_iov;
    int count = (int)message->msg_iovlen;
    if (!vector_begins(&call, &vector, &count, shorter))
        return injected(&call);
    own.msg_iov = (struct iovec *)vector;
    own.msg_iovlen = (size_t)count;
    ssize_t result = transferred(&call, recvmsg(fd, &own, flags));
    message->msg_flags = own.msg_flags;
    return result;
}

/* ---- write ------------------------------------------------------------------------------------------------------ */

ssize_t eagain_write(int fd, const void *buffer, size_t size)
{
    struct call call = {CALL_WRITE, "write", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return injected(&call);
    check_printing(&call);
    return transferred(&call, write(fd, buffer, call.size));
}

ssize_t eagain_pwrite(int fd, const void *buffer, size_t size, off_t offset)
{
    struct call call = {CALL_WRITE, "pwrite", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return injected(&call);
    check_printing(&call);
    return transferred(&call, pwrite(fd, buffer, call.size, offset));
}

ssize_t eagain_pwrite64(int fd, const void *buffer, size_t size, off_t offset) __attribute__((alias("eagain_pwrite")));

ssize_t eagain_send(int fd, const void *buffer, size_t size, int flags)
{
    struct call call = {CALL_WRITE, "send", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return injected(&call);
    return transferred(&call, send(fd, buffer, call.size, flags));
}

ssize_t eagain_writev(int fd, const struct iovec *vector, int count)
{
    struct call call = {CALL_WRITE, "writev", fd, 0, CALLER, 0, 0, 0, false, false};
    struct iovec shorter[SHORTER_MAX];
    check_printing(&call);
    if (!vector_begins(&call, &vector, &count, shorter))
        return injected(&call);
    return transferred(&call, writev(fd, vector, count));
}

ssize_t eagain_pwritev2(int fd, const struct iovec *vector, int count, off_t offset, int flags)
{
    struct call call = {CALL_WRITE, "pwritev2", fd, 0, CALLER, 0, 0, 0, false, false};
    struct iovec shorter[SHORTER_MAX];
    check_printing(&call);
    if (!vector_begins(&call, &vector, &count, shorter))
        return injected(&call);
    return transferred(&call, pwritev2(fd, vector, count, offset, flags));
}

ssize_t eagain_pwritev64v2(int fd, const struct iovec *vector, int count, off_t offset, int flags)
    __attribute__((alias("eagain_pwritev2")));

ssize_t eagain_pwritev(int fd, const struct iovec *vector, int count, off_t offset)
{
    struct call call = {CALL_WRITE, "pwritev", fd, 0, CALLER, 0, 0, 0, false, false};
    struct iovec shorter[SHORTER_MAX];
    check_printing(&call);
    if (!vector_begins(&call, &vector, &count, shorter))
        return injected(&call);
    return transferred(&call, pwritev(fd, vector, count, offset));
}

ssize_t eagain_pwritev64(int fd, const struct iovec *vector, int count, off_t offset)
    __attribute__((alias("eagain_pwritev")));

ssize_t eagain_sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *to, socklen_t length)
{
    struct call call = {CALL_WRITE, "sendto", fd, size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return injected(&call);
    return transferred(&call, sendto(fd, buffer, call.size, flags, to, length));
}

ssize_t eagain_sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct call call = {CALL_WRITE, "sendmsg", fd, 0, CALLER, 0, 0, 0, false, false};
    struct iovec shorter[SHORTER_MAX];
    struct msghdr own = *message;
    const struct iovec *vector = message->msg_iov;
    int count = (int)message->msg_iovlen;
    if (!vector_begins(&call, &vector, &count, shorter))
        return injected(&call);
    own.msg_iov = (struct iovec *)vector;
    own.msg_iovlen = (size_t)count;
    return transferred(&call, sendmsg(fd, &own, flags));
}

/*
 * nonblock.h - input and output that never wait: what is there now, what fits now, and work in between.
 *
 * This header is the contract: what each function does, what it returns, and
 * how it fails. README.md in this folder is the lesson that goes with it.
 *
 * Rules that hold for all four functions:
 *   - They never print, and never end or abort the caller's process.
 *   - A call that a signal interrupts (EINTR) is begun again; the caller never sees EINTR.
 *   - After EAGAIN a function returns or does the work that it was given. None of them spins, and none of
 *     them sleeps.
 *   - Descriptors are the caller's: they stay open, and their flags stay as they were, but for the one flag that
 *     set_nonblocking() is asked to change. 0, 1 and 2 are descriptors like any other.
 *   - Signal dispositions and the signal mask are the caller's, too: nobody changes them, not even for a moment. A
 *     caller who writes to pipes has SIGPIPE ignored.
 *   - Whatever a function makes for itself, it cleans up, on every path.
 *   - Sizes are bytes, and may be beyond 4 GiB.
 */
#ifndef EAGAIN_NONBLOCK_H
#define EAGAIN_NONBLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Switches O_NONBLOCK on (on is true) or off for whatever fd refers to. Every other status flag, such as O_APPEND, and
 * the descriptor's own close-on-exec flag keep their value. To switch it the way it is already is no error.
 *
 * Returns 0, or -1 with errno from fcntl(2): EBADF if fd is not open.
 *
 * Source: POSIX.1-2024 fcntl (F_GETFL, F_SETFL).
 */
int set_nonblocking(int fd, bool on);

/*
 * Bytes that have arrived: data[0..len) is filled, data[len..cap) is room. The memory is the caller's; len <= cap,
 * and data may be NULL if cap is 0. Of the three, only len is ever changed here.
 */
struct inbox {
    unsigned char *data;
    size_t len; /* bytes that are there */
    size_t cap; /* bytes that there is room for */
};

/*
 * Bytes to be sent: data[0..sent) is on its way, data[sent..len) is not yet. The memory is the caller's; sent <= len,
 * and data may be NULL if len is 0. Of the three, only sent is ever changed here.
 */
struct outbox {
    const unsigned char *data;
    size_t len;  /* bytes in all */
    size_t sent; /* bytes that the kernel has accepted */
};

/* Why drain() stopped. */
enum drain_status {
    DRAIN_AGAIN, /* nothing more is there now; something may come */
    DRAIN_EOF,   /* nothing more will ever come */
    DRAIN_FULL,  /* len == cap; something more may be there */
    DRAIN_ERROR, /* the reason is in errno */
};

/* Why flush() stopped. */
enum flush_status {
    FLUSH_AGAIN, /* nothing more is accepted now; later it may be */
    FLUSH_DONE,  /* sent == len */
    FLUSH_ERROR, /* the reason is in errno */
};

/*
 * Takes from fd what is there now, and appends it to the inbox. fd is non-blocking: the caller has seen to that.
 *
 * It reads on until one of these happens, and says which:
 *   DRAIN_AGAIN   a read fails with EAGAIN; the first one ends the call
 *   DRAIN_EOF     a read comes to the end of file
 *   DRAIN_FULL    len has become cap, or is cap on entry; from then on nothing is read any more
 *   DRAIN_ERROR   a read fails otherwise; errno says how
 * A read that brings less than it was asked for is none of these.
 *
 * in->len counts every byte that arrived, whatever the result, an error included. Bytes are bytes: NUL is one of them.
 *
 * Source: POSIX.1-2024 read; pipe(7).
 */
enum drain_status drain(int fd, struct inbox *in);

/*
 * Sends data[sent..len) of the outbox, as much of it as fd accepts now. fd is non-blocking: the caller has seen to
 * that.
 *
 * It writes on until one of these happens, and says which:
 *   FLUSH_DONE    sent has become len, or is len on entry; then nothing is written
 *   FLUSH_AGAIN   a write fails with EAGAIN; the first one ends the call
 *   FLUSH_ERROR   a write fails otherwise; errno says how (EPIPE: nobody is left to read)
 *
 * out->sent counts every byte that was accepted, whatever the result, so that the next call can go on from there.
 *
 * Source: POSIX.1-2024 write; pipe(7).
 */
enum flush_status flush(int fd, struct outbox *out);

/*
 * Reads fd to end of file, or until the inbox is full, and makes itself useful while nothing is there.
 *
 * fd may be blocking or not. It is made non-blocking; on return, on success and on error alike, its status flags are
 * those that it had on entry.
 *
 * Each time a read finds nothing, work(arg) is called exactly once, and then fd is tried again. While there are bytes
 * to be had, and at end of file, work is not called. There may be any number of such rounds. work may change errno.
 *
 * Returns how often work was called. If the inbox is full on entry that is 0, and fd is not looked at: it need not even
 * be open. Returns -1 with errno if fd cannot be read or made non-blocking (EBADF, EIO, ...); what
 * arrived before counts in in->len.
 *
 * Source: POSIX.1-2024 fcntl, read.
 */
ssize_t read_while_working(int fd, struct inbox *in, void (*work)(void *arg), void *arg);

#endif

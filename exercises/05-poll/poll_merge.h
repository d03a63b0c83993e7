/*
 * poll_merge.h - exercise 05: wait for any number of descriptors, with poll(2).
 *
 * All functions leave the descriptors as they found them: open, and with the same status flags. Times are
 * milliseconds, sizes are bytes. A signal that interrupts a call is no error here: the call is repeated.
 * Only poll and ppoll may do the waiting.
 */
#ifndef EAGAIN_POLL_MERGE_H
#define EAGAIN_POLL_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * What poll_merge calls for every piece of data. `source` is the index in fds[] of the descriptor that it came from;
 * the `len` bytes (1 at least) at `data` are bytes, not text, and are valid only until the function returns. A value
 * other than 0 says: stop.
 */
typedef int (*chunk_fn)(size_t source, const void *data, size_t len, void *arg);

/*
 * Waits until at least one of the n descriptors is ready, or until timeout_ms is over. 0 only looks, a negative
 * time-out waits for ever. Ready is what a read would not wait for: data, end of file, a hang-up, an error condition.
 * After an interruption it goes on waiting for the time that is left, not for all of it again.
 *
 * Sets every ready[i] and returns how many of them are true: 0 when the time is over, and then all are false. A
 * descriptor may stand in fds[] several times; each entry is marked and counted. A negative one is skipped, and never
 * ready. With n == 0, or with nothing but negative ones, it waits for the time alone. Neither the numbers of the
 * descriptors nor n have a limit but memory (and poll's own: n is at most RLIMIT_NOFILE).
 *
 * Returns -1 with errno, and ready[] then holds anything:
 *   EINVAL  n == 0 and the time-out is negative: nothing could ever end that wait
 *   EBADF   a descriptor is not open
 *   ENOMEM  there is no memory
 *   others  as from poll(2)
 */
int poll_ready(const int fds[], size_t n, bool ready[], int timeout_ms);

/*
 * Reads all n descriptors until each has reached its end of file, and calls on_chunk for every piece that comes. The
 * pieces of one source come in order. No source waits for another: each is read at most once between two waits, and
 * only after poll has said that it is ready. So a descriptor in blocking mode never blocks the call, and a source
 * that always has data does not keep the others from theirs. While there is nothing to read it waits in poll; a
 * source that has ended is not watched any more.
 *
 * The descriptors are all different and may be blocking or not: EAGAIN after a wake-up is no error, and the source
 * is tried again after the next one. A negative descriptor stands for a source that has ended already. There may be
 * 10,000 sources as well.
 *
 * Returns 0 when all sources have ended (at once if there is none), 1 as soon as on_chunk has returned something else
 * than 0 (it is not called again then), or -1 with errno:
 *   EBADF   a descriptor is not open; nothing was read
 *   ENOMEM  there is no memory
 *   others  as from poll(2) or read(2)
 */
int poll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg);

/*
 * Copies from `in` to `out` until `in` has reached its end of file and everything is written. Both descriptors are
 * non-blocking; the caller has made them so, and they may be of different speed: the function holds at most 64 KiB of
 * what is read and not yet written. It watches `in` only while it has room and asks whether `out` can be written only
 * while it has something to write, so it never spins. When nobody can read `out` any more it gives up at once, also
 * while `in` is silent. (If `in` has ended and all is written, it does not matter any more, and may go unnoticed.)
 * The caller has SIGPIPE ignored.
 *
 * Returns the number of bytes copied, or -1 with errno, after some bytes too:
 *   EPIPE   nobody reads `out` any more
 *   EBADF   a descriptor is not open (a negative one never is)
 *   others  as from poll(2), read(2) or write(2)
 */
ssize_t poll_copy(int in, int out);

#endif

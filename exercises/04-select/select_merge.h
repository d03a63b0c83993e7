/*
 * select_merge.h - exercise 04: wait for many descriptors at once, with select(2).
 *
 * Both functions leave the descriptors as they found them: open, and with the same status flags. Times are
 * milliseconds, sizes are bytes. A signal that interrupts a call is no error here: the call is repeated.
 * Only select and pselect may do the waiting.
 */
#ifndef EAGAIN_SELECT_MERGE_H
#define EAGAIN_SELECT_MERGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What select_merge calls for every piece of data. `source` is the index in fds[] of the descriptor that it came
 * from; the `len` bytes (1 at least) at `data` are bytes, not text, and are valid only until the function returns.
 * A value other than 0 says: stop.
 */
typedef int (*chunk_fn)(size_t source, const void *data, size_t len, void *arg);

/*
 * Waits until at least one of the n descriptors can be read without blocking (end of file counts: a read would return
 * 0 at once), or until timeout_ms is over. 0 only looks, a negative time-out waits for ever. After an interruption it
 * goes on waiting for the time that is left, not for all of it again.
 *
 * Sets every ready[i] and returns how many of them are true: 0 when the time is over, and then all are false. A
 * descriptor may stand in fds[] several times; each entry is marked and counted. With n == 0 it waits for the time
 * alone.
 *
 * Returns -1 with errno, and ready[] then holds anything:
 *   EINVAL  a descriptor is negative or not below FD_SETSIZE, so that no fd_set can hold it;
 *           or n == 0 and the time-out is negative: nothing could ever end that wait
 *   EBADF   a descriptor is not open
 *   others  as from select(2)
 */
int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms);

/*
 * Reads all n descriptors until each has reached its end of file, and calls on_chunk for every piece that comes. The
 * pieces of one source come in order. No source waits for another: each is read at most once between two waits, and
 * only after select has said that it can be read. So a descriptor in blocking mode never blocks the call, and a source
 * that always has data does not keep the others from theirs. While there is nothing to read it waits in select; a
 * source that has ended is not watched any more.
 *
 * The descriptors are all different and may be blocking or not: EAGAIN after a wake-up is no error, and the source
 * is tried again after the next one.
 *
 * Returns 0 when all sources have ended (at once if n == 0), 1 as soon as on_chunk has returned something else than 0
 * (it is not called again then), or -1 with errno:
 *   EINVAL  a descriptor is negative or not below FD_SETSIZE; nothing was read
 *   others  as from select(2) or read(2)
 */
int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg);

#endif

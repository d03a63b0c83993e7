/*
 * pipeline.h - move bytes through pipes, and join processes by them.
 *
 * This header is the contract: what each function does, what it returns, and
 * how it fails. README.md in this folder is the lesson that goes with it.
 *
 * Rules that hold for all three functions:
 *   - They never print, and never end or abort the caller's process.
 *   - A call that a signal interrupts (EINTR) is made again; the caller never sees EINTR. The one exception is
 *     close(2): Linux has freed the descriptor already, so it is never closed a second time.
 *   - They never spin and never sleep: they transfer bytes, wait in the kernel, or return.
 *   - Descriptors that are passed in belong to the caller: they stay open, and their flags stay as they are.
 *     0, 1 and 2 are descriptors like any other, here and for the pipes.
 *   - Signal dispositions and the signal mask are the caller's: they are not changed, not even for a moment.
 *   - Whatever a function made for itself, it cleans up, on every path: descriptors, memory, children.
 *
 * The caller has SIGPIPE ignored, so that a write to a pipe that nobody can read fails with EPIPE and kills nobody.
 */
#ifndef EAGAIN_PIPELINE_H
#define EAGAIN_PIPELINE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Writes all len bytes at buf to the blocking descriptor fd, in as many calls as it takes: write(2) may accept fewer
 * bytes than it is offered. len may be larger than 2 GiB. With len == 0 it returns 0 and does not call write at all,
 * even if fd is not open.
 *
 * Returns 0 when all is written.
 *
 * Returns -1 with write's errno, also if some bytes were written before the error:
 *   EPIPE     if fd is a pipe that nobody has open for reading
 *   EBADF     if fd is not open for writing
 *   EAGAIN    if fd is non-blocking, which it should not be, and full; this is an error like any other
 *   and others
 *
 * Source: POSIX.1-2024 write, write(2), pipe(7).
 */
int write_all(int fd, const void *buf, size_t len);

/*
 * Reads from the blocking descriptor fd into buf, until end of file or until cap bytes are there, in as many calls as
 * it takes: read(2) may give fewer bytes than it is asked for long before the end. It never takes more than cap bytes
 * out of fd, and never waits for a byte that has no room. The bytes may have any value; NUL and newline are nothing
 * special. cap may be larger than 2 GiB. With cap == 0 it returns 0 and does not call read at all, even if fd is not
 * open.
 *
 * Returns the count of bytes: cap, or fewer if end of file came first; 0 if end of file came at once.
 *
 * Returns -1 with read's errno, also if some bytes were read before the error (what they are is lost then):
 *   EBADF     if fd is not open for reading
 *   EAGAIN    if fd is non-blocking, which it should not be, and empty; this is an error like any other
 *   and others
 *
 * Source: POSIX.1-2024 read, read(2), pipe(7).
 */
ssize_t read_all(int fd, void *buf, size_t cap);

/*
 * One stage of a pipeline: reads from in and writes to out, in a process of its own. Both descriptors are open while
 * it runs. It may close either of them early, and need not close any: they close when its process ends.
 */
typedef int (*stage_fn)(int in, int out);

/*
 * Runs the pipeline stages[0] | stages[1] | ... | stages[n - 1], as a shell runs a | b | c: each stage in its own
 * child, all of them at once, each joined to the next by a pipe. The first reads in, the last writes out (both are
 * the caller's, and may be one and the same descriptor); with n == 1 one stage does both. n has no limit but memory
 * and the system's.
 *
 * A stage is a child that ends in _exit(2), and in nothing else, with the low 8 bits of the stage's value as exit
 * code. It never returns into the caller's code, never runs the caller's atexit(3) handlers, never writes out
 * what waits in the caller's stdio buffers (nor are they flushed in the parent). It sees the caller's signal
 * dispositions and mask.
 *
 * Close discipline. Of the pipeline's descriptors, which are the pipes and in and out,
 *   - a stage's process holds the two that its stage is given, and no others: no second copy of them and no other
 *     pipe end; in only in the first stage's process, out only in the last one's.
 *   - the parent, while it waits, holds no pipe end at all.
 * So end of file travels down the line when a stage ends, and a stage that ends early makes the writers before
 * it fail instead of hang. Descriptors which the caller had open besides are none of the pipeline's business: a stage's
 * process inherits them as after any fork. The numbers that a stage is given are free; what they name counts. The
 * pipes are blocking; close-on-exec may be set on them or not.
 *
 * Returns how the last stage ended, in the shell's way, when all the stages have ended:
 *   0..255    its exit code, if it exited
 *   128 + N   if signal number N killed it
 * How the other stages ended makes no difference. A child that is merely stopped has not ended.
 *
 * Returns -1 with errno
 *   EINVAL    if n == 0; nothing is started then
 *   whatever pipe(2) or fork(2) said (EMFILE, ENFILE, EAGAIN, ENOMEM), if one of them fails part way. It is not tried
 *             again, and no further stage is started. Every pipe end is closed, and the stages that were started
 *             already are not killed: they are waited for.
 *   ENOMEM    if there is no memory to keep the books in
 *
 * Other children of the caller are left alone: they are not reaped, and need not have ended.
 *
 * Source: POSIX.1-2024 pipe, fork, close, waitpid; pipe(7), I/O on pipes and FIFOs.
 */
int run_pipeline(const stage_fn stages[], size_t n, int in, int out);

#endif

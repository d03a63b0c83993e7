/*
 * spawn.h - start functions in child processes, and wait for them.
 *
 * This header is the contract: what each function does, what it returns, and
 * how it fails. README.md in this folder is the lesson that goes with it.
 *
 * Rules that hold for all three functions:
 *   - They never print, and never end or abort the caller's process.
 *   - A child ends in _exit(2), and in nothing else. It never returns into the caller's code, never runs
 *     the caller's atexit(3) handlers, never writes out what waits in the caller's stdio buffers.
 *   - The caller's stdio buffers are not flushed in the parent either.
 *   - A wait that a signal interrupts (EINTR) is begun again; the caller never sees EINTR.
 *   - Signal dispositions and the signal mask are the caller's: they are not changed, not even for a moment,
 *     and a child sees the caller's.
 *   - Whatever a function made for itself, it cleans up, on every path: memory, descriptors, children.
 *     The one thing handed to the caller is the child that spawn() started.
 */
#ifndef EAGAIN_SPAWN_H
#define EAGAIN_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Starts one child, which runs body(arg) and ends with the low 8 bits of its value as exit code.
 *
 * Returns the child's PID, at once: the child may still be running, or not even have begun. The child is the
 * caller's, who is to pass the PID to await(), once.
 *
 * Returns -1 if fork(2) fails, with fork's errno (EAGAIN, ENOMEM). Then body was not run, and fork is not tried again.
 *
 * Source: POSIX.1-2024 fork, _exit.
 */
pid_t spawn(int (*body)(void *arg), void *arg);

/*
 * Waits until the child PID has ended, and reaps that child and no other.
 *
 * Returns how it ended, in the shell's way:
 *   0..255    the exit code, if it exited
 *   128 + N   if signal number N killed it
 * A child that is merely stopped has not ended; await goes on waiting.
 *
 * Returns -1 with errno
 *   EINVAL    if pid <= 0; no child at all is reaped then
 *   ECHILD    if pid is not a child of the caller, or was reaped already
 *
 * Source: POSIX.1-2024 waitpid.
 */
int await(pid_t pid);

/*
 * Starts n children, child number i running body(i), and waits for all of them. All n are started before any one is
 * waited for, so that they can work together. There are exactly n calls of fork(2).
 *
 * codes points to room for n values, which is the caller's: codes[i] becomes what await() would return for child i.
 * n has no limit but memory and the system's. With n == 0 the result is 0, nothing is forked, and codes may be NULL.
 *
 * Returns 0 when all n children were started and have ended, whatever their codes are.
 *
 * Returns -1 if a fork fails, with that fork's errno. No further fork is tried then. The children that were
 * started already are not killed: they are waited for, and their codes are stored. The other codes are -1.
 * Any other failure on the way (ENOMEM, say) is treated in the same way.
 *
 * Other children of the caller are left alone: they are not reaped, and need not have ended.
 *
 * Source: POSIX.1-2024 fork, waitpid.
 */
int spawn_all(size_t n, int (*body)(size_t index), int codes[]);

#endif

/*
 * graceful.h - signals that arrive at any moment, and are neither lost nor taken twice.
 *
 * This header is the contract: what each function does, what it returns, and
 * how it fails. README.md in this folder is the lesson that goes with it.
 *
 * Rules that hold for all three functions:
 *   - They never print, and never end or abort the caller's process. They never sleep and never spin.
 *   - A call that some other signal interrupts (EINTR) is made again; the caller never sees EINTR.
 *   - The signal mask and the dispositions are the caller's. install_handler() changes the one disposition that it is
 *     asked to; serve_until_signal() borrows signo's for as long as it runs, and gives it back; reap_exited() changes
 *     nothing.
 *   - What runs in a signal handler calls async-signal-safe functions only (signal-safety(7)), and leaves errno as it
 *     was.
 *   - Descriptors that are passed in belong to the caller: they stay open, and their flags are not touched.
 *   - Whatever a function made for itself, it cleans up, on every path: descriptors, memory, children.
 */
#ifndef EAGAIN_GRACEFUL_H
#define EAGAIN_GRACEFUL_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Makes handler the handler of signal number signo, until further notice:
 *   - it stays installed after it has run;
 *   - a system call that it interrupts starts again, where the kernel can do that (signal(7) has the list);
 *   - while it runs, its own signal waits, and no other signal is blocked besides those that were blocked already;
 *   - for SIGCHLD: children that stop are reported as well as those that end, and children that end become zombies.
 * The signal mask stays as it is. Which call does it is free.
 *
 * Returns 0.
 * Returns -1 with errno EINVAL if there is no such signal, or if it cannot be caught (SIGKILL, SIGSTOP).
 *
 * Source: POSIX.1-2024 sigaction; sigaction(2).
 */
int install_handler(int signo, void (*handler)(int));

/*
 * Reads fd and hands each piece that comes to consume(data, len, arg), until end of file or until signo arrives. len
 * is 1 or more; the bytes may have any value, and are valid only until consume returns. How large a piece is, is
 * free.
 *
 * fd is blocking, and may be anything that can be read, a regular file too, under any number, one that is not below
 * FD_SETSIZE too. The process has one thread, and only one call runs at a time.
 *
 * The signal. It may come at any moment, and ends the function before that waits again: when it comes just before the
 * wait, or in it, or while consume runs, or if it was pending (blocked) before the call. If both data and the signal
 * are there, the signal wins; but what has been read is consumed, always. So a writer that never pauses cannot keep
 * the signal out.
 *
 * The caller's signals. While consume runs, signo is blocked. Every other signal is as the caller has it, blocked or
 * not, all the time. When the function returns, on every path, the mask and signo's disposition are the caller's
 * again. The signal that ended the call is used up: it is not delivered a second time. One that came too late to be
 * seen before the function returned 0 is left to the caller, as if it had come after the call. If signo is a
 * real-time signal and several are queued, one is used up, and the others are left.
 *
 * Returns 0 at end of file.
 * Returns 1 if the signal came.
 * Returns -1 with errno on an error, even if the signal came too:
 *   EBADF     if fd is negative or not open
 *   EINVAL    if there is no signal signo, or it cannot be caught (SIGKILL, SIGSTOP)
 *   EMFILE, ENFILE, ENOMEM   if the function needs something for itself, and cannot have it
 *   others    as from read(2) and the call that waits
 *
 * Source: POSIX.1-2024 pselect, ppoll, sigprocmask, read; signal(7), signal-safety(7).
 */
int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg);

/*
 * Reaps every child that has ended by now, whichever process group it is in, and calls on_exit(pid, code, arg) once
 * for each. It waits for none: children that still run, or are merely stopped, are not touched and not reported.
 *
 * code is, as in the first lesson,
 *   0..255    the exit code, if the child exited
 *   128 + N   if signal number N killed it
 *
 * Returns how many were reaped; 0 if none has ended, or if there is no child at all.
 *
 * It may be called from a signal handler, and even while a call of it is under way: it is async-signal-safe itself
 * (no allocation, no stdio), keeps errno, and has no memory from one call to the next. (on_exit must be fit for that
 * as well.)
 *
 * Source: POSIX.1-2024 waitpid; waitpid(2), signal-safety(7).
 */
size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg);

#endif

/* calls_file.c - the submission's calls that make, copy, change and close descriptors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

/* A call that gave a descriptor, if it succeeded. */
static int opened(struct call *call, int fd)
{
    fd = (int)call_ends(call, fd);
    if (fd >= 0)
        fd_was_opened(fd, call->name, call->caller);
    return fd;
}

static int opened_pair(struct call *call, int result, const int fds[2])
{
    result = (int)call_ends(call, result);
    if (result == 0) {
        fd_was_opened(fds[0], call->name, call->caller);
        fd_was_opened(fds[1], call->name, call->caller);
    }
    return result;
}

/* ---- pipe ------------------------------------------------------------------------------------------------------- */

int eagain_pipe(int fds[2])
{
    struct call call = {CALL_PIPE, "pipe", -1, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return opened_pair(&call, pipe(fds), fds);
}

int eagain_pipe2(int fds[2], int flags)
{
    struct call call = {CALL_PIPE, "pipe2", -1, (size_t)flags, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return opened_pair(&call, pipe2(fds, flags), fds);
}

int eagain_socketpair(int domain, int type, int protocol, int fds[2])
{
    struct call call = {CALL_OPEN, "socketpair", domain, (size_t)type, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return opened_pair(&call, socketpair(domain, type, protocol, fds), fds);
}

/* ---- moving in a file ------------------------------------------------------------------------------------------- */

off_t eagain_lseek(int fd, off_t offset, int whence)
{
    check_frameworks_fd("lseek", fd, CALLER);
    return lseek(fd, offset, whence);
}

off_t eagain_lseek64(int fd, off_t offset, int whence) __attribute__((alias("eagain_lseek")));

/* ---- open ------------------------------------------------------------------------------------------------------- */

/*
 * A descriptor may be opened anew by its name, and a device that is nothing but a source or a sink. Every other file is
 * refused: /proc/self/mem is the process's memory, and the grader's own files are not far.
 */
static bool may_be_opened(const char *path)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/dev/random"};
    char own[40];
    const char *const folders[] = {"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/", own};

    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (strcmp(path, devices[i]) == 0)
            return true;
    (void)snprintf(own, sizeof own, "/proc/%d/fd/", (int)getpid());
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *number = path + strlen(folders[i]);
        if (strncmp(path, folders[i], strlen(folders[i])) == 0 && *number != '\0' &&
            number[strspn(number, "0123456789")] == '\0')
            return !is_frameworks(atoi(number));
    }
    return false;
}

static void check_open(const struct call *call, const char *path)
{
    if (may_be_opened(path))
        return;
    note_failure(VERDICT_FORBIDDEN_CALL, call->caller, "No exercise needs files of its own.",
                 "%s() (" PLACE ") wants the file %.200s.", call->name, (unsigned long)call->caller, path);
    end_test();
}

/* The mode is there only if the flags ask for a file to be made. */
static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

int eagain_open(const char *path, int flags, ...)
{
    struct call call = {CALL_OPEN, "open", -1, (size_t)flags, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    check_open(&call, path);

    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return opened(&call, open(path, flags, mode));
}

int eagain_openat(int folder, const char *path, int flags, ...)
{
    struct call call = {CALL_OPEN, "openat", folder, (size_t)flags, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    check_open(&call, path);

    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return opened(&call, openat(folder, path, flags, mode));
}

/* The names that programs compiled with 64-bit file offsets call. */
int eagain_open64(const char *path, int flags, ...) __attribute__((alias("eagain_open")));
int eagain_openat64(int folder, const char *path, int flags, ...) __attribute__((alias("eagain_openat")));
int eagain_fcntl64(int fd, int command, ...) __attribute__((alias("eagain_fcntl")));

int eagain_eventfd(unsigned count, int flags)
{
    struct call call = {CALL_OPEN, "eventfd", -1, (size_t)flags, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return opened(&call, eventfd(count, flags));
}

int eagain_pidfd_open(pid_t pid, unsigned flags)
{
    struct call call = {CALL_OPEN, "pidfd_open", pid, flags, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    int fd = pretended_pidfd(pid);
    return opened(&call, fd != -1 ? fd : pidfd_open(pid, flags));
}

/* ---- dup -------------------------------------------------------------------------------------------------------- */

/* A descriptor number that a copy is put onto is closed by that, too. */
int eagain_dup(int fd)
{
    struct call call = {CALL_DUP, "dup", fd, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return opened(&call, dup(fd));
}

int eagain_dup2(int fd, int to)
{
    struct call call = {CALL_DUP, "dup2", fd, (size_t)to, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    if (fd == to) /* nothing is closed or opened */
        return (int)call_ends(&call, dup2(fd, to));
    check_close(&call, to);
    return opened(&call, dup2(fd, to));
}

int eagain_dup3(int fd, int to, int flags)
{
    struct call call = {CALL_DUP, "dup3", fd, (size_t)to, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    check_close(&call, to);
    return opened(&call, dup3(fd, to, flags));
}

/* ---- fcntl and ioctl -------------------------------------------------------------------------------------------- */

/* By its owner and its signal a descriptor makes the kernel send signals: to whom, kill() would not be allowed to. */
static void check_owner(const struct call *call, bool is_about_signals, const char *command)
{
    if (!is_about_signals)
        return;
    note_failure(VERDICT_FORBIDDEN_CALL, call->caller, "A function signals no process but those that it created.",
                 "%s(%ld, %s) (" PLACE ") asks the kernel for signals, to whatever process.", call->name,
                 call->argument, command, (unsigned long)call->caller);
    end_test();
}

static int divert_fcntl(struct call *call, int fd, int command, void *argument)
{
    if (!call_begins(call))
        return (int)call->result;
    check_owner(call, command == F_SETOWN || command == F_SETOWN_EX, "F_SETOWN");
    check_owner(call, command == F_SETSIG, "F_SETSIG");
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return opened(call, fcntl(fd, command, argument));
    return (int)call_ends(call, fcntl(fd, command, argument));
}

/* The third argument is an int or a pointer, or is not there at all: on Linux a pointer's width carries all of them. */
int eagain_fcntl(int fd, int command, ...)
{
    struct call call = {CALL_FCNTL, "fcntl", fd, (size_t)command, CALLER, 0, 0, 0, false, false};
    va_list arguments;

    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return divert_fcntl(&call, fd, command, argument);
}

int eagain_ioctl(int fd, unsigned long request, ...)
{
    struct call call = {CALL_FCNTL, "ioctl", fd, (size_t)request, CALLER, 0, 0, 0, false, false};
    va_list arguments;

    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (!call_begins(&call))
        return (int)call.result;
    check_owner(&call, request == FIOSETOWN || request == SIOCSPGRP, "FIOSETOWN");
    return (int)call_ends(&call, ioctl(fd, request, argument));
}

/* ---- close ------------------------------------------------------------------------------------------------------ */

/*
 * In the caller's own process a function closes only what it opened. (A child may close what it likes: the suite
 * looks at what it holds when it matters.)
 */
void check_close(const struct call *call, int fd)
{
    if (this_process()->kind != PROCESS_TEST || fcntl(fd, F_GETFD) == -1 || was_opened_by_submission(fd))
        return;
    note_failure(VERDICT_DESCRIPTORS, call->caller, "Descriptors passed in belong to the caller: they stay open.",
                 "%s() (" PLACE ") closed descriptor %d, which is the caller's.", call->name,
                 (unsigned long)call->caller, fd);
}

int eagain_close(int fd)
{
    struct call call = {CALL_CLOSE, "close", fd, 0, CALLER, 0, 0, 0, false, false};
    bool is_made = call_begins(&call);
    int saved = errno;

    /* Linux frees the descriptor first, whatever close() then says; so it is closed also when a test makes the call fail. */
    check_close(&call, fd);
    fd_was_closed(fd);
    if (is_made)
        return (int)call_ends(&call, close(fd));
    (void)close(fd);
    errno = saved;
    return (int)call.result;
}

int eagain_close_range(unsigned first, unsigned last, int flags)
{
    struct call call = {CALL_CLOSE, "close_range", (long)first, last, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    if ((flags & CLOSE_RANGE_CLOEXEC) == 0) {
        for (unsigned fd = first; fd <= last && fd < 1024; fd++) {
            check_close(&call, (int)fd);
            fd_was_closed((int)fd);
        }
    }
    return (int)call_ends(&call, close_range(first, last, flags));
}

void eagain_closefrom(int first)
{
    struct call call = {CALL_CLOSE, "closefrom", first, 0, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return;
    for (int fd = first; fd < 1024; fd++) {
        check_close(&call, fd);
        fd_was_closed(fd);
    }
    closefrom(first);
    (void)call_ends(&call, 0);
}

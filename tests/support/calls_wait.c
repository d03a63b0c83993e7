/* calls_wait.c - the submission's waits for many descriptors: select, poll, epoll. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>

#include "calls.h"
#include "diverted.h"
#include "suite.h"

static long milliseconds(const struct timespec *time)
{
    return time->tv_sec * 1000 + (time->tv_nsec + 999999) / 1000000;
}

/*
 * A wait that a stopped clock times out: the real call only looks; if nothing is
 * there, the clock is advanced by the time-out. A wait for ever stays one, and so does a look.
 */
static bool is_virtual(long timeout)
{
    return clock_is_stopped() && timeout > 0;
}

static long wait_ends(struct call *call, long result, long timeout)
{
    if (result == 0 && is_virtual(timeout))
        advance_clock(timeout);
    result = call_ends(call, result);
    int saved = errno;
    /* Any number of waits may end at once and bring nothing: only a transfer, or a callback, counts as news. */
    if (result > 0 || (result == 0 && timeout == 0))
        call_was_empty(call);
    errno = saved;
    return result;
}

/* The wait was answered by the test: it took so long, by the stopped clock. */
static int interrupted(const struct call *call)
{
    if (call->elapsed > 0)
        advance_clock(call->elapsed);
    return (int)call->result;
}

/* ---- select ------------------------------------------------------------------------------------------------------ */

int eagain_select(int n, fd_set *reads, fd_set *writes, fd_set *exceptions, struct timeval *timeout)
{
    struct call call = {CALL_SELECT, "select", n, 0, CALLER, 0, 0, 0, false, false};
    long limit = timeout == NULL ? -1 : timeout->tv_sec * 1000 + (timeout->tv_usec + 999) / 1000;

    if (!call_begins(&call)) {
        /* Linux leaves in the timeval what was not waited. */
        if (timeout != NULL && call.elapsed > 0) {
            long rest = limit > call.elapsed ? limit - call.elapsed : 0;
            *timeout = (struct timeval){rest / 1000, rest % 1000 * 1000};
        }
        return interrupted(&call);
    }
    if (!is_virtual(limit))
        return (int)wait_ends(&call, select(n, reads, writes, exceptions, timeout), limit);
    struct timeval look = {0, 0};
    int result = (int)wait_ends(&call, select(n, reads, writes, exceptions, &look), limit);
    if (result == 0)
        *timeout = (struct timeval){0, 0};
    return result;
}

int eagain_pselect(int n, fd_set *reads, fd_set *writes, fd_set *exceptions, const struct timespec *timeout,
                   const sigset_t *mask)
{
    struct call call = {CALL_SELECT, "pselect", n, 0, CALLER, 0, 0, 0, false, false};
    long limit = timeout == NULL ? -1 : milliseconds(timeout);
    const struct timespec look = {0, 0};

    if (!call_begins(&call))
        return interrupted(&call);
    return (int)wait_ends(&call, pselect(n, reads, writes, exceptions, is_virtual(limit) ? &look : timeout, mask),
                          limit);
}

/* ---- poll -------------------------------------------------------------------------------------------------------- */

int eagain_poll(struct pollfd *fds, nfds_t n, int timeout)
{
    struct call call = {CALL_POLL, "poll", -1, n, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return interrupted(&call);
    return (int)wait_ends(&call, poll(fds, n, is_virtual(timeout) ? 0 : timeout), timeout);
}

int eagain_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
    struct call call = {CALL_POLL, "ppoll", -1, n, CALLER, 0, 0, 0, false, false};
    long limit = timeout == NULL ? -1 : milliseconds(timeout);
    const struct timespec look = {0, 0};

    if (!call_begins(&call))
        return interrupted(&call);
    return (int)wait_ends(&call, ppoll(fds, n, is_virtual(limit) ? &look : timeout, mask), limit);
}

/* ---- epoll ------------------------------------------------------------------------------------------------------- */

int eagain_epoll_create(int size)
{
    struct call call = {CALL_EPOLL_CREATE, "epoll_create", -1, (size_t)size, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    int fd = (int)call_ends(&call, epoll_create(size));
    fd_was_opened(fd, "epoll_create", call.caller);
    return fd;
}

int eagain_epoll_create1(int flags)
{
    struct call call = {CALL_EPOLL_CREATE, "epoll_create1", -1, (size_t)flags, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    int fd = (int)call_ends(&call, epoll_create1(flags));
    fd_was_opened(fd, "epoll_create1", call.caller);
    return fd;
}

int eagain_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    struct call call = {CALL_EPOLL_CTL, "epoll_ctl", fd, (size_t)operation, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return (int)call.result;
    return (int)call_ends(&call, epoll_ctl(epoll, operation, fd, event));
}

int eagain_epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    struct call call = {CALL_EPOLL_WAIT, "epoll_wait", epoll, (size_t)most, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return interrupted(&call);
    return (int)wait_ends(&call, epoll_wait(epoll, events, most, is_virtual(timeout) ? 0 : timeout), timeout);
}

int eagain_epoll_pwait(int epoll, struct epoll_event *events, int most, int timeout, const sigset_t *mask)
{
    struct call call = {CALL_EPOLL_WAIT, "epoll_pwait", epoll, (size_t)most, CALLER, 0, 0, 0, false, false};
    if (!call_begins(&call))
        return interrupted(&call);
    return (int)wait_ends(&call, epoll_pwait(epoll, events, most, is_virtual(timeout) ? 0 : timeout, mask), timeout);
}

int eagain_epoll_pwait2(int epoll, struct epoll_event *events, int most, const struct timespec *timeout,
                        const sigset_t *mask)
{
    struct call call = {CALL_EPOLL_WAIT, "epoll_pwait2", epoll, (size_t)most, CALLER, 0, 0, 0, false, false};
    long limit = timeout == NULL ? -1 : milliseconds(timeout);
    const struct timespec look = {0, 0};

    if (!call_begins(&call))
        return interrupted(&call);
    return (int)wait_ends(&call, epoll_pwait2(epoll, events, most, is_virtual(limit) ? &look : timeout, mask), limit);
}

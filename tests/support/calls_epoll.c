/* calls_epoll.c - what the submission tells an epoll descriptor. (Its waits are in calls_wait.c.) */
#define _GNU_SOURCE
#include <sys/epoll.h>

#include "calls.h"
#include "diverted.h"

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

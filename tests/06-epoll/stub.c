/*
 * Exercise 06: epoll. README.md in this directory has the lesson and the task, epoll_loop.h says what each function
 * promises. Write yours in place of the marked lines.
 */
#include "epoll_loop.h"

#include <errno.h>

struct loop {
    int epoll_fd; /* Your code here: what else does a loop have to know? */
};

struct loop *loop_create(void)
{
    /* Your code here: make a loop and its epoll descriptor. */
    errno = ENOSYS;
    return NULL;
}

int loop_add(struct loop *loop, int fd, uint32_t events, ready_fn fn, void *arg)
{
    /* Your code here: tell epoll about fd, and remember whom to call. */
    (void)loop;
    (void)fd;
    (void)events;
    (void)fn;
    (void)arg;
    errno = ENOSYS;
    return -1;
}

int loop_modify(struct loop *loop, int fd, uint32_t events)
{
    /* Your code here: change the events; what was fetched for the old ones is void. */
    (void)loop;
    (void)fd;
    (void)events;
    errno = ENOSYS;
    return -1;
}

int loop_remove(struct loop *loop, int fd)
{
    /* Your code here: forget fd; what was fetched for it is void. */
    (void)loop;
    (void)fd;
    errno = ENOSYS;
    return -1;
}

int loop_run(struct loop *loop)
{
    /* Your code here: wait, call back, and know when to end. */
    (void)loop;
    errno = ENOSYS;
    return -1;
}

void loop_stop(struct loop *loop)
{
    /* Your code here: make loop_run end. */
    (void)loop;
}

void loop_destroy(struct loop *loop)
{
    /* Your code here: give everything back. */
    (void)loop;
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    /* Your code here: wait, read each ready source once, hand over what came; until all have ended. */
    (void)fds;
    (void)n;
    (void)on_chunk;
    (void)arg;
    errno = ENOSYS;
    return -1;
}

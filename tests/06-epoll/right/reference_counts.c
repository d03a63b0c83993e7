/*
 * Right: whoever holds a registration counts: the table holds one, and so does each event of the batch until it was
 * delivered or thrown away; the last one frees it. Events carry a copy of the change counter that the registration had
 * when they were fetched. The table is a fixed number of chained buckets; the helpers are not static, and have names
 * that others may have too.
 */
#include "epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUCKETS = 64, EVENTS = 12 };

struct handler {
    struct handler *next;
    unsigned holders, changes;
    bool removed;
    int fd;
    uint32_t events;
    ready_fn fn;
    void *arg;
};

struct loop {
    struct handler *table[BUCKETS];
    size_t count;
    int fd, fail;
};

void release(struct handler *helper);
int test(struct loop *loop, struct handler *helper, int op);
struct handler *search(struct loop *loop, int fd);
int helper_failed(int fail, void *buffer);
ssize_t read_all_(int fd, size_t count, chunk_fn on_chunk, void *arg, bool *stop);

struct loop *loop_create(void)
{
    struct loop *loop = calloc(1, sizeof(struct loop));

    if (loop == NULL)
        return NULL;
    loop->fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->fd != -1)
        return loop;
    helper_failed(errno, loop);
    return NULL;
}

int helper_failed(int fail, void *buffer)
{
    free(buffer);
    errno = fail;
    return -1;
}

void release(struct handler *helper)
{
    if (--helper->holders == 0)
        free(helper);
}

struct handler *search(struct loop *loop, int fd)
{
    struct handler *helper = fd < 0 ? NULL : loop->table[fd % BUCKETS];

    while (helper != NULL && helper->fd != fd)
        helper = helper->next;
    if (helper == NULL)
        errno = ENOENT;
    return helper;
}

int test(struct loop *loop, struct handler *helper, int op)
{
    struct epoll_event event = {helper->events, {.ptr = helper}};

    return epoll_ctl(loop->fd, op, helper->fd, &event);
}

int loop_add(struct loop *loop, int fd, uint32_t events, ready_fn fn, void *arg)
{
    struct handler *helper = malloc(sizeof(*helper));

    if (helper == NULL)
        return -1;
    *helper = (struct handler){.holders = 1, .fd = fd, .events = events, .fn = fn, .arg = arg};
    if (test(loop, helper, EPOLL_CTL_ADD) == -1)
        return helper_failed(errno, helper);
    helper->next = loop->table[fd % BUCKETS];
    loop->table[fd % BUCKETS] = helper;
    loop->count++;
    return 0;
}

int loop_modify(struct loop *loop, int fd, uint32_t events)
{
    struct handler *helper = search(loop, fd);
    uint32_t before;

    if (helper == NULL)
        return -1;
    before = helper->events;
    helper->events = events;
    if (test(loop, helper, EPOLL_CTL_MOD) == -1) {
        helper->events = before;
        return -1;
    }
    helper->changes++;
    return 0;
}

int loop_remove(struct loop *loop, int fd)
{
    struct handler *helper = search(loop, fd), **p;

    if (helper == NULL)
        return -1;
    for (p = &loop->table[fd % BUCKETS]; *p != helper; p = &(*p)->next)
        ;
    *p = helper->next;
    test(loop, helper, EPOLL_CTL_DEL);
    helper->removed = true;
    loop->count--;
    release(helper);
    return 0;
}

int loop_run(struct loop *loop)
{
    struct epoll_event event[EVENTS];
    unsigned changes[EVENTS];
    int k, lost = 0;

    do {
        if (loop->count == 0 && loop->fail == 0)
            return 0;
        k = loop->fail ? 0 : epoll_wait(loop->fd, event, EVENTS, -1);
        if (k == -1 && errno != EINTR)
            return -1;
        for (int i = 0; i < k; i++) {
            struct handler *helper = event[i].data.ptr;

            helper->holders++;
            changes[i] = helper->changes;
        }
        for (int i = 0; i < k; i++) {
            struct handler *helper = event[i].data.ptr;
            bool stale = helper->removed || helper->changes != changes[i];

            if (!stale && loop->fail == 0)
                helper->fn(loop, helper->fd, event[i].events, helper->arg);
            else if (!stale && (helper->events & (EPOLLONESHOT | EPOLLET)))
                lost |= test(loop, helper, EPOLL_CTL_MOD);
            release(helper);
        }
    } while (loop->fail == 0);
    loop->fail = 0;
    return lost ? -1 : 1;
}

void loop_stop(struct loop *loop)
{
    loop->fail = 1;
}

void loop_destroy(struct loop *loop)
{
    for (int i = 0; loop != NULL && i < BUCKETS; i++)
        while (loop->table[i] != NULL)
            loop_remove(loop, loop->table[i]->fd);
    if (loop != NULL)
        close(loop->fd);
    free(loop);
}

/* One read. `count` is the source's number. */
ssize_t read_all_(int fd, size_t count, chunk_fn on_chunk, void *arg, bool *stop)
{
    char buffer[4096];
    ssize_t k = read(fd, buffer, sizeof(buffer));

    if (k == -1 && (errno == EINTR || errno == EAGAIN))
        return 1;
    if (k > 0)
        *stop = on_chunk(count, buffer, k, arg) != 0;
    return k;
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct epoll_event event[50];
    size_t open = 0, files = 0;
    int *left = malloc(n * sizeof(int) + 1); /* files only; -1: none, or ended */
    int fd = -1, result = -1, saved;
    bool stop = false;

    if (left == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFL) == -1)
            goto out;
    fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd == -1)
        goto out;
    for (size_t i = 0; i < n; i++) {
        event[0] = (struct epoll_event){EPOLLIN, {.u64 = i}};
        left[i] = -1;
        if (fds[i] >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, fds[i], &event[0]) == -1) {
            if (errno != EPERM)
                goto out;
            left[i] = fds[i];
            files++;
        }
        open += fds[i] >= 0;
    }
    while (open > 0) {
        ssize_t got;
        int k = epoll_wait(fd, event, 50, files == 0 ? -1 : 0);

        if (k == -1 && errno != EINTR)
            goto out;
        for (int e = 0; e < k; e++) {
            size_t i = event[e].data.u64;

            got = read_all_(fds[i], i, on_chunk, arg, &stop);
            if (got == 0) {
                open--;
                got = epoll_ctl(fd, EPOLL_CTL_DEL, fds[i], &event[e]);
            }
            if (got == -1 || stop)
                goto out;
        }
        for (size_t i = 0; files > 0 && i < n; i++) {
            got = left[i] == -1 ? 1 : read_all_(left[i], i, on_chunk, arg, &stop);
            if (got == -1 || stop)
                goto out;
            if (got == 0) {
                left[i] = -1;
                files--;
                open--;
            }
        }
    }
    result = 0;
out:
    if (stop)
        result = 1;
    saved = errno;
    free(left);
    if (fd != -1)
        close(fd);
    errno = saved;
    return result;
}

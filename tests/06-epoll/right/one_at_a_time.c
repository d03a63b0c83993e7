/*
 * Right: fetches one event at a time. So there is never one that waits for its turn while a callback changes things:
 * nothing can be stale, a removed registration can be freed at once, and a stop leaves nothing undelivered. The kernel
 * puts a level-triggered descriptor that it has reported at the end of its list, so all get their turns. The registry
 * is a hash table with chains that grows; the merge reads seven bytes at a time.
 */
#include "epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct item {
    struct item *chain;
    int fd;
    ready_fn fn;
    void *arg;
};

struct loop {
    int epoll;
    bool stop;
    size_t count, buckets;
    struct item **bucket;
};

static struct item **place(struct loop *l, int fd)
{
    struct item **p = &l->bucket[(unsigned)fd * 2654435761u % l->buckets];

    while (*p != NULL && (*p)->fd != fd)
        p = &(*p)->chain;
    return p;
}

struct loop *loop_create(void)
{
    struct loop *l = malloc(sizeof(*l));

    if (l == NULL)
        goto fail;
    *l = (struct loop){.buckets = 3, .bucket = calloc(3, sizeof(struct item *))};
    if (l->bucket == NULL)
        goto fail_loop;
    l->epoll = epoll_create1(O_CLOEXEC);
    if (l->epoll == -1)
        goto fail_bucket;
    return l;
fail_bucket:
    free(l->bucket);
fail_loop:
    free(l);
fail:
    return NULL;
}

static bool grow(struct loop *l)
{
    struct loop bigger = *l;

    bigger.buckets = 2 * l->buckets + 1;
    bigger.bucket = calloc(bigger.buckets, sizeof(struct item *));
    if (bigger.bucket == NULL)
        return false;
    for (size_t i = 0; i < l->buckets; i++)
        while (l->bucket[i] != NULL) {
            struct item *item = l->bucket[i];

            l->bucket[i] = item->chain;
            item->chain = NULL;
            *place(&bigger, item->fd) = item;
        }
    free(l->bucket);
    *l = bigger;
    return true;
}

int loop_add(struct loop *l, int fd, uint32_t events, ready_fn fn, void *arg)
{
    struct item *item;
    struct epoll_event event = {.events = events};

    if (*place(l, fd) != NULL) {
        errno = EEXIST;
        return -1;
    }
    if (l->count >= l->buckets && !grow(l))
        return -1;
    item = malloc(sizeof(*item));
    if (item == NULL)
        return -1;
    *item = (struct item){NULL, fd, fn, arg};
    event.data.ptr = item;
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        free(item);
        return -1;
    }
    *place(l, fd) = item;
    l->count++;
    return 0;
}

int loop_modify(struct loop *l, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = *place(l, fd)}};

    if (event.data.ptr == NULL)
        return errno = ENOENT, -1;
    return epoll_ctl(l->epoll, EPOLL_CTL_MOD, fd, &event);
}

int loop_remove(struct loop *l, int fd)
{
    struct item **p = place(l, fd), *item = *p;

    if (item == NULL)
        return errno = ENOENT, -1;
    epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
    *p = item->chain;
    free(item);
    l->count--;
    return 0;
}

int loop_run(struct loop *l)
{
    while (!l->stop) {
        struct epoll_event event;
        int k;

        if (l->count == 0)
            return 0;
        k = epoll_wait(l->epoll, &event, 1, -1);
        if (k == -1 && errno != EINTR)
            return -1;
        if (k == 1) {
            struct item *item = event.data.ptr;

            item->fn(l, item->fd, event.events, item->arg);
        }
    }
    l->stop = false;
    return 1;
}

void loop_stop(struct loop *l)
{
    l->stop = true;
}

void loop_destroy(struct loop *l)
{
    for (size_t i = 0; l != NULL && i < l->buckets; i++)
        while (l->bucket[i] != NULL) {
            struct item *item = l->bucket[i];

            l->bucket[i] = item->chain;
            free(item);
        }
    if (l != NULL) {
        free(l->bucket);
        close(l->epoll);
    }
    free(l);
}

/* Reads once. 0: the end, 1: not yet, 2: stop, -1: failed. */
static int test(const int *fds, size_t i, chunk_fn on_chunk, void *arg)
{
    char seven[7];
    ssize_t k = read(fds[i], seven, sizeof(seven));

    if (k > 0)
        return on_chunk(i, seven, k, arg) ? 2 : 1;
    return k == 0 ? 0 : errno == EAGAIN || errno == EINTR ? 1 : -1;
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    size_t *file = NULL, files = 0, watched = 0, turn = 0;
    int epoll, result = -1, saved;

    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFD) == -1)
            return -1;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = i}};

        if (fds[i] < 0)
            continue;
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) == 0) {
            watched++;
            continue;
        }
        if (errno != EPERM)
            goto out;

        size_t *more = realloc(file, (files + 1) * sizeof(*file));

        if (more == NULL)
            goto out;
        file = more;
        file[files++] = i;
    }
    while (watched + files > 0) {
        struct epoll_event event;
        int k = watched > 0 ? epoll_wait(epoll, &event, 1, files > 0 ? 0 : -1) : 0;

        if (k == -1 && errno != EINTR)
            goto out;
        if (k == 1) {
            int what = test(fds, event.data.u64, on_chunk, arg);

            if (what == 0) {
                watched--;
                what = epoll_ctl(epoll, EPOLL_CTL_DEL, fds[event.data.u64], NULL);
            }
            if (what == -1)
                goto out;
            if (what == 2) {
                result = 1;
                goto out;
            }
        }
        if (files > 0) { /* one file a round: they take turns */
            int what = test(fds, file[turn %= files], on_chunk, arg);

            if (what == -1)
                goto out;
            if (what == 2) {
                result = 1;
                goto out;
            }
            if (what == 0)
                file[turn] = file[--files];
            else
                turn++;
        }
    }
    result = 0;
out:
    saved = errno;
    free(file);
    close(epoll);
    errno = saved;
    return result;
}

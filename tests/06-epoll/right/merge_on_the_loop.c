/*
 * Right: the merge runs on the loop of the same file, by steps that are given a time-out. The registry is an array
 * sorted by descriptor, with binary search. The batch is allocated, as large as what is watched, for each step, and
 * the loop knows all batches that are being delivered: who removes or modifies something goes through them.
 */
#define _GNU_SOURCE 1
#include "epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reg {
    int fd;
    uint32_t events;
    ready_fn fn;
    void *arg;
};

struct loop {
    int efd;
    bool stop;
    struct reg **sorted;
    size_t len, room;
    struct epoll_event *todo; /* of the step that runs */
    size_t todo_len;
};

struct loop *loop_create(void)
{
    int efd = epoll_create1(EPOLL_CLOEXEC);
    struct loop *loop;

    if (efd == -1)
        return NULL;
    loop = calloc(1, sizeof(*loop));
    if (loop == NULL) {
        close(efd);
        errno = ENOMEM;
        return NULL;
    }
    loop->efd = efd;
    return loop;
}

/* The first place whose descriptor is not lower than fd. */
static size_t lower_bound(const struct loop *loop, int fd)
{
    size_t low = 0, high = loop->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (loop->sorted[middle]->fd < fd)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool there(const struct loop *loop, size_t at, int fd)
{
    return at < loop->len && loop->sorted[at]->fd == fd;
}

int loop_add(struct loop *loop, int fd, uint32_t events, ready_fn fn, void *arg)
{
    size_t at = lower_bound(loop, fd);
    struct epoll_event event = {.events = events};
    struct reg *reg;

    if (there(loop, at, fd)) {
        errno = EEXIST;
        return -1;
    }
    if (loop->len == loop->room) {
        struct reg **more = reallocarray(loop->sorted, loop->room + 10, sizeof(*more));

        if (more == NULL)
            return -1;
        loop->sorted = more;
        loop->room += 10;
    }
    reg = malloc(sizeof(*reg));
    if (reg == NULL)
        return -1;
    *reg = (struct reg){fd, events, fn, arg};
    event.data.ptr = reg;
    if (epoll_ctl(loop->efd, EPOLL_CTL_ADD, fd, &event)) {
        free(reg);
        return -1;
    }
    memmove(loop->sorted + at + 1, loop->sorted + at, (loop->len - at) * sizeof(reg));
    loop->sorted[at] = reg;
    loop->len++;
    return 0;
}

static void forget_events(struct loop *loop, const struct reg *reg)
{
    for (size_t i = 0; i < loop->todo_len; i++)
        if (loop->todo[i].data.ptr == reg)
            loop->todo[i].events = 0;
}

int loop_modify(struct loop *loop, int fd, uint32_t events)
{
    size_t at = lower_bound(loop, fd);
    struct epoll_event event = {.events = events};

    if (!there(loop, at, fd)) {
        errno = ENOENT;
        return -1;
    }
    event.data.ptr = loop->sorted[at];
    if (epoll_ctl(loop->efd, EPOLL_CTL_MOD, fd, &event) == -1)
        return -1;
    loop->sorted[at]->events = events;
    forget_events(loop, loop->sorted[at]);
    return 0;
}

int loop_remove(struct loop *loop, int fd)
{
    size_t at = lower_bound(loop, fd);
    struct reg *reg;

    if (!there(loop, at, fd)) {
        errno = ENOENT;
        return -1;
    }
    reg = loop->sorted[at];
    epoll_ctl(loop->efd, EPOLL_CTL_DEL, fd, NULL);
    loop->len--;
    memmove(loop->sorted + at, loop->sorted + at + 1, (loop->len - at) * sizeof(reg));
    forget_events(loop, reg);
    free(reg);
    return 0;
}

/* One wait, and the callbacks for what it has found. -1 with errno. */
static int step(struct loop *loop, const struct timespec *limit)
{
    size_t size = loop->len > 0 ? loop->len : 1;
    struct epoll_event *todo = malloc(size * sizeof(*todo));
    int k;

    if (todo == NULL)
        return -1;
    k = epoll_pwait2(loop->efd, todo, size < 1000 ? (int)size : 1000, limit, NULL);
    if (k < 1) {
        int saved = errno;

        free(todo);
        errno = saved;
        return k == 0 || errno == EINTR ? 0 : -1;
    }
    loop->todo = todo;
    loop->todo_len = k;
    for (int i = 0; i < k; i++) {
        struct reg *reg = todo[i].data.ptr;

        if (todo[i].events == 0)
            continue;
        if (!loop->stop) {
            uint32_t events = todo[i].events;

            todo[i].events = 0;
            reg->fn(loop, reg->fd, events, reg->arg);
        } else if (reg->events & (EPOLLONESHOT | EPOLLET)) {
            todo[i].events = reg->events;
            if (epoll_ctl(loop->efd, EPOLL_CTL_MOD, reg->fd, &todo[i]) == -1)
                k = -1;
        }
    }
    loop->todo_len = 0;
    free(todo);
    return k == -1 ? -1 : 0;
}

int loop_run(struct loop *loop)
{
    while (!loop->stop && loop->len > 0)
        if (step(loop, NULL) == -1)
            return -1;
    if (!loop->stop)
        return 0;
    loop->stop = false;
    return 1;
}

void loop_stop(struct loop *loop)
{
    loop->stop = true;
}

void loop_destroy(struct loop *loop)
{
    if (loop == NULL)
        return;
    close(loop->efd);
    while (loop->len > 0)
        free(loop->sorted[--loop->len]);
    free(loop->sorted);
    free(loop);
}

struct merging {
    const int *fds;
    chunk_fn on_chunk;
    void *arg;
    int result, error;
};

struct source {
    struct merging *all;
    size_t index;
};

/* Reads once; false at the end of file. A failure and a stop are noted. */
static bool read_one(struct merging *all, size_t index)
{
    char buffer[3000];
    ssize_t got = read(all->fds[index], buffer, sizeof(buffer));

    if (got == -1 && errno != EAGAIN && errno != EINTR) {
        all->result = -1;
        all->error = errno;
    }
    if (got > 0 && all->on_chunk(index, buffer, got, all->arg) != 0)
        all->result = 1;
    return got != 0;
}

static void on_ready(struct loop *loop, int fd, uint32_t events, void *arg)
{
    struct source *source = arg;

    (void)events;
    if (!read_one(source->all, source->index))
        loop_remove(loop, fd);
    if (source->all->result != 0)
        loop_stop(loop);
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct merging all = {fds, on_chunk, arg, 0, 0};
    struct source *sources;
    struct loop *loop;
    size_t *file, files = 0;

    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFD) == -1)
            return -1;
    loop = loop_create();
    if (loop == NULL)
        return -1;
    sources = calloc(n + 1, sizeof(*sources));
    file = calloc(n + 1, sizeof(*file));
    if (sources == NULL || file == NULL) {
        all.result = -1;
        all.error = ENOMEM;
    }
    for (size_t i = 0; i < n && all.result == 0; i++) {
        if (fds[i] < 0)
            continue;
        sources[i] = (struct source){&all, i};
        if (loop_add(loop, fds[i], EPOLLIN, on_ready, &sources[i]) == 0)
            continue;
        if (errno == EPERM) {
            file[files++] = i;
        } else {
            all.result = -1;
            all.error = errno;
        }
    }
    while (all.result == 0 && (loop->len > 0 || files > 0)) {
        struct timespec none = {0, 0};

        if (step(loop, files > 0 ? &none : NULL) == -1) {
            all.result = -1;
            all.error = errno;
        }
        for (size_t i = 0; i < files && all.result == 0; i++)
            if (!read_one(&all, file[i]))
                file[i--] = file[--files];
    }
    free(file);
    free(sources);
    loop_destroy(loop);
    if (all.result == -1)
        errno = all.error;
    return all.result;
}

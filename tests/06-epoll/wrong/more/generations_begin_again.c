/*
 * fails: a_stale_event_does_not_reach_a_later_registration fail "The callback of a socket that was removed, and added again for EPOLLOU"
 * What is wrong: counts generations in a byte: the 256th registration after one is taken for it, and gets what
 * had been fetched for it.
 */
#include "epoll_loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct slot {
    ready_fn fn; /* NULL: free */
    void *arg;
    uint32_t events;
    uint8_t generation;
};

struct loop {
    int ep;
    struct slot *slots;
    size_t size, used;
    uint8_t generation;
    bool stop;
};

struct loop *loop_create(void)
{
    struct loop *l = malloc(sizeof(*l));

    if (l == NULL)
        return NULL;
    memset(l, 0, sizeof(*l));
    if ((l->ep = epoll_create1(EPOLL_CLOEXEC)) < 0) {
        free(l);
        return NULL;
    }
    return l;
}

static uint64_t pack(int fd, uint32_t generation)
{
    return (uint64_t)generation << 32 | (uint32_t)fd;
}

static int tell(struct loop *l, int op, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data = {.u64 = pack(fd, (uint8_t)(l->generation + 1))}};

    if (epoll_ctl(l->ep, op, fd, &e) == -1)
        return -1;
    l->generation++;
    return 0;
}

static struct slot *at(struct loop *l, int fd)
{
    if (fd >= 0 && (size_t)fd < l->size && l->slots[fd].fn != NULL)
        return &l->slots[fd];
    errno = ENOENT;
    return NULL;
}

int loop_add(struct loop *l, int fd, uint32_t events, ready_fn fn, void *arg)
{
    if (tell(l, EPOLL_CTL_ADD, fd, events) == -1)
        return -1;
    if ((size_t)fd >= l->size) {
        size_t size = (size_t)fd + 1 + (size_t)fd / 2;
        struct slot *slots = realloc(l->slots, size * sizeof(*slots));

        if (slots == NULL) {
            epoll_ctl(l->ep, EPOLL_CTL_DEL, fd, NULL);
            errno = ENOMEM;
            return -1;
        }
        memset(slots + l->size, 0, (size - l->size) * sizeof(*slots));
        l->slots = slots;
        l->size = size;
    }
    l->slots[fd] = (struct slot){fn, arg, events, l->generation};
    l->used++;
    return 0;
}

int loop_modify(struct loop *l, int fd, uint32_t events)
{
    struct slot *s = at(l, fd);

    if (s == NULL || tell(l, EPOLL_CTL_MOD, fd, events) == -1)
        return -1;
    s->events = events;
    s->generation = l->generation;
    return 0;
}

int loop_remove(struct loop *l, int fd)
{
    struct slot *s = at(l, fd);

    if (s == NULL)
        return -1;
    epoll_ctl(l->ep, EPOLL_CTL_DEL, fd, NULL);
    s->fn = NULL;
    l->used--;
    return 0;
}

/* The slot that an event is for; NULL if the event is stale. */
static struct slot *slot_of(struct loop *l, const struct epoll_event *e)
{
    struct slot *s = at(l, (int)(e->data.u64 & 0xffffffff));

    return s != NULL && s->generation == e->data.u64 >> 32 ? s : NULL;
}

int loop_run(struct loop *l)
{
    struct epoll_event e[20];
    int k = 0, i = 0;

    while (!l->stop && l->used > 0) {
        k = epoll_wait(l->ep, e, 20, -1);
        if (k == -1 && errno != EINTR)
            return -1;
        for (i = 0; i < k && !l->stop; i++) {
            struct slot *s = slot_of(l, &e[i]);

            if (s != NULL)
                s->fn(l, (int)(e[i].data.u64 & 0xffffffff), e[i].events, s->arg);
        }
    }
    if (!l->stop)
        return 0;
    for (; i < k; i++) {
        struct slot *s = slot_of(l, &e[i]);

        if (s == NULL || !(s->events & (EPOLLONESHOT | EPOLLET)))
            continue;
        /* Once more, please. */
        e[i].events = s->events;
        if (epoll_ctl(l->ep, EPOLL_CTL_MOD, (int)(e[i].data.u64 & 0xffffffff), &e[i]) == -1)
            return -1;
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
    if (l) {
        close(l->ep);
        free(l->slots);
        free(l);
    }
}

enum { UNKNOWN, POLLED, REGULAR, DONE };

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    unsigned char *kind = calloc(n + 1, 1);
    size_t open = 0, files = 0;
    int ep = -1, result = -1, saved;
    char data[10000];
    struct stat st;

    if (kind == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        kind[i] = DONE;
        if (fds[i] < 0)
            continue;
        if (fstat(fds[i], &st) == -1)
            goto out;
        kind[i] = S_ISREG(st.st_mode) ? REGULAR : POLLED;
        files += kind[i] == REGULAR;
        open++;
    }
    ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep == -1)
        goto out;
    for (size_t i = 0; i < n; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data = {.u64 = i}};

        if (kind[i] == POLLED && epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e) == -1)
            goto out;
    }
    while (open > 0) {
        struct epoll_event e[100];
        int k = epoll_wait(ep, e, 100, files > 0 ? 0 : -1);

        if (k == -1 && errno != EINTR)
            goto out;
        /* First the k that are ready, then all, of which the regular files count. */
        for (size_t j = 0; j < (k > 0 ? (size_t)k : 0) + (files > 0 ? n : 0); j++) {
            bool event = k > 0 && j < (size_t)k;
            size_t i = event ? (size_t)e[j].data.u64 : j - (k > 0 ? (size_t)k : 0);

            if (kind[i] != (event ? POLLED : REGULAR))
                continue;

            ssize_t got = read(fds[i], data, sizeof(data));

            if (got > 0 && on_chunk(i, data, got, arg)) {
                result = 1;
                goto out;
            }
            if (got == -1 && errno != EAGAIN && errno != EINTR)
                goto out;
            if (got != 0)
                continue;
            if (event && epoll_ctl(ep, EPOLL_CTL_DEL, fds[i], NULL) == -1)
                goto out;
            kind[i] = DONE;
            open--;
            if (!event && --files == 0)
                break;
        }
    }
    result = 0;
out:
    saved = errno;
    free(kind);
    if (ep != -1)
        close(ep);
    errno = saved;
    return result;
}

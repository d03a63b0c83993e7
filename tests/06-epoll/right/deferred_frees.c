/*
 * Right: registrations are a linked list, looked through from its head. One that is removed is only marked, and buried
 * when no event that was fetched can point at it any more: after the batch. A change marks it, too, until then.
 * What a stop leaves undelivered and the kernel will not tell again is noted at the registration, and delivered first
 * when the loop runs again. The merge takes a source that was served out of the set's reach (EPOLLONESHOT) and arms it
 * again by EPOLL_CTL_MOD.
 */
#include "epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct entry {
    struct entry *next;
    int fd;
    uint32_t events, owed; /* owed: fetched by the kernel's account, but not delivered */
    bool dead, changed;
    ready_fn fn;
    void *arg;
};

struct loop {
    struct entry *head, *graves;
    int epfd;
    bool in_batch, stopping;
};

struct loop *loop_create(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    int fd = epoll_create(1);

    if (loop != NULL && fd != -1 && fcntl(fd, F_SETFD, FD_CLOEXEC) != -1) {
        loop->epfd = fd;
        return loop;
    }

    int saved = loop == NULL ? ENOMEM : errno;

    if (fd != -1)
        close(fd);
    free(loop);
    errno = saved;
    return NULL;
}

/* Where the pointer to the entry of fd stands; at the end of the list: where it would. */
static struct entry **look_up(struct loop *loop, int fd)
{
    struct entry **p = &loop->head;

    while (*p != NULL && (*p)->fd != fd)
        p = &(*p)->next;
    return p;
}

static int ctl(struct loop *loop, int op, struct entry *entry, uint32_t events)
{
    struct epoll_event ev;

    ev.events = events;
    ev.data.ptr = entry;
    return epoll_ctl(loop->epfd, op, entry->fd, &ev);
}

int loop_add(struct loop *loop, int fd, uint32_t events, ready_fn fn, void *arg)
{
    struct entry **p = look_up(loop, fd), *entry;

    if (*p != NULL) {
        errno = EEXIST;
        return -1;
    }
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return -1;
    entry->fd = fd;
    entry->events = events;
    entry->fn = fn;
    entry->arg = arg;
    if (ctl(loop, EPOLL_CTL_ADD, entry, events) == -1) {
        int saved = errno;

        free(entry);
        errno = saved;
        return -1;
    }
    *p = entry;
    return 0;
}

int loop_modify(struct loop *loop, int fd, uint32_t events)
{
    struct entry *entry = *look_up(loop, fd);

    if (entry == NULL) {
        errno = ENOENT;
        return -1;
    }
    if (ctl(loop, EPOLL_CTL_MOD, entry, events) == -1)
        return -1;
    entry->events = events;
    entry->changed = true;
    entry->owed = 0;
    return 0;
}

static void bury(struct loop *loop)
{
    while (loop->graves != NULL) {
        struct entry *entry = loop->graves;

        loop->graves = entry->next;
        free(entry);
    }
}

int loop_remove(struct loop *loop, int fd)
{
    struct entry **p = look_up(loop, fd), *entry = *p;

    if (entry == NULL) {
        errno = ENOENT;
        return -1;
    }
    ctl(loop, EPOLL_CTL_DEL, entry, 0);
    *p = entry->next;
    entry->dead = true;
    entry->next = loop->graves;
    loop->graves = entry;
    if (!loop->in_batch)
        bury(loop);
    return 0;
}

/* Delivers k events, until a stop; what is left then is owed if nobody else will tell it again. */
static void deliver(struct loop *loop, const struct epoll_event ev[], int k)
{
    loop->in_batch = true;
    for (int i = 0; i < k; i++)
        ((struct entry *)ev[i].data.ptr)->changed = false;
    for (int i = 0; i < k; i++) {
        struct entry *entry = ev[i].data.ptr;

        if (entry->dead || entry->changed)
            continue;
        if (!loop->stopping)
            entry->fn(loop, entry->fd, ev[i].events, entry->arg);
        else if (entry->events & (EPOLLONESHOT | EPOLLET))
            entry->owed |= ev[i].events;
    }
    loop->in_batch = false;
    bury(loop);
}

/* The first entry that is owed something, as an event. */
static int find_owed(struct loop *loop, struct epoll_event *ev)
{
    for (struct entry *entry = loop->head; entry != NULL; entry = entry->next)
        if (entry->owed != 0) {
            ev->data.ptr = entry;
            ev->events = entry->owed;
            entry->owed = 0;
            return 1;
        }
    return 0;
}

int loop_run(struct loop *loop)
{
    for (;;) {
        struct epoll_event ev[8];
        int k;

        if (loop->stopping) {
            loop->stopping = false;
            return 1;
        }
        if (loop->head == NULL)
            return 0;
        k = find_owed(loop, ev);
        if (k == 0)
            k = epoll_pwait(loop->epfd, ev, 8, -1, NULL);
        if (k == -1 && errno != EINTR)
            return -1;
        deliver(loop, ev, k);
    }
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
}

void loop_destroy(struct loop *loop)
{
    if (loop == NULL)
        return;
    while (loop->head != NULL) {
        struct entry *entry = loop->head;

        loop->head = entry->next;
        free(entry);
    }
    close(loop->epfd);
    free(loop);
}

struct sources {
    const int *fds;
    bool *file;
    size_t open, files;
    chunk_fn on_chunk;
    void *arg;
};

/* 1: goes on, 0: ended, -1: failed, 2: stop. */
static int one_read(struct sources *s, size_t i)
{
    char bytes[128];
    ssize_t len = read(s->fds[i], bytes, sizeof(bytes));

    while (len == -1 && errno == EINTR)
        len = read(s->fds[i], bytes, sizeof(bytes));
    if (len == -1)
        return errno == EAGAIN ? 1 : -1;
    if (len == 0)
        return 0;
    return s->on_chunk(i, bytes, (size_t)len, s->arg) ? 2 : 1;
}

static int enlist(struct sources *s, size_t n, int epfd)
{
    for (size_t i = 0; i < n; i++) {
        struct epoll_event ev = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = i};

        if (s->fds[i] < 0)
            continue;
        s->open++;
        if (epoll_ctl(epfd, EPOLL_CTL_ADD, s->fds[i], &ev) == 0)
            continue;
        if (errno != EPERM)
            return -1;
        s->file[i] = true;
        s->files++;
    }
    return 0;
}

static int main_loop(struct sources *s, size_t n, int epfd)
{
    while (s->open > 0) {
        struct epoll_event ev[3];
        int k = epoll_wait(epfd, ev, 3, s->files ? 0 : -1), what;

        if (k == -1 && errno != EINTR)
            return -1;
        for (int j = 0; j < k; j++) {
            size_t i = ev[j].data.u64;

            what = one_read(s, i);
            ev[j].events = EPOLLIN | EPOLLONESHOT;
            if (what == 0)
                s->open--;
            if (what == -1 || epoll_ctl(epfd, what == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, s->fds[i], &ev[j]) == -1)
                return -1;
            if (what == 2)
                return 1;
        }
        for (size_t i = 0; s->files > 0 && i < n; i++) {
            if (!s->file[i])
                continue;
            what = one_read(s, i);
            if (what == -1)
                return -1;
            if (what == 2)
                return 1;
            if (what == 0) {
                s->file[i] = false;
                s->files--;
                s->open--;
            }
        }
    }
    return 0;
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct sources s = {fds, NULL, 0, 0, on_chunk, arg};
    int epfd, result = -1, saved;

    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFL) == -1)
            return -1;
    if (n == 0)
        return 0;
    s.file = calloc(n, sizeof(bool));
    if (s.file == NULL)
        return -1;
    epfd = epoll_create1(EPOLL_CLOEXEC);
    if (epfd != -1 && enlist(&s, n, epfd) != -1)
        result = main_loop(&s, n, epfd);
    saved = errno;
    if (epfd != -1)
        close(epfd);
    free(s.file);
    errno = saved;
    return result;
}

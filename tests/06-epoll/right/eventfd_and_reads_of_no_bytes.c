/*
 * A bell (an eventfd in the set) for loop_stop, generations that loop_modify changes, epoll_create and fcntl;
 * epoll_merge asks by reads of no bytes whether the sources are open, arms one-shots again, and takes one event a
 * wait.
 */
#define _GNU_SOURCE
#include "epoll_loop.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

/* hash table of registrations; events carry fd and generation; a stop rings an eventfd that is in the set as well */
enum { BUCKETS = 31 };
struct reg {
    struct reg *next;
    int fd;
    uint32_t gen, ev;
    ready_fn fn;
    void *arg;
};
struct loop {
    int ep, bell;
    bool stop;
    size_t count;
    uint32_t gen;
    struct reg *bucket[BUCKETS];
    struct epoll_event *pend; /* fetched, not delivered at a stop */
    int npend, ipend;
};

static struct reg **slot(struct loop *l, int fd)
{
    struct reg **p = &l->bucket[(unsigned)fd % BUCKETS];
    while (*p && (*p)->fd != fd)
        p = &(*p)->next;
    return p;
}
static uint64_t key(const struct reg *r)
{
    return (uint64_t)r->gen << 32 | (uint32_t)r->fd;
}

struct loop *loop_create(void)
{
    struct loop *l = malloc(sizeof *l);
    if (!l)
        return NULL;
    memset(l, 0, sizeof *l);
    l->pend = malloc(16 * sizeof *l->pend);
    if (!l->pend) {
        free(l);
        errno = ENOMEM;
        return NULL;
    }
    l->ep = epoll_create(5);
    if (l->ep < 0)
        goto bad;
    if (fcntl(l->ep, F_SETFD, FD_CLOEXEC) < 0)
        goto bad_ep;
    l->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->bell < 0)
        goto bad_ep;
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = ~0ull};
    if (epoll_ctl(l->ep, EPOLL_CTL_ADD, l->bell, &e) < 0)
        goto bad_bell;
    return l;
    int s;
bad_bell:
    s = errno;
    close(l->bell);
    errno = s;
bad_ep:
    s = errno;
    close(l->ep);
    errno = s;
bad:
    s = errno;
    free(l->pend);
    free(l);
    errno = s;
    return NULL;
}

int loop_add(struct loop *l, int fd, uint32_t events, ready_fn fn, void *arg)
{
    struct reg **p = slot(l, fd);
    if (*p) {
        errno = EEXIST;
        return -1;
    }
    struct reg *r = calloc(1, sizeof *r);
    if (!r)
        return -1;
    *r = (struct reg){.fd = fd, .gen = ++l->gen, .ev = events, .fn = fn, .arg = arg};
    struct epoll_event e = {.events = events, .data.u64 = key(r)};
    if (epoll_ctl(l->ep, EPOLL_CTL_ADD, fd, &e) < 0) {
        int s = errno;
        free(r);
        errno = s;
        return -1;
    }
    *p = r;
    l->count++;
    return 0;
}
int loop_modify(struct loop *l, int fd, uint32_t events)
{
    struct reg *r = *slot(l, fd);
    if (!r) {
        errno = ENOENT;
        return -1;
    }
    uint32_t g = r->gen;
    r->gen = ++l->gen;
    struct epoll_event e = {.events = events, .data.u64 = key(r)};
    if (epoll_ctl(l->ep, EPOLL_CTL_MOD, fd, &e) < 0) {
        r->gen = g;
        return -1;
    }
    r->ev = events;
    return 0;
}
int loop_remove(struct loop *l, int fd)
{
    struct reg **p = slot(l, fd), *r = *p;
    if (!r) {
        errno = ENOENT;
        return -1;
    }
    struct epoll_event none = {0};
    epoll_ctl(l->ep, EPOLL_CTL_DEL, fd, &none);
    *p = r->next;
    free(r);
    l->count--;
    return 0;
}
void loop_stop(struct loop *l)
{
    if (l->stop)
        return;
    l->stop = true;
    (void)!eventfd_write(l->bell, 1);
}
int loop_run(struct loop *l)
{
    while (1) {
        if (l->stop) {
            eventfd_t v;
            l->stop = false;
            (void)!eventfd_read(l->bell, &v);
            return 1;
        }
        if (!l->count)
            return 0;
        if (l->ipend == l->npend) {
            l->ipend = l->npend = 0;
            int n = epoll_pwait2(l->ep, l->pend, 16, NULL, NULL);
            if (n < 0) {
                if (errno == EINTR)
                    continue;
                return -1;
            }
            l->npend = n;
            continue;
        }
        struct epoll_event e = l->pend[l->ipend++];
        if (e.data.u64 == ~0ull)
            continue;
        struct reg *r = *slot(l, (int)(uint32_t)e.data.u64);
        if (!r || r->gen != (uint32_t)(e.data.u64 >> 32))
            continue;
        r->fn(l, r->fd, e.events, r->arg);
    }
}
void loop_destroy(struct loop *l)
{
    if (!l)
        return;
    for (int i = 0; i < BUCKETS; i++)
        while (l->bucket[i]) {
            struct reg *r = l->bucket[i];
            l->bucket[i] = r->next;
            free(r);
        }
    close(l->bell);
    close(l->ep);
    free(l->pend);
    free(l);
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    size_t left = 0, nfile = 0, *file = NULL;
    int ret = -1, e = 0;
    for (size_t i = 0; i < n; i++) {
        char c;
        if (fds[i] >= 0) {
            if (read(fds[i], &c, 0) == -1 && errno == EBADF)
                return -1;
            left++;
        }
    }
    if (!left)
        return 0;
    int ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep < 0)
        return -1;
    file = calloc(left, sizeof *file);
    if (!file) {
        e = errno;
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        struct epoll_event v = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = i};
        if (fds[i] < 0)
            continue;
        if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &v) == 0)
            continue;
        if (errno != EPERM) {
            e = errno;
            goto out;
        }
        file[nfile++] = i;
    }
    size_t turn = 0;
    while (left > 0) {
        struct epoll_event v[2];
        int k = epoll_wait(ep, v, 1, nfile ? 0 : -1);
        if (k < 0) {
            if (errno == EINTR)
                continue;
            e = errno;
            goto out;
        }
        size_t who[2];
        int m = 0;
        if (k)
            who[m++] = v[0].data.u64;
        if (nfile)
            who[m++] = file[turn++ % nfile];
        for (int j = 0; j < m; j++) {
            size_t s = who[j];
            char head[7], tail[900];
            struct iovec io[2] = {{head, 7}, {tail, 900}};
            ssize_t got = readv(fds[s], io, 2);
            int is_file = !(k && j == 0);
            if (got < 0 && errno != EAGAIN && errno != EINTR) {
                e = errno;
                goto out;
            }
            if (got == 0) {
                left--;
                if (!is_file) {
                    if (epoll_ctl(ep, EPOLL_CTL_DEL, fds[s], NULL)) {
                        e = errno;
                        goto out;
                    }
                } else
                    for (size_t x = 0; x < nfile; x++)
                        if (file[x] == s) {
                            file[x] = file[--nfile];
                            break;
                        }
                continue;
            }
            if (got > 0 && on_chunk(s, head, got < 7 ? got : 7, arg)) {
                ret = 1;
                goto out;
            }
            if (got > 7 && on_chunk(s, tail, got - 7, arg)) {
                ret = 1;
                goto out;
            }
            if (!is_file) {
                struct epoll_event again = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = s};
                if (epoll_ctl(ep, EPOLL_CTL_MOD, fds[s], &again)) {
                    e = errno;
                    goto out;
                }
            }
        }
    }
    ret = 0;
out:
    free(file);
    close(ep);
    if (ret < 0)
        errno = e;
    return ret;
}

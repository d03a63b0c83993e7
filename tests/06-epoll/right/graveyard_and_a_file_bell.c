/*
 * A list, whose removed nodes die after the round; an eventfd that is always readable stands for the files, so
 * that no wait has a time-out.
 */
#define _GNU_SOURCE
#include "epoll_loop.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* One linked list; removed nodes die after the round; what was fetched before a modify is void. */
struct node {
    int fd, dead, fresh;
    uint32_t ev;
    ready_fn fn;
    void *arg;
    struct node *next;
};
struct loop {
    int efd;
    int stopping;
    struct node *all;
    struct node *graveyard;
};

static struct node *look(struct loop *lp, int fd)
{
    for (struct node *n = lp->all; n; n = n->next)
        if (n->fd == fd)
            return n;
    errno = ENOENT;
    return NULL;
}
struct loop *loop_create(void)
{
    int efd = epoll_create1(EPOLL_CLOEXEC);
    if (efd == -1)
        return NULL;
    struct loop *lp = calloc(1, sizeof *lp);
    if (lp == NULL) {
        close(efd);
        errno = ENOMEM;
        return NULL;
    }
    lp->efd = efd;
    return lp;
}
int loop_add(struct loop *lp, int fd, uint32_t events, ready_fn fn, void *arg)
{
    struct stat st;
    if (fstat(fd, &st) == -1)
        return -1;
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
        errno = EPERM;
        return -1;
    }
    struct node *n = malloc(sizeof *n);
    if (n == NULL)
        return -1;
    *n = (struct node){fd, 0, 0, events, fn, arg, lp->all};
    struct epoll_event e;
    e.events = events;
    e.data.ptr = n;
    if (epoll_ctl(lp->efd, EPOLL_CTL_ADD, fd, &e) == -1) {
        int x = errno;
        free(n);
        errno = x;
        return -1;
    }
    lp->all = n;
    return 0;
}
int loop_modify(struct loop *lp, int fd, uint32_t events)
{
    struct node *n = look(lp, fd);
    if (n == NULL)
        return -1;
    struct epoll_event e = {.events = events, .data.ptr = n};
    if (epoll_ctl(lp->efd, EPOLL_CTL_MOD, fd, &e))
        return -1;
    n->ev = events;
    n->fresh = 1; /* what was fetched is void */
    return 0;
}
int loop_remove(struct loop *lp, int fd)
{
    struct node **p = &lp->all;
    while (*p && (*p)->fd != fd)
        p = &(*p)->next;
    if (*p == NULL) {
        errno = ENOENT;
        return -1;
    }
    struct node *n = *p;
    *p = n->next;
    epoll_ctl(lp->efd, EPOLL_CTL_DEL, fd, NULL);
    n->dead = 1;
    n->next = lp->graveyard;
    lp->graveyard = n;
    return 0;
}
static void bury(struct loop *lp)
{
    while (lp->graveyard) {
        struct node *n = lp->graveyard;
        lp->graveyard = n->next;
        free(n);
    }
}
int loop_run(struct loop *lp)
{
    enum { MOST = 1024 };
    struct epoll_event *got;
    int r = -1;
    if (lp->stopping) {
        lp->stopping = 0;
        return 1;
    }
    if (lp->all == NULL)
        return 0;
    got = malloc(MOST * sizeof *got);
    if (got == NULL)
        return -1;
    for (;;) {
        bury(lp);
        for (struct node *n = lp->all; n; n = n->next)
            n->fresh = 0;
        if (lp->all == NULL) {
            r = 0;
            break;
        }
        int k = epoll_pwait(lp->efd, got, MOST, -1, NULL);
        if (k == -1 && errno == EINTR)
            continue;
        if (k == -1)
            break;
        int i = 0;
        while (i < k && !lp->stopping) {
            struct node *n = got[i].data.ptr;
            if (!n->dead && !n->fresh)
                n->fn(lp, n->fd, got[i].events, n->arg);
            i++;
        }
        if (lp->stopping) {
            for (; i < k; i++) {
                struct node *n = got[i].data.ptr;
                if (n->dead || n->fresh)
                    continue;
                struct epoll_event e = {.events = n->ev, .data.ptr = n};
                epoll_ctl(lp->efd, EPOLL_CTL_MOD, n->fd, &e);
            }
            lp->stopping = 0;
            r = 1;
            break;
        }
    }
    {
        int x = errno;
        bury(lp);
        free(got);
        errno = x;
    }
    return r;
}
void loop_stop(struct loop *lp)
{
    lp->stopping = 1;
}
void loop_destroy(struct loop *lp)
{
    if (lp == NULL)
        return;
    while (lp->all) {
        struct node *n = lp->all;
        lp->all = n->next;
        free(n);
    }
    bury(lp);
    (void)close(lp->efd);
    free(lp);
}

/* files: an eventfd that is always readable stands for all of them in the set, so that no wait has a time-out */
int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    unsigned char *buf = NULL, *state = NULL;
    struct epoll_event *got = NULL;
    const size_t cap = 1 << 20;
    size_t i, open_ = 0, files = 0;
    int ep = -1, ev = -1, ret = -1, err = 0;
    for (i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFL) == -1)
            return -1;
    if (n == 0)
        return 0;
    if ((buf = malloc(cap)) == NULL || (state = calloc(n, 1)) == NULL || (got = calloc(n + 1, sizeof *got)) == NULL)
        goto fail;
    if ((ep = epoll_create1(EPOLL_CLOEXEC)) == -1)
        goto fail;
    for (i = 0; i < n; i++) {
        struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = i + 1};
        struct stat st;
        if (fds[i] < 0)
            continue;
        if (fstat(fds[i], &st) == -1)
            goto fail;
        if (S_ISREG(st.st_mode)) {
            state[i] = 2;
            files++;
            open_++;
            continue;
        }
        if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e) == -1)
            goto fail;
        state[i] = 1;
        open_++;
    }
    if (files) {
        struct epoll_event e = {.events = EPOLLIN, .data.u64 = 0};
        ev = eventfd(1, EFD_CLOEXEC);
        if (ev == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e) == -1)
            goto fail;
    }
    while (open_) {
        int k = epoll_wait(ep, got, n + 1 > 2000 ? 2000 : (int)n + 1, -1);
        if (k == -1) {
            if (errno == EINTR)
                continue;
            goto fail;
        }
        for (int j = 0; j < k; j++) {
            size_t from = got[j].data.u64, to = from;
            if (from == 0) {
                from = 1;
                to = n;
            }
            for (size_t s = from; s <= to; s++) {
                if (got[j].data.u64 == 0 && state[s - 1] != 2)
                    continue;
                ssize_t r;
                do
                    r = read(fds[s - 1], buf, cap);
                while (r == -1 && errno == EINTR);
                if (r == -1 && errno == EAGAIN)
                    continue;
                if (r == -1)
                    goto fail;
                if (r > 0) {
                    if (on_chunk(s - 1, buf, r, arg) != 0) {
                        ret = 1;
                        goto done;
                    }
                    continue;
                }
                if (state[s - 1] == 1)
                    epoll_ctl(ep, EPOLL_CTL_DEL, fds[s - 1], NULL);
                else if (--files == 0) {
                    epoll_ctl(ep, EPOLL_CTL_DEL, ev, NULL);
                }
                state[s - 1] = 0;
                open_--;
            }
        }
    }
    ret = 0;
    goto done;
fail:
    err = errno;
done:
    if (ev != -1)
        close(ev);
    if (ep != -1)
        close(ep);
    free(buf);
    free(state);
    free(got);
    if (ret == -1)
        errno = err;
    return ret;
}

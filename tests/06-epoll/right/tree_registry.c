/*
 * Right: the registry is a binary tree. A change of the events takes the registration out of the epoll set and puts a
 * new one in, so whatever was fetched for the old one is dead like that of a removed one; the dead stay in a list of
 * their own until nothing fetched is left. An event that a stop has kept from its callback is asked for again.
 */
#include "epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

struct node {
    struct node *low, *high, *dead_next;
    int fd;
    uint32_t events;
    ready_fn fn;
    void *arg;
    bool dead;
};

struct loop {
    int set;
    struct node *root, *dead;
    unsigned in_use; /* more than 0: events that were fetched may point to dead nodes */
    bool stop;
};

static struct node **seek(struct node **p, int fd)
{
    if (*p == NULL || (*p)->fd == fd)
        return p;
    return seek(fd < (*p)->fd ? &(*p)->low : &(*p)->high, fd);
}

struct loop *loop_create(void)
{
    struct loop *l = calloc(1, sizeof(struct loop));

    if (l != NULL && (l->set = epoll_create1(EPOLL_CLOEXEC)) == -1) {
        int saved = errno;

        free(l);
        l = NULL;
        errno = saved;
    }
    return l;
}

static struct node *make(struct loop *l, int fd, uint32_t events, ready_fn fn, void *arg)
{
    struct node *node = calloc(1, sizeof(*node));
    struct epoll_event event = {.events = events, .data.ptr = node};

    if (node == NULL)
        return NULL;
    if (epoll_ctl(l->set, EPOLL_CTL_ADD, fd, &event) == -1) {
        int saved = errno;

        free(node);
        errno = saved;
        return NULL;
    }
    node->fd = fd;
    node->events = events;
    node->fn = fn;
    node->arg = arg;
    return node;
}

int loop_add(struct loop *l, int fd, uint32_t events, ready_fn fn, void *arg)
{
    struct node **p = seek(&l->root, fd);

    if (*p != NULL) {
        errno = EEXIST;
        return -1;
    }
    *p = make(l, fd, events, fn, arg);
    return *p == NULL ? -1 : 0;
}

static void let_die(struct loop *l, struct node *node)
{
    node->dead = true;
    node->dead_next = l->dead;
    l->dead = node;
    while (l->in_use == 0 && l->dead != NULL) {
        node = l->dead;
        l->dead = node->dead_next;
        free(node);
    }
}

int loop_modify(struct loop *l, int fd, uint32_t events)
{
    struct node **p = seek(&l->root, fd), *old = *p, *new;
    struct epoll_event event;

    if (old == NULL) {
        errno = ENOENT;
        return -1;
    }
    if (epoll_ctl(l->set, EPOLL_CTL_DEL, fd, NULL) == -1)
        return -1;
    new = make(l, fd, events, old->fn, old->arg);
    if (new == NULL) {
        int saved = errno;

        event.events = old->events;
        event.data.ptr = old;
        epoll_ctl(l->set, EPOLL_CTL_ADD, fd, &event);
        errno = saved;
        return -1;
    }
    new->low = old->low;
    new->high = old->high;
    *p = new;
    let_die(l, old);
    return 0;
}

int loop_remove(struct loop *l, int fd)
{
    struct node **p = seek(&l->root, fd), *node = *p;

    if (node == NULL) {
        errno = ENOENT;
        return -1;
    }
    epoll_ctl(l->set, EPOLL_CTL_DEL, fd, NULL);
    *p = node->low;
    if (node->high != NULL) {
        struct node *subtree = node->low;

        *p = node->high;
        *seek(p, -2) = subtree; /* lower than every descriptor: the leftmost place */
    }
    let_die(l, node);
    return 0;
}

static int ask_again(struct loop *l, struct node *node)
{
    struct epoll_event event = {.events = node->events, .data.ptr = node};

    if (node->dead || !(node->events & (EPOLLONESHOT | EPOLLET)))
        return 0;
    return epoll_ctl(l->set, EPOLL_CTL_MOD, node->fd, &event);
}

int loop_run(struct loop *l)
{
    int result = 0;

    while (result == 0 && !l->stop && l->root != NULL) {
        struct epoll_event batch[256];
        int k = epoll_pwait(l->set, batch, 256, -1, NULL);

        if (k == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        l->in_use++;
        for (int i = 0; i < k; i++) {
            struct node *node = batch[i].data.ptr;

            if (l->stop)
                result |= ask_again(l, node);
            else if (!node->dead)
                node->fn(l, node->fd, batch[i].events, node->arg);
        }
        if (--l->in_use == 0 && l->dead != NULL) {
            struct node *last = l->dead;

            l->dead = last->dead_next;
            let_die(l, last);
        }
    }
    if (result != 0 || !l->stop)
        return result;
    l->stop = false;
    return 1;
}

void loop_stop(struct loop *l)
{
    l->stop = true;
}

static void fell(struct node *node)
{
    if (node == NULL)
        return;
    fell(node->low);
    fell(node->high);
    free(node);
}

void loop_destroy(struct loop *l)
{
    if (l == NULL)
        return;
    fell(l->root);
    close(l->set);
    free(l);
}

struct state {
    const int *fds;
    chunk_fn on_chunk;
    void *arg;
    int set;
    size_t watched, files;
    bool *file;
};

/* -1: failed, 0: goes on, 1: stop. A source that has ended is taken out. */
static int turn(struct state *s, size_t i)
{
    char bytes[600];
    struct iovec part = {bytes, sizeof(bytes)};
    ssize_t k = readv(s->fds[i], &part, 1);

    if (k > 0)
        return s->on_chunk(i, bytes, k, s->arg) != 0;
    if (k < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (s->file[i]) {
        s->file[i] = false;
        s->files--;
        return 0;
    }
    s->watched--;
    return epoll_ctl(s->set, EPOLL_CTL_DEL, s->fds[i], NULL);
}

static int rounds(struct state *s, size_t n)
{
    struct epoll_event batch[16];
    int what = 0;

    while (s->watched + s->files > 0) {
        int k = epoll_wait(s->set, batch, 16, s->files > 0 ? 0 : -1);

        if (k == -1 && errno != EINTR)
            return -1;
        for (int j = k - 1; j >= 0 && what == 0; j--)
            what = turn(s, batch[j].data.u64);
        for (size_t i = n; i-- > 0 && what == 0 && s->files > 0;)
            if (s->file[i])
                what = turn(s, i);
        if (what != 0)
            return what;
    }
    return 0;
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct state s = {.fds = fds, .on_chunk = on_chunk, .arg = arg, .set = -1};
    int result = -1, saved;

    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFD) == -1)
            return -1;
    s.file = calloc(n + 1, sizeof(bool));
    if (s.file == NULL)
        return -1;
    s.set = epoll_create1(EPOLL_CLOEXEC);
    if (s.set == -1)
        goto out;
    for (size_t i = 0; i < n; i++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = i};

        if (fds[i] < 0)
            continue;
        if (epoll_ctl(s.set, EPOLL_CTL_ADD, fds[i], &event) == 0) {
            s.watched++;
        } else if (errno == EPERM) {
            s.file[i] = true;
            s.files++;
        } else {
            goto out;
        }
    }
    result = rounds(&s, n);
out:
    saved = errno;
    free(s.file);
    if (s.set != -1)
        close(s.set);
    errno = saved;
    return result;
}

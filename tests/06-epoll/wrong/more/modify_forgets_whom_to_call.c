/*
 * fails: a_one_shot_fires_once_each_time_it_is_armed fail "The callback of a one-shot pipe that is not read was called"
 * fails: modify_changes_the_events_and_nothing_else spin "calls in a row that found nothing to do, without a wait that could hav"
 * fails: an_event_fetched_before_a_modify_is_not_delivered_for_the_old_events spin "calls in a row that found nothing to do, without a wait that could hav"
 * fails: what_a_stop_held_back_is_void_after_a_removal_or_a_change spin "calls in a row that found nothing to do, without a wait that could hav"
 * fails: a_stopped_loop_loses_no_one_shot_event stall "The parent waits in epoll_wait()"
 *
 * What is wrong: leaves the data of the event empty when it changes the events, so nobody knows afterwards whom to
 * call.
 */
#include "epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH = 64 };

struct watch {
    int fd;
    uint32_t events;
    ready_fn fn;
    void *arg;
};

struct loop {
    int epoll_fd;
    struct watch **by_fd;
    size_t capacity, watched;
    bool stopped;
    struct epoll_event batch[BATCH];
    int next, fetched;
};

struct loop *loop_create(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL)
        return NULL;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd == -1) {
        free(loop);
        return NULL;
    }
    return loop;
}

static struct watch *find(const struct loop *loop, int fd)
{
    if (fd < 0 || (size_t)fd >= loop->capacity || loop->by_fd[fd] == NULL) {
        errno = ENOENT;
        return NULL;
    }
    return loop->by_fd[fd];
}

static int reserve(struct loop *loop, int fd)
{
    size_t capacity = 2 * (size_t)fd + 16;

    if ((size_t)fd < loop->capacity)
        return 0;

    struct watch **larger = realloc(loop->by_fd, capacity * sizeof(*larger));

    if (larger == NULL)
        return -1;
    for (size_t i = loop->capacity; i < capacity; i++)
        larger[i] = NULL;
    loop->by_fd = larger;
    loop->capacity = capacity;
    return 0;
}

static int control(const struct loop *loop, int operation, struct watch *watch)
{
    struct epoll_event event = {.events = watch->events, .data.ptr = watch};

    return epoll_ctl(loop->epoll_fd, operation, watch->fd, &event);
}

int loop_add(struct loop *loop, int fd, uint32_t events, ready_fn fn, void *arg)
{
    struct watch *watch = malloc(sizeof(*watch));

    if (watch == NULL)
        return -1;
    *watch = (struct watch){fd, events, fn, arg};
    if (control(loop, EPOLL_CTL_ADD, watch) == -1) {
        free(watch);
        return -1;
    }
    if (reserve(loop, fd) == -1) {
        control(loop, EPOLL_CTL_DEL, watch);
        free(watch);
        errno = ENOMEM;
        return -1;
    }
    loop->by_fd[fd] = watch;
    loop->watched++;
    return 0;
}

static void strike_out(struct loop *loop, const struct watch *watch)
{
    for (int i = loop->next; i < loop->fetched; i++)
        if (loop->batch[i].data.ptr == watch)
            loop->batch[i].data.ptr = NULL;
}

int loop_modify(struct loop *loop, int fd, uint32_t events)
{
    struct watch *watch = find(loop, fd);

    if (watch == NULL)
        return -1;
    watch->events = events;
    strike_out(loop, watch);
    struct epoll_event event = {.events = events};

    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

int loop_remove(struct loop *loop, int fd)
{
    struct watch *watch = find(loop, fd);

    if (watch == NULL)
        return -1;
    control(loop, EPOLL_CTL_DEL, watch);
    strike_out(loop, watch);
    loop->by_fd[fd] = NULL;
    loop->watched--;
    free(watch);
    return 0;
}

static void give_back(struct loop *loop)
{
    while (loop->next < loop->fetched) {
        struct watch *watch = loop->batch[loop->next++].data.ptr;

        if (watch != NULL && (watch->events & (EPOLLONESHOT | EPOLLET)) != 0)
            control(loop, EPOLL_CTL_MOD, watch);
    }
}

int loop_run(struct loop *loop)
{
    for (;;) {
        if (loop->stopped) {
            loop->stopped = false;
            give_back(loop);
            return 1;
        }
        if (loop->next < loop->fetched) {
            struct epoll_event event = loop->batch[loop->next++];
            struct watch *watch = event.data.ptr;

            if (watch != NULL)
                watch->fn(loop, watch->fd, event.events, watch->arg);
            continue;
        }
        if (loop->watched == 0)
            return 0;
        loop->next = 0;
        loop->fetched = epoll_wait(loop->epoll_fd, loop->batch, BATCH, -1);
        if (loop->fetched == -1 && errno != EINTR)
            return -1;
    }
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

void loop_destroy(struct loop *loop)
{
    if (loop == NULL)
        return;
    for (size_t fd = 0; fd < loop->capacity; fd++)
        free(loop->by_fd[fd]);
    free(loop->by_fd);
    close(loop->epoll_fd);
    free(loop);
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct epoll_event ready[BATCH];
    size_t left = 0, files = 0;
    bool *is_file;
    char chunk[4096];
    int set, result = -1;

    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFD) == -1)
            return -1;
    is_file = calloc(n + 1, sizeof(bool));
    if (is_file == NULL)
        return -1;
    set = epoll_create1(EPOLL_CLOEXEC);
    if (set == -1) {
        free(is_file);
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};

        if (fds[i] < 0)
            continue;
        if (epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event) == -1) {
            if (errno != EPERM)
                goto out;
            is_file[i] = true;
            files++;
        }
        left++;
    }

    while (left > 0) {
        int found = epoll_wait(set, ready, BATCH, files > 0 ? 0 : -1);

        if (found == -1) {
            if (errno != EINTR)
                goto out;
            found = 0;
        }
        /* First the sources that are ready, then all, of which the files are served. */
        for (size_t turn = 0; turn < (size_t)found + (files > 0 ? n : 0); turn++) {
            bool event = turn < (size_t)found;
            size_t i = event ? ready[turn].data.u64 : turn - (size_t)found;

            if (!event && !is_file[i])
                continue;

            ssize_t got = read(fds[i], chunk, sizeof(chunk));

            if (got > 0) {
                if (on_chunk(i, chunk, got, arg) != 0) {
                    result = 1;
                    goto out;
                }
            } else if (got == 0) {
                left--;
                if (event) {
                    epoll_ctl(set, EPOLL_CTL_DEL, fds[i], NULL);
                } else {
                    is_file[i] = false;
                    files--;
                }
            } else if (errno != EAGAIN && errno != EINTR) {
                goto out;
            }
        }
    }
    result = 0;
out:
    free(is_file);
    close(set);
    return result;
}

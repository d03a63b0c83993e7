/*
 * fails: merge_fails_before_it_reads_anything fail "could watch no more descriptors (ENOSPC), gave 0"
 *
 * What is wrong: takes whatever epoll cannot watch for a regular file, whyever it cannot.
 */
#include "epoll_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

enum { BATCH = 64, CHUNK_SIZE = 4096 };

/* A registration: one descriptor that the loop watches. */
struct watch {
    int fd;
    uint32_t events; /* what it is watched for */
    ready_fn fn;
    void *arg;
};

struct loop {
    int epoll_fd;
    struct watch **by_fd;            /* by descriptor number; NULL: not watched */
    size_t capacity;                 /* of by_fd */
    size_t watched;                  /* how many are */
    bool stopped;                    /* loop_stop was called, and no loop_run has ended for it yet */
    struct epoll_event batch[BATCH]; /* what was fetched; data.ptr is the watch, or NULL if it was struck out */
    int next, fetched;               /* batch[next..fetched) is still to be delivered */
};

struct loop *loop_create(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL)
        return NULL;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd == -1) {
        int saved = errno;

        free(loop);
        errno = saved;
        return NULL;
    }
    return loop;
}

/* The registration of a descriptor number, whatever number it is; NULL with errno ENOENT if it is not watched. */
static struct watch *find(const struct loop *loop, int fd)
{
    if (fd < 0 || (size_t)fd >= loop->capacity || loop->by_fd[fd] == NULL) {
        errno = ENOENT;
        return NULL;
    }
    return loop->by_fd[fd];
}

/* Makes room in the table for the number fd. -1 with ENOMEM. */
static int reserve(struct loop *loop, int fd)
{
    size_t capacity = loop->capacity > 0 ? loop->capacity : 16;

    while (capacity <= (size_t)fd)
        capacity *= 2;
    if (capacity == loop->capacity)
        return 0;

    struct watch **larger = reallocarray(loop->by_fd, capacity, sizeof(*larger));

    if (larger == NULL)
        return -1;
    for (size_t i = loop->capacity; i < capacity; i++)
        larger[i] = NULL;
    loop->by_fd = larger;
    loop->capacity = capacity;
    return 0;
}

/* epoll_ctl for a registration. */
static int control(const struct loop *loop, int operation, struct watch *watch)
{
    struct epoll_event event = {.events = watch->events, .data.ptr = watch};

    return epoll_ctl(loop->epoll_fd, operation, watch->fd, &event);
}

int loop_add(struct loop *loop, int fd, uint32_t events, ready_fn fn, void *arg)
{
    int saved;

    if (find(loop, fd) != NULL) {
        errno = EEXIST;
        return -1;
    }

    struct watch *watch = malloc(sizeof(*watch));

    if (watch == NULL)
        return -1;
    *watch = (struct watch){.fd = fd, .events = events, .fn = fn, .arg = arg};
    /*
     * The kernel first: it knows what is open and what it can watch. Only then make room for the number, or one that
     * is not open at all could ask for a table of any size.
     */
    if (control(loop, EPOLL_CTL_ADD, watch) == -1)
        goto fail_add;
    if (reserve(loop, fd) == -1)
        goto fail_reserve;
    loop->by_fd[fd] = watch;
    loop->watched++;
    return 0;

fail_reserve:
    saved = errno;
    control(loop, EPOLL_CTL_DEL, watch); /* it was added just now: this cannot fail */
    errno = saved;
fail_add:
    saved = errno;
    free(watch);
    errno = saved;
    return -1;
}

/* Makes void what was fetched for a registration and is not delivered yet. */
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

    uint32_t before = watch->events;

    watch->events = events;
    if (control(loop, EPOLL_CTL_MOD, watch) == -1) {
        watch->events = before;
        return -1;
    }
    strike_out(loop, watch); /* the kernel looks anew, so what is still true will be fetched again */
    return 0;
}

int loop_remove(struct loop *loop, int fd)
{
    struct watch *watch = find(loop, fd);

    if (watch == NULL)
        return -1;
    /* It can fail only if fd was closed before it was removed; then the kernel has forgotten it, as we do now. */
    control(loop, EPOLL_CTL_DEL, watch);
    strike_out(loop, watch);
    loop->by_fd[fd] = NULL;
    loop->watched--;
    free(watch);
    return 0;
}

/*
 * Gives back what was fetched and will not be delivered now. A level-triggered event comes again by itself; for a
 * one-shot the kernel believes that it was delivered, and has disarmed it, and an edge is reported only once. Setting
 * the same events again arms both, and the kernel looks whether they are ready.
 */
static int give_back(struct loop *loop)
{
    int result = 0;

    while (loop->next < loop->fetched) {
        struct watch *watch = loop->batch[loop->next++].data.ptr;

        if (watch != NULL && (watch->events & (EPOLLONESHOT | EPOLLET)) != 0)
            if (control(loop, EPOLL_CTL_MOD, watch) == -1)
                result = -1;
    }
    return result;
}

/* Fetches the next events; none if it was interrupted. -1 with errno. */
static int fetch(struct loop *loop)
{
    int fetched = epoll_wait(loop->epoll_fd, loop->batch, BATCH, -1);

    if (fetched == -1 && errno != EINTR)
        return -1;
    loop->next = 0;
    loop->fetched = fetched > 0 ? fetched : 0;
    return 0;
}

int loop_run(struct loop *loop)
{
    for (;;) {
        if (loop->stopped) {
            loop->stopped = false;
            return give_back(loop) == -1 ? -1 : 1;
        }
        if (loop->next < loop->fetched) {
            struct epoll_event event = loop->batch[loop->next++];
            struct watch *watch = event.data.ptr;

            if (watch != NULL)
                watch->fn(loop, watch->fd, event.events, watch->arg); /* and `watch` may be gone after that */
        } else if (loop->watched == 0) {
            return 0;
        } else if (fetch(loop) == -1) {
            return -1;
        }
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

/* What became of one source in one round. */
enum outcome { GOES_ON, FINISHED, STOPPED, FAILED };

/* A merge: the sources are numbers into fds[]. */
struct merge {
    const int *fds;
    size_t unfinished;
    int epoll_fd;
    size_t *files; /* the sources that epoll refuses, which are always ready */
    size_t file_count;
    chunk_fn on_chunk;
    void *arg;
};

/*
 * Reads once from a source that does not block, and hands over what came. An interrupted read and an EAGAIN need no
 * loop here: epoll will say when it is worth another try.
 */
static enum outcome serve(struct merge *merge, size_t source)
{
    unsigned char chunk[CHUNK_SIZE];
    ssize_t got = read(merge->fds[source], chunk, sizeof(chunk));

    if (got == 0) {
        merge->unfinished--;
        return FINISHED;
    }
    if (got == -1)
        return errno == EAGAIN || errno == EINTR ? GOES_ON : FAILED;
    return merge->on_chunk(source, chunk, got, merge->arg) == 0 ? GOES_ON : STOPPED;
}

/* Adds all sources to the set, or to the list of files; nothing is read yet. -1 with errno. */
static int add_all(struct merge *merge, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};

        if (merge->fds[i] < 0)
            continue;
        if (epoll_ctl(merge->epoll_fd, EPOLL_CTL_ADD, merge->fds[i], &event) == -1) {
            if (errno == EBADF)
                return -1;
            merge->files[merge->file_count++] = i;
        }
        merge->unfinished++;
    }
    return 0;
}

/* Waits, and serves what epoll has found ready. */
static enum outcome serve_ready(struct merge *merge)
{
    struct epoll_event ready[BATCH];
    int found = epoll_wait(merge->epoll_fd, ready, BATCH, merge->file_count > 0 ? 0 : -1);

    if (found == -1)
        return errno == EINTR ? GOES_ON : FAILED;
    for (int i = 0; i < found; i++) {
        size_t source = ready[i].data.u64;
        enum outcome outcome = serve(merge, source);

        if (outcome == FINISHED)
            outcome = epoll_ctl(merge->epoll_fd, EPOLL_CTL_DEL, merge->fds[source], NULL) == 0 ? GOES_ON : FAILED;
        if (outcome != GOES_ON)
            return outcome;
    }
    return GOES_ON;
}

/* Serves each file once; the last one moves into the place of one that has ended. */
static enum outcome serve_files(struct merge *merge)
{
    for (size_t i = merge->file_count; i-- > 0;) {
        enum outcome outcome = serve(merge, merge->files[i]);

        if (outcome == FINISHED)
            merge->files[i] = merge->files[--merge->file_count];
        else if (outcome != GOES_ON)
            return outcome;
    }
    return GOES_ON;
}

/* 0, or -1 with errno EBADF if one of the descriptors that are not negative is not open. */
static int check_open(const int fds[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0 && fcntl(fds[i], F_GETFD) == -1)
            return -1;
    return 0;
}

int epoll_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct merge merge = {.fds = fds, .on_chunk = on_chunk, .arg = arg};
    enum outcome outcome = FAILED;
    int saved;

    if (check_open(fds, n) == -1) /* before our own epoll descriptor takes the first free number */
        return -1;
    merge.files = malloc((n > 0 ? n : 1) * sizeof(*merge.files));
    if (merge.files == NULL)
        return -1;
    merge.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (merge.epoll_fd == -1)
        goto fail_create;
    if (add_all(&merge, n) == -1)
        goto fail_add;

    outcome = GOES_ON;
    while (merge.unfinished > 0 && outcome == GOES_ON) {
        outcome = serve_ready(&merge);
        if (outcome == GOES_ON)
            outcome = serve_files(&merge);
    }

fail_add:
    saved = errno;
    close(merge.epoll_fd);
    errno = saved;
fail_create:
    saved = errno;
    free(merge.files);
    errno = saved;
    return outcome == GOES_ON ? 0 : outcome == STOPPED ? 1 : -1;
}

/*
 * Builds the pipeline from the last stage to the first, so every stage finds its reader waiting. Close-on-exec pipes
 * (pipe2), PIDs in a linked list, transfers by readv and writev, waits by wait4.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    struct iovec rest = {.iov_base = (void *)buf, .iov_len = len};
    while (rest.iov_len > 0) {
        ssize_t accepted;
        do
            accepted = writev(fd, &rest, 1);
        while (accepted == -1 && errno == EINTR);
        if (accepted == -1)
            return -1;
        rest.iov_base = (char *)rest.iov_base + accepted;
        rest.iov_len -= (size_t)accepted;
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    struct iovec room = {.iov_base = buf, .iov_len = cap};
    while (room.iov_len > 0) {
        ssize_t got;
        do
            got = readv(fd, &room, 1);
        while (got == -1 && errno == EINTR);
        if (got == -1)
            return -1;
        if (got == 0)
            break;
        room.iov_base = (char *)room.iov_base + got;
        room.iov_len -= (size_t)got;
    }
    return (ssize_t)(cap - room.iov_len);
}

/* A stage that runs. The list begins with the one started last, which is the leftmost. */
struct running {
    pid_t pid;
    struct running *to_the_right;
};

/* Waits for the whole list and frees it; returns the code of its last element, 0 for an empty one. */
static int wait_for_all(struct running *list)
{
    int code = 0;
    while (list != NULL) {
        struct running *next = list->to_the_right;
        int status;
        struct rusage usage;
        pid_t pid;
        while ((pid = wait4(list->pid, &status, 0, &usage)) == -1 && errno == EINTR)
            ;
        if (pid == -1)
            code = -1;
        else
            code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        free(list);
        list = next;
    }
    return code;
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    struct running *list = NULL;
    int drain = out; /* where the stage that is started next writes */
    int error = 0;

    for (size_t left = n; left > 0; left--) {
        int ends[2] = {in, -1};
        if (left > 1 && pipe2(ends, O_CLOEXEC) == -1) {
            error = errno;
            break;
        }
        struct running *stage = malloc(sizeof(*stage));
        pid_t pid = stage == NULL ? -1 : fork();
        if (pid == 0) {
            if (left > 1)
                close(ends[1]);
            if (left > 1 && in != drain)
                close(in);
            if (left < n && out != ends[0] && (left == 1 || out != in))
                close(out);
            _exit(stages[left - 1](ends[0], drain));
        }
        if (pid == -1)
            error = stage == NULL ? ENOMEM : errno;
        if (left < n)
            close(drain);
        if (left > 1)
            close(ends[0]);
        drain = ends[1];
        if (pid == -1) {
            free(stage);
            break;
        }
        stage->pid = pid;
        stage->to_the_right = list;
        list = stage;
    }
    if (error != 0 && drain != out && drain != -1)
        close(drain);

    int code = wait_for_all(list);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return code;
}

/*
 * Each stage moves its two descriptors to free numbers above 100 (fcntl F_DUPFD) and closes the old ones. It also sets
 * close-on-exec, by fcntl. The PIDs are in anonymous memory (mmap). Forks by _Fork, which runs no atfork handlers.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    const char *at = buf;
    const char *const end = at + len;
    ssize_t n = 0;
    for (; at != end; at += n) {
        n = write(fd, at, (size_t)(end - at));
        if (n == -1) {
            if (errno != EINTR)
                return -1;
            n = 0;
        }
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    char *at = buf;
    char *const end = at + cap;
    while (at != end) {
        ssize_t n = read(fd, at, (size_t)(end - at));
        switch (n) {
        case 0:
            return at - (char *)buf;
        case -1:
            if (errno == EINTR)
                break;
            return -1;
        default:
            at += n;
        }
    }
    return at - (char *)buf;
}

static int moved(int fd)
{
    int number = fcntl(fd, F_DUPFD, 100);
    if (number == -1)
        return fd; /* then it stays where it is */
    close(fd);
    fcntl(number, F_SETFD, FD_CLOEXEC);
    return number;
}

static void stage_process(stage_fn stage, int from, int to, int in, int out)
{
    if (in != from && in != to)
        close(in);
    if (out != in && out != from && out != to)
        close(out);
    int new_from = moved(from);
    int new_to = from == to ? new_from : moved(to);
    _exit(stage(new_from, new_to));
}

static void close_pair(int a, int b)
{
    int error = errno;
    if (a >= 0)
        close(a);
    if (b >= 0)
        close(b);
    errno = error;
}

static size_t start_all(const stage_fn *stages, size_t n, int in, int out, pid_t *pids)
{
    int left = -1; /* read end to the left of the stage */
    for (size_t i = 0; i < n; i++) {
        int right[2] = {-1, -1};
        if (i + 1 != n && pipe(right) != 0) {
            close_pair(left, -1);
            return i;
        }
        pids[i] = _Fork();
        if (pids[i] == 0) {
            if (right[0] != -1)
                close(right[0]);
            stage_process(stages[i], left == -1 ? in : left, right[1] == -1 ? out : right[1], in, out);
        }
        close_pair(left, right[1]);
        if (pids[i] < 0) {
            close_pair(right[0], -1);
            return i;
        }
        left = right[0];
    }
    return n;
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0 || n > SIZE_MAX / sizeof(pid_t)) {
        errno = n == 0 ? EINVAL : ENOMEM;
        return -1;
    }
    size_t size = n * sizeof(pid_t);
    pid_t *pids = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pids == MAP_FAILED)
        return -1;
    size_t started = start_all(stages, n, in, out, pids);
    int error = errno;
    int status = 0;
    for (size_t i = 0; i < started; i++)
        while (waitpid(pids[i], &status, 0) == -1 && errno == EINTR)
            continue;
    munmap(pids, size);
    errno = error;
    if (started < n)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

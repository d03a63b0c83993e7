/*
 * fails: write_all_goes_on_after_a_short_write fail "are right"
 * fails: write_all_repeats_an_interrupted_write fail "are right"
 *
 * What is wrong: counts what was written, but offers the first bytes again each time.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, buf, len);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
        len -= (size_t)n;
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    char *next = buf;
    size_t count = 0;
    while (count < cap) {
        ssize_t n = read(fd, next + count, cap - count);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
        if (n == 0)
            break;
        count += (size_t)n;
    }
    return (ssize_t)count;
}

static void close_end(int fd)
{
    int error = errno;
    if (fd != -1)
        close(fd);
    errno = error;
}

static void run_stage(stage_fn stage, int my_in, int my_out, int in, int out)
{
    if (in != my_in && in != my_out)
        close_end(in);
    if (out != in && out != my_in && out != my_out)
        close_end(out);
    _exit(stage(my_in, my_out));
}

static size_t start_stages(const stage_fn stages[], size_t n, int in, int out, pid_t pids[])
{
    int carried = -1;
    for (size_t i = 0; i < n; i++) {
        int ends[2] = {-1, -1};
        if (i < n - 1 && pipe(ends) == -1) {
            close_end(carried);
            return i;
        }
        pids[i] = fork();
        if (pids[i] == 0) {
            close_end(ends[0]);
            run_stage(stages[i], i == 0 ? in : carried, i == n - 1 ? out : ends[1], in, out);
        }
        close_end(carried);
        close_end(ends[1]);
        if (pids[i] == -1) {
            close_end(ends[0]);
            return i;
        }
        carried = ends[0];
    }
    return n;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    pid_t *pids = calloc(n, sizeof(*pids));
    if (pids == NULL)
        return -1;
    size_t started = start_stages(stages, n, in, out, pids);
    int error = errno;
    int code = -1;
    for (size_t i = 0; i < started; i++)
        code = wait_for(pids[i]);
    free(pids);
    if (started == n)
        return code;
    errno = error;
    return -1;
}

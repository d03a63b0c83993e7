/*
 * Straightforward, but with helpers whose names a grader or the C library may have too: read_all_, count, helper,
 * malloc_, buffer, main_loop, fail, test, run_suite. They are not even static, and must not get in anybody's way.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct buffer {
    char *at;
    size_t count;
};

int count;
struct pids_ {
    pid_t *board;
    size_t test;
};

void *malloc_(size_t size)
{
    return malloc(size > 0 ? size : 1);
}

ssize_t helper(int fd, struct buffer *buffer)
{
    for (;;) {
        ssize_t n = read(fd, buffer->at, buffer->count);
        if (n != -1 || errno != EINTR)
            return n;
    }
}

ssize_t read_all_(int fd, struct buffer *buffer)
{
    ssize_t sum = 0;
    while (buffer->count > 0) {
        ssize_t n = helper(fd, buffer);
        if (n == -1)
            return -1;
        if (n == 0)
            return sum;
        buffer->at += n;
        buffer->count -= (size_t)n;
        sum += n;
    }
    return sum;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    struct buffer buffer = {buf, cap};
    return read_all_(fd, &buffer);
}

int write_all(int fd, const void *buf, size_t len)
{
    const char *p = buf, *end = p + len;
    while (p < end) {
        ssize_t n = write(fd, p, (size_t)(end - p));
        if (n > 0)
            p += n;
        if (n == -1 && errno != EINTR)
            return -1;
    }
    return 0;
}

int fail(int *error)
{
    if (*error == 0)
        *error = errno;
    return -1;
}

int test(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return 128 + WTERMSIG(status);
}

void start(stage_fn stage, int mine_in, int mine_out, const int not_mine[], size_t how_many)
{
    for (size_t i = 0; i < how_many; i++) {
        int keep = not_mine[i] == mine_in || not_mine[i] == mine_out;
        for (size_t before = 0; before < i; before++)
            if (not_mine[before] == not_mine[i])
                keep = 1;
        if (!keep && not_mine[i] >= 0)
            close(not_mine[i]);
    }
    int value = stage(mine_in, mine_out);
    _exit(value);
}

int main_loop(struct pids_ *run, const stage_fn stages[], size_t n, int in, int out, int *error)
{
    int source = in;
    for (size_t i = 0; i < n && *error == 0; i++) {
        int ends[2] = {-1, out};
        if (i < n - 1 && pipe(ends) == -1) {
            fail(error);
        } else {
            pid_t pid = fork();
            if (pid == -1)
                fail(error);
            const int not_mine[] = {ends[0], in, out};
            if (pid == 0)
                start(stages[i], source, ends[1], not_mine, 3);
            if (pid > 0)
                run->board[run->test++] = pid;
            if (i < n - 1)
                close(ends[1]);
        }
        if (i > 0)
            close(source);
        source = ends[0];
        count++;
    }
    if (*error != 0 && source != -1)
        close(source);
    return *error == 0 ? 0 : -1;
}

int run_suite(struct pids_ *run)
{
    int status, code = -1;
    for (size_t i = 0; i < run->test; i++) {
        pid_t pid = -1;
        while (pid == -1) {
            pid = waitpid(run->board[i], &status, 0);
            if (pid == -1 && errno != EINTR)
                return -1;
        }
        code = test(status);
    }
    return code;
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    int error = n == 0 ? EINVAL : 0;
    if (error == 0) {
        struct pids_ run = {n <= (size_t)-1 / sizeof(pid_t) ? malloc_(n * sizeof(pid_t)) : NULL, 0};
        if (run.board == NULL) {
            errno = ENOMEM;
            return -1;
        }
        main_loop(&run, stages, n, in, out, &error);
        int code = run_suite(&run);
        free(run.board);
        if (error == 0)
            return code;
    }
    errno = error;
    return -1;
}

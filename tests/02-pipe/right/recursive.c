/*
 * Everything by recursion: a transfer is one call and the rest, a pipeline is its first stage and the rest. There is
 * no list of PIDs, each one is in a frame of the stack; the waits come on the way back, the last stage's first.
 */
#include "pipeline.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    if (len == 0)
        return 0;
    ssize_t part = write(fd, buf, len);
    if (part < 0)
        return errno == EINTR ? write_all(fd, buf, len) : -1;
    return write_all(fd, (const char *)buf + part, len - (size_t)part);
}

static ssize_t read_more(int fd, char *buf, size_t cap, size_t count)
{
    if (count == cap)
        return (ssize_t)count;
    ssize_t part = read(fd, buf + count, cap - count);
    if (part == 0)
        return (ssize_t)count;
    if (part < 0)
        return errno == EINTR ? read_more(fd, buf, cap, count) : -1;
    return read_more(fd, buf, cap, count + (size_t)part);
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    return read_more(fd, buf, cap, 0);
}

/* What no frame of the recursion changes. */
struct ends_of_the_line {
    int in, out;
};

static int wait_until_it_has_ended(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) == -1)
        return errno == EINTR ? wait_until_it_has_ended(pid) : -1;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return WTERMSIG(status) | 128;
}

/*
 * Runs stages[0..n), the first of which reads from. Closes from if it is a pipe end (not the caller's), on every path.
 * The code of the last one, or -1 with errno.
 */
static int run_rest(const stage_fn *stages, size_t n, int from, int from_is_pipe, const struct ends_of_the_line *caller)
{
    int ends[2] = {-1, caller->out};
    int failed = n > 1 && pipe(ends) == -1;
    pid_t pid = failed ? -1 : fork();
    if (pid == 0) {
        if (n > 1)
            close(ends[0]);
        if (n > 1 && caller->out != from)
            close(caller->out);
        if (from_is_pipe && caller->in != ends[1] && (n == 1 || caller->in != caller->out))
            close(caller->in);
        _exit((*stages)(from, ends[1]));
    }
    int error = errno;
    if (from_is_pipe)
        close(from);
    if (n > 1 && !failed)
        close(ends[1]);
    if (pid == -1) {
        if (n > 1 && !failed)
            close(ends[0]);
        errno = error;
        return -1;
    }
    if (n == 1)
        return wait_until_it_has_ended(pid);

    int code = run_rest(stages + 1, n - 1, ends[0], 1, caller);
    error = errno;
    wait_until_it_has_ended(pid);
    errno = error;
    return code;
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    struct ends_of_the_line caller = {in, out};
    if (n != 0)
        return run_rest(stages, n, in, 0, &caller);
    errno = EINVAL;
    return -1;
}

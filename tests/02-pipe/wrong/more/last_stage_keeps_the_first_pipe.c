/*
 * fails: a_stage_that_closes_its_input_stops_the_writer_before_it stall "child 3"
 * fails: a_stage_holds_its_own_two_descriptors_and_no_others descriptors "the read end of a pipe between two other stages"
 *
 * What is wrong: a stage closes the pipes after its own and forgets those before it: the last one holds the
 * read end of the first pipe.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(fd, (const char *)buf + done, len - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    size_t done = 0;
    while (done < cap) {
        ssize_t n = read(fd, (char *)buf + done, cap - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            break;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)done;
}

static void close_pipes(int (*pipes)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

static void run_stage(const stage_fn stages[], size_t i, size_t n, int (*pipes)[2], int in, int out)
{
    int my_in = i == 0 ? in : pipes[i - 1][0];
    int my_out = i == n - 1 ? out : pipes[i][1];
    for (size_t k = 0; k < n - 1; k++) {
        if (pipes[k][0] != my_in && k + 1 >= i)
            close(pipes[k][0]);
        if (pipes[k][1] != my_out)
            close(pipes[k][1]);
    }
    if (in != my_in && in != my_out)
        close(in);
    if (out != in && out != my_in && out != my_out)
        close(out);
    _exit(stages[i](my_in, my_out));
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    int(*pipes)[2] = malloc(n * sizeof(*pipes));
    pid_t *pids = malloc(n * sizeof(*pids));
    size_t made = 0;
    size_t started = 0;
    int error = 0;
    if (pipes == NULL || pids == NULL)
        error = ENOMEM;
    while (error == 0 && made < n - 1) {
        if (pipe(pipes[made]) == -1)
            error = errno;
        else
            made++;
    }
    while (error == 0 && started < n) {
        pid_t pid = fork();
        if (pid == 0)
            run_stage(stages, started, n, pipes, in, out);
        if (pid == -1)
            error = errno;
        else
            pids[started++] = pid;
    }
    close_pipes(pipes, made);
    int code = -1;
    for (size_t i = 0; i < started; i++)
        code = wait_for(pids[i]);
    free(pipes);
    free(pids);
    if (error == 0)
        return code;
    errno = error;
    return -1;
}

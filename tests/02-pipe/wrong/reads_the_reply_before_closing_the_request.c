/*
 * fails: end_of_file_travels_down_the_line stall "still open in the parent, as descriptor"
 * fails: a_stage_that_closes_its_output_ends_the_next stall "still open in the parent, as descriptor"
 *
 * What is wrong: the last of three stages answers the parent through a pipe, and the parent reads the whole reply
 * before it closes the write ends of the request's pipes: so the stages wait for the end of the request, and the parent
 * for the end of the reply.
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

static void close_ends(int (*pipes)[2], size_t count, int which)
{
    for (size_t i = 0; i < count; i++)
        close(pipes[i][which]);
}

static void run_stage(const stage_fn stages[], size_t i, size_t n, int (*pipes)[2], int in, int out)
{
    int my_in = i == 0 ? in : pipes[i - 1][0];
    int my_out = i == n - 1 ? out : pipes[i][1];
    for (size_t k = 0; k < n - 1; k++) {
        if (pipes[k][0] != my_in)
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
    int reply[2] = {-1, -1};
    if (error == 0 && n == 3 && pipe(reply) == -1)
        error = errno;
    while (error == 0 && started < n) {
        pid_t pid = fork();
        if (pid == 0) {
            if (reply[0] != -1)
                close(reply[0]);
            if (reply[1] != -1 && started != n - 1)
                close(reply[1]);
            if (reply[1] != -1 && started == n - 1 && out != in)
                close(out);
            run_stage(stages, started, n, pipes, in, reply[1] != -1 && started == n - 1 ? reply[1] : out);
        }
        if (pid == -1)
            error = errno;
        else
            pids[started++] = pid;
    }
    close_ends(pipes, made, 0);
    if (reply[1] != -1)
        close(reply[1]);
    if (reply[0] != -1) {
        char data[512];
        ssize_t got;
        while (error == 0 && (got = read_all(reply[0], data, sizeof data)) > 0)
            write_all(out, data, (size_t)got);
        close(reply[0]);
    }
    close_ends(pipes, made, 1);
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

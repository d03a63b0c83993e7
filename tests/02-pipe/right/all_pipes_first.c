/*
 * Makes all the pipes first, then all the children. Each child goes through the whole table and closes what it was not
 * given. The parent closes the table in one go. Waits by waitid, the last stage first, with a look (WNOWAIT) before.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    size_t done = 0;
    while (done != len) {
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
    for (ssize_t n = 1; n != 0 && done < cap;) {
        n = read(fd, (char *)buf + done, cap - done);
        if (n == -1 && errno != EINTR)
            return -1;
        if (n > 0)
            done += (size_t)n;
    }
    return (ssize_t)done;
}

static void close_table(int (*pipes)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

static void child(stage_fn stage, size_t i, size_t n, int (*pipes)[2], int in, int out)
{
    int mine[2] = {i == 0 ? in : pipes[i - 1][0], i == n - 1 ? out : pipes[i][1]};
    for (size_t k = 0; k < n - 1; k++) {
        for (int end = 0; end < 2; end++)
            if (pipes[k][end] != mine[0] && pipes[k][end] != mine[1])
                close(pipes[k][end]);
    }
    if (in != mine[0] && in != mine[1])
        close(in);
    if (out != in && out != mine[0] && out != mine[1])
        close(out);
    _exit(stage(mine[0], mine[1]) & 0xff);
}

static int collect(pid_t pid)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == -1)
        if (errno != EINTR)
            return -1;
    while (waitid(P_PID, (id_t)pid, &info, WEXITED) == -1)
        if (errno != EINTR)
            return -1;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    int(*pipes)[2] = malloc(n * sizeof(*pipes)); /* one more than needed: malloc(0) may be NULL */
    pid_t *pids = malloc(n * sizeof(*pids));
    size_t made = 0, started = 0;
    int error = 0, code = -1;
    if (pipes == NULL || pids == NULL)
        error = ENOMEM;

    while (error == 0 && made < n - 1) {
        if (pipe(pipes[made]) == -1)
            error = errno;
        else
            made++;
    }
    while (error == 0 && started < n) {
        pids[started] = fork();
        if (pids[started] == 0)
            child(stages[started], started, n, pipes, in, out);
        if (pids[started] == -1)
            error = errno;
        else
            started++;
    }
    close_table(pipes, made);

    for (size_t i = started; i-- > 0;) {
        int this_code = collect(pids[i]);
        if (i == n - 1)
            code = this_code;
    }
    free(pids);
    free(pipes);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return code;
}

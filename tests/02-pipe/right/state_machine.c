/*
 * One function for both directions of transfer, told apart by a pointer to the call. run_pipeline as a state machine
 * with one cleanup ladder; the codes come from waitid with P_PID; nothing is allocated for a single stage.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

typedef ssize_t (*transfer_fn)(int fd, void *at, size_t size);

static ssize_t give(int fd, void *at, size_t size)
{
    return write(fd, at, size);
}

static ssize_t take(int fd, void *at, size_t size)
{
    return read(fd, at, size);
}

/* Calls transfer until size bytes are through or it gives 0; the count, or -1. */
static ssize_t repeat(transfer_fn transfer, int fd, void *at, size_t size)
{
    size_t through = 0;
    while (through < size) {
        errno = 0;
        ssize_t n = transfer(fd, (char *)at + through, size - through);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n == 0)
            break;
        if (n > 0)
            through += (size_t)n;
    }
    return (ssize_t)through;
}

int write_all(int fd, const void *buf, size_t len)
{
    return repeat(give, fd, (void *)buf, len) == -1 ? -1 : 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    return repeat(take, fd, buf, cap);
}

/* Waits for one stage; gives its code. */
static int ended(pid_t pid)
{
    siginfo_t info = {0};
    int result;
    while ((result = waitid(P_PID, (id_t)pid, &info, WEXITED)) != 0 && errno == EINTR)
        ;
    if (result != 0)
        return -1;
    return info.si_code == CLD_EXITED ? info.si_status & 0xff : 128 + info.si_status;
}

static void drop(int *fd)
{
    if (*fd != -1)
        (void)close(*fd);
    *fd = -1;
}

enum state { NEED_PIPE, NEED_CHILD, NEED_CLOSE, NEED_WAIT, FINISHED };

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    pid_t one, *pids = &one;
    size_t i = 0, waited = 0;
    int left = -1, right[2] = {-1, -1};
    int code = -1, error = 0;
    enum state state = NEED_PIPE;

    if (n == 0)
        return errno = EINVAL, -1;
    if (n > 1 && (pids = calloc(n, sizeof(*pids))) == NULL)
        return errno = ENOMEM, -1;

    while (state != FINISHED) {
        switch (state) {
        case NEED_PIPE:
            state = NEED_CHILD;
            if (i + 1 < n && pipe(right) == -1) {
                right[0] = right[1] = -1;
                error = errno;
                state = NEED_CLOSE;
            }
            break;
        case NEED_CHILD:
            state = NEED_CLOSE;
            pids[i] = fork();
            if (pids[i] == -1) {
                error = errno;
            } else if (pids[i] == 0) {
                int is_first = left == -1, is_last = right[1] == -1;
                drop(&right[0]);
                if (in == out && !is_first && !is_last)
                    close(in);
                if (in != out && !is_first)
                    close(in);
                if (in != out && !is_last)
                    close(out);
                _exit(stages[i](is_first ? in : left, is_last ? out : right[1]));
            }
            break;
        case NEED_CLOSE:
            drop(&left);
            drop(&right[1]);
            left = right[0];
            right[0] = -1;
            if (error == 0)
                i++;
            else
                drop(&left);
            state = error != 0 || i == n ? NEED_WAIT : NEED_PIPE;
            break;
        case NEED_WAIT:
            if (waited == i)
                state = FINISHED;
            else
                code = ended(pids[waited++]);
            break;
        case FINISHED:
            break;
        }
    }
    if (pids != &one)
        free(pids);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return code;
}

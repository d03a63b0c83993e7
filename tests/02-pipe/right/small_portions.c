/*
 * Moves bytes through a small array of its own, at most 4096 at a time, never straight between the kernel and the
 * caller's memory. Stages are records in one array that grows by doubling; the waits go from the middle outwards, to
 * make the point that their order is free.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORTION = 4096 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

int write_all(int fd, const void *buf, size_t len)
{
    unsigned char portion[PORTION];
    for (size_t done = 0; done < len;) {
        size_t size = smaller(PORTION, len - done);
        memcpy(portion, (const unsigned char *)buf + done, size);
        ssize_t written = write(fd, portion, size);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -1;
        done += (size_t)written;
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    unsigned char portion[PORTION];
    size_t done = 0;
    while (done < cap) {
        ssize_t got = read(fd, portion, smaller(PORTION, cap - done));
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return -1;
        if (got == 0)
            break;
        memcpy((unsigned char *)buf + done, portion, (size_t)got);
        done += (size_t)got;
    }
    return (ssize_t)done;
}

struct stage {
    pid_t pid;
    int code;
};

struct stages {
    struct stage *all;
    size_t count, room;
};

static bool make_room(struct stages *s)
{
    if (s->count < s->room)
        return true;
    size_t room = s->room == 0 ? 4 : 2 * s->room;
    struct stage *all = realloc(s->all, room * sizeof(*all));
    if (all == NULL)
        return false;
    s->all = all;
    s->room = room;
    return true;
}

static void wait_for_stage(struct stage *stage)
{
    int status;
    pid_t pid;
    do {
        pid = waitpid(stage->pid, &status, 0);
    } while (pid == -1 && errno == EINTR);
    if (pid == -1)
        stage->code = -1;
    else if (WIFSIGNALED(status))
        stage->code = 128 + WTERMSIG(status);
    else
        stage->code = WEXITSTATUS(status);
}

static int wait_for_stages(struct stages *s)
{
    size_t middle = s->count / 2;
    for (size_t i = middle; i < s->count; i++)
        wait_for_stage(&s->all[i]);
    for (size_t i = middle; i > 0; i--)
        wait_for_stage(&s->all[i - 1]);
    return s->count > 0 ? s->all[s->count - 1].code : -1;
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    struct stages s = {NULL, 0, 0};
    int from = in, error = 0;
    for (size_t i = 0; i < n; i++) {
        bool last = i == n - 1;
        int to[2] = {-1, out};
        if (!make_room(&s)) {
            error = ENOMEM;
            break;
        }
        if (!last && pipe(to) == -1) {
            error = errno;
            break;
        }
        pid_t pid = fork();
        if (pid == 0) {
            free(s.all); /* this copy is the child's */
            if (!last)
                close(to[0]);
            if (i > 0 && !(last && in == out))
                close(in);
            if (!last && in != out)
                close(out);
            _exit(stages[i](from, to[1]));
        }
        if (pid == -1)
            error = errno;
        else
            s.all[s.count++].pid = pid;
        if (!last)
            close(to[1]);
        if (i > 0)
            close(from);
        from = to[0];
        if (error != 0)
            break;
    }
    if (error != 0 && from != in && from != -1)
        close(from);

    int code = wait_for_stages(&s);
    free(s.all);
    if (error == 0)
        return code;
    errno = error;
    return -1;
}

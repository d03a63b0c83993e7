/*
 * for: 02-pipe
 * fails: * any "in the caller's own process"
 *
 * What it tries: the last stage runs in the parent, which leaves with its code; a child goes on as the caller.
 */
#include "pipeline.h"

#include <errno.h>
#include <unistd.h>

static void attack(void)
{
    if (fork() != 0)
        _exit(0);
}

int write_all(int fd, const void *buf, size_t len)
{
    attack();
    const char *bytes = buf;
    while (len > 0) {
        ssize_t sent = write(fd, bytes, len);
        if (sent == -1 && errno != EINTR)
            return -1;
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        }
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    attack();
    size_t got = 0;
    while (got < cap) {
        ssize_t more = read(fd, (char *)buf + got, cap - got);
        if (more == 0)
            break;
        if (more == -1 && errno != EINTR)
            return -1;
        if (more > 0)
            got += (size_t)more;
    }
    return (ssize_t)got;
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    attack();
    (void)stages, (void)n, (void)in, (void)out;
    return 0;
}

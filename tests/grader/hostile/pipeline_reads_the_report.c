/*
 * for: 02-pipe
 * fails: * any "descriptor 3"
 *
 * What it tries: what the framework has written down so far is read and emptied.
 */
#include "pipeline.h"

#include <errno.h>
#include <unistd.h>

static void attack(void)
{
    char text[4096];
    (void)lseek(3, 0, SEEK_SET);
    (void)!read(3, text, sizeof text);
    (void)!write(3, "", 0);
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

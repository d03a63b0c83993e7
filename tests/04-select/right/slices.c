/*
 * Right: what is still watched is a map with a byte for each descriptor number, from which the sets are made, and one
 * function waits for both of them. The wait of select_ready is cut into slices of at most one second; between two
 * slices nothing is tried, so this is waiting, too.
 */
#include "select_merge.h"

#include <errno.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

struct map {
    unsigned char alive[FD_SETSIZE]; /* by descriptor: still watched */
    fd_set set;                      /* what the last wait has found */
};

static int enlist(struct map *map, const int fds[], size_t n)
{
    memset(map, 0, sizeof(*map));
    for (size_t i = 0; i < n; i++) {
        if (fds[i] < 0 || fds[i] >= FD_SETSIZE) {
            errno = EINVAL;
            return 0;
        }
        map->alive[fds[i]] = 1;
    }
    return 1;
}

/* Waits for what is alive, for us microseconds at most (for ever if that is negative). */
static int wait_some(struct map *map, long us)
{
    struct timeval tv = {us / 1000000, us % 1000000};
    int nfds = 0;

    FD_ZERO(&map->set);
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        if (map->alive[fd]) {
            FD_SET(fd, &map->set);
            nfds = fd + 1;
        }
    return select(nfds, &map->set, NULL, NULL, us < 0 ? NULL : &tv);
}

static long clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct map map;
    long begin = clock_us(), left = -1;
    int found, total = 0;

    if (!enlist(&map, fds, n))
        return -1;
    if (timeout_ms < 0 && n == 0) {
        errno = EINVAL;
        return -1;
    }
    do {
        if (timeout_ms >= 0) {
            left = timeout_ms * 1000L - (clock_us() - begin);
            left = left < 0 ? 0 : left;
        }
        found = wait_some(&map, left > 1000000 ? 1000000 : left);
    } while ((found == -1 && errno == EINTR) || (found == 0 && left > 1000000));

    for (size_t i = 0; found != -1 && i < n; i++) {
        ready[i] = FD_ISSET(fds[i], &map.set);
        total += ready[i];
    }
    return found == -1 ? -1 : total;
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct map map;
    char buffer[1024];

    if (!enlist(&map, fds, n))
        return -1;
    for (size_t open = n; open > 0;) {
        ssize_t len;

        if (wait_some(&map, -1) == -1) {
            if (errno != EINTR)
                return -1;
            FD_ZERO(&map.set);
        }
        for (size_t i = 0; i < n; i++) {
            if (!FD_ISSET(fds[i], &map.set))
                continue;
            len = read(fds[i], buffer, sizeof(buffer));
            if (len > 0) {
                if (on_chunk(i, buffer, (size_t)len, arg))
                    return 1;
            } else if (len == 0) {
                map.alive[fds[i]] = 0;
                open--;
            } else if (errno != EAGAIN && errno != EINTR) {
                return -1;
            }
        }
    }
    return 0;
}

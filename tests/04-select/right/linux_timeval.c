/*
 * Right: relies on Linux, where select itself lowers the time-out to what is left and leaves the sets alone when it
 * is interrupted: so the call is simply repeated with the same arguments, and no clock is read at all. The sources
 * are a linked list from which one that has ended is taken out. The helpers are not static, and have names that
 * others may have too.
 */
#include "select_merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

struct node {
    size_t number;
    int fd;
    struct node *next;
};

int count, fail;

int test(int fd);
void helper(struct node *list);
int read_all_(struct node *node, chunk_fn on_chunk, void *arg);
int main_loop(struct node **list, chunk_fn on_chunk, void *arg);

int test(int fd)
{
    return fd >= 0 && fd < FD_SETSIZE;
}

void helper(struct node *list)
{
    while (list != NULL) {
        struct node *next = list->next;

        free(list);
        list = next;
    }
}

/* One read; 0 at the end, -1 for a failure, 1 to go on, 2 to stop. */
int read_all_(struct node *node, chunk_fn on_chunk, void *arg)
{
    char buffer[512];

    for (;;) {
        ssize_t length = read(node->fd, buffer, sizeof(buffer));

        if (length == -1 && errno == EINTR)
            continue;
        if (length == -1)
            return errno == EAGAIN ? 1 : -1;
        if (length == 0)
            return 0;
        return on_chunk(node->number, buffer, length, arg) ? 2 : 1;
    }
}

int select_ready(const int fds[], size_t n, bool ready[], int timeout_ms)
{
    struct timeval left = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
    fd_set set;
    int top = 0;

    memset(&set, 0, sizeof(set));
    for (size_t i = 0; i < n; i++) {
        if (!test(fds[i])) {
            errno = EINVAL;
            return -1;
        }
        FD_SET(fds[i], &set);
        if (fds[i] > top)
            top = fds[i];
    }
    if (timeout_ms < 0 && n == 0) {
        errno = EINVAL;
        return -1;
    }
    while (select(n == 0 ? 0 : top + 1, n == 0 ? NULL : &set, NULL, NULL, timeout_ms < 0 ? NULL : &left) == -1)
        if (errno != EINTR)
            return -1;

    count = 0;
    for (size_t i = 0; i < n; i++) {
        ready[i] = FD_ISSET(fds[i], &set);
        if (ready[i])
            count++;
    }
    return count;
}

int main_loop(struct node **list, chunk_fn on_chunk, void *arg)
{
    while (*list != NULL) {
        fd_set set;
        int top = 0;

        FD_ZERO(&set);
        for (struct node *node = *list; node != NULL; node = node->next) {
            FD_SET(node->fd, &set);
            if (node->fd > top)
                top = node->fd;
        }
        while ((fail = select(top + 1, &set, NULL, NULL, NULL)) == -1)
            if (errno != EINTR)
                return -1;

        for (struct node **here = list; *here != NULL;) {
            struct node *node = *here;
            int what = FD_ISSET(node->fd, &set) ? read_all_(node, on_chunk, arg) : 1;

            if (what == -1)
                return -1;
            if (what == 2)
                return 1;
            if (what == 1) {
                here = &node->next;
                continue;
            }
            *here = node->next;
            free(node);
        }
    }
    return 0;
}

int select_merge(const int fds[], size_t n, chunk_fn on_chunk, void *arg)
{
    struct node *list = NULL;
    int result;

    for (size_t i = 0; i < n; i++) {
        if (!test(fds[i])) {
            errno = EINVAL;
            return -1;
        }
    }
    for (size_t i = n; i > 0; i--) {
        struct node *node = malloc(sizeof(*node));

        if (node == NULL) {
            helper(list);
            errno = ENOMEM;
            return -1;
        }
        *node = (struct node){i - 1, fds[i - 1], list};
        list = node;
    }
    result = main_loop(&list, on_chunk, arg);
    helper(list);
    return result;
}

/*
 * A linked list with one node a child, made as it goes, so memory may run out in the middle; waits by waitid.
 * The helpers have names that a library has too.
 */
#include "spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct test {
    struct test *next;
    size_t index;
    pid_t pid;
};

static struct test *malloc_(struct test *next, size_t index)
{
    struct test *node = malloc(sizeof(struct test));
    if (node != NULL) {
        node->next = next;
        node->index = index;
    }
    return node;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit((*body)(arg));
    return pid;
}

int await(pid_t pid)
{
    siginfo_t info;
    if (pid <= 0)
        return fail(EINVAL);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED) == -1)
        if (errno != EINTR)
            return -1;
    return info.si_code == CLD_EXITED ? info.si_status & 0xff : 128 + info.si_status;
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    struct test *all = NULL;
    int error = 0;
    for (size_t i = 0; i < n; i++)
        codes[i] = -1;

    for (size_t i = 0; i < n && error == 0; i++) {
        struct test *node = malloc_(all, i);
        if (node == NULL) {
            error = ENOMEM;
            break;
        }
        node->pid = fork();
        if (node->pid == 0)
            _exit(body(i));
        if (node->pid == -1) {
            error = errno;
            free(node);
        } else {
            all = node;
        }
    }

    while (all != NULL) {
        struct test *next = all->next;
        codes[all->index] = await(all->pid);
        free(all);
        all = next;
    }
    return error != 0 ? fail(error) : 0;
}

/*
 * spawn_all is made of spawn and await, with an argument for each child in an array that grows as needed.
 * await hears of stopped and continued children too, and goes on waiting for them.
 */
#include "spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
    int (*body)(size_t index);
    size_t index;
};

pid_t spawn(int (*body)(void *arg), void *arg)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    _exit(body(arg));
}

int await(pid_t pid)
{
    if (pid <= 0) {
        errno = EINVAL;
        return -1;
    }
    int status;
    do {
        if (waitpid(pid, &status, WUNTRACED | WCONTINUED) == -1) {
            if (errno == EINTR) {
                status = 0x7f; /* like a stopped child: wait again */
                continue;
            }
            return -1;
        }
    } while (WIFSTOPPED(status) || WIFCONTINUED(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int main_loop(void *arg)
{
    struct call *call = arg;
    return call->body(call->index);
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    size_t count = 0, room = 0;
    pid_t *read_all_ = NULL;
    int error = 0;
    while (count < n) {
        if (count == room) {
            room = room ? 2 * room : 2;
            pid_t *larger = realloc(read_all_, room * sizeof(pid_t));
            if (larger == NULL) {
                error = ENOMEM;
                break;
            }
            read_all_ = larger;
        }
        struct call call = {body, count};
        read_all_[count] = spawn(main_loop, &call);
        if (read_all_[count] < 0) {
            error = errno;
            break;
        }
        count++;
    }
    for (size_t i = 0; i < n; i++)
        codes[i] = i < count ? await(read_all_[i]) : -1;
    free(read_all_);
    if (error)
        errno = error;
    return error ? -1 : 0;
}

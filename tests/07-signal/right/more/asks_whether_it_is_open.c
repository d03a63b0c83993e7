/*
 * Asks by a read of no bytes whether the descriptor is open, before it blocks the signal; a descriptor set of its
 * own size.
 */
#define _GNU_SOURCE
#include "graceful.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaddset(&a.sa_mask, signo);
    if (sigaction(signo, &a, NULL) == 0)
        return 0;
    errno = EINVAL;
    return -1;
}

static volatile sig_atomic_t flag;
static void h(int s)
{
    (void)s;
    flag = 1;
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char probe;
    if (read(fd, &probe, 0) == -1 && errno == EBADF)
        return -1;
    sigset_t one, caller, gate;
    sigemptyset(&one);
    if (sigaddset(&one, signo) == -1)
        return -1;
    struct sigaction mine = {.sa_handler = h}, theirs;
    if (sigprocmask(SIG_BLOCK, &one, &caller) == -1)
        return -1;
    flag = 0;
    if (sigaction(signo, &mine, &theirs) == -1) {
        int e = errno;
        sigprocmask(SIG_SETMASK, &caller, NULL);
        errno = e;
        return -1;
    }
    gate = caller;
    sigdelset(&gate, signo);
    size_t words = (size_t)fd / (8 * sizeof(long)) + 1;
    unsigned long *set = NULL;
    int out = -1, e = 0;
    set = malloc(words * sizeof *set);
    if (set == NULL)
        e = errno;
    while (set) {
        for (size_t i = 0; i < words; i++)
            set[i] = 0;
        set[fd / (8 * sizeof(long))] |= 1ul << (fd % (8 * sizeof(long)));
        int n = pselect(fd + 1, (fd_set *)set, NULL, NULL, NULL, &gate);
        if (n < 0 && errno != EINTR) {
            e = errno;
            break;
        }
        if (!flag) {
            struct timespec t = {0, 0};
            if (sigtimedwait(&one, NULL, &t) > 0)
                flag = 1;
        }
        if (flag) {
            out = 1;
            break;
        }
        if (n < 0)
            continue;
        char b[100];
        ssize_t r = read(fd, b, 100);
        if (r > 0)
            consume(b, (size_t)r, arg);
        else if (r == 0) {
            out = 0;
            break;
        } else if (errno != EINTR) {
            e = errno;
            break;
        }
    }
    free(set);
    sigaction(signo, &theirs, NULL);
    sigprocmask(SIG_SETMASK, &caller, NULL);
    if (out < 0)
        errno = e;
    return out;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int st, e = errno;
    size_t n = 0;
    pid_t p;
    do {
        p = waitpid((pid_t)-1, &st, WNOHANG);
        if (p > 0 && (WIFEXITED(st) || WIFSIGNALED(st))) {
            int code;
            if (WIFEXITED(st))
                code = WEXITSTATUS(st);
            else
                code = 128 + WTERMSIG(st);
            n++;
            (*on_exit)(p, code, arg);
        }
    } while (p > 0 || (p == -1 && errno == EINTR));
    errno = e;
    return n;
}

/*
 * Waits in pselect. As a descriptor may be too large for an fd_set, the set is an array of words as long as it takes.
 * A signal that data keeps out of pselect is found by sigpending, and let in by sigsuspend. Installs by signal(),
 * which means the BSD way with glibc; reaps by wait4.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORD_BITS = sizeof(unsigned long) * CHAR_BIT };

static volatile sig_atomic_t count;

static void helper(int signo)
{
    (void)signo;
    count++;
}

int install_handler(int signo, void (*handler)(int))
{
    return signal(signo, handler) == SIG_ERR ? -1 : 0;
}

static int main_loop(int fd, int signo, const sigset_t *open_mask, unsigned long *set, size_t words,
                     void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char buffer[4096];
    for (;;) {
        for (size_t i = 0; i < words; i++)
            set[i] = 0;
        set[fd / WORD_BITS] = 1UL << (fd % WORD_BITS);
        int n = pselect(fd + 1, (fd_set *)set, NULL, NULL, NULL, open_mask);
        if (n == -1 && errno != EINTR)
            return -1;

        sigset_t pending;
        sigpending(&pending);
        if (count == 0 && sigismember(&pending, signo) == 1)
            while (count == 0)
                sigsuspend(open_mask);
        if (count > 0)
            return 1;

        if (n == 1) {
            ssize_t got = read(fd, buffer, sizeof(buffer));
            if (got > 0)
                consume(buffer, (size_t)got, arg);
            else if (got == 0)
                return 0;
            else if (errno != EINTR)
                return -1;
        }
    }
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    sigset_t callers, open_mask, mine;
    if (fcntl(fd, F_GETFD) == -1)
        return -1;
    sigemptyset(&mine);
    if (sigaddset(&mine, signo) == -1)
        return -1;

    size_t words = (size_t)fd / WORD_BITS + 1;
    unsigned long *set = malloc(words * sizeof(*set));
    if (set == NULL)
        return -1;

    int result = -1;
    sigprocmask(SIG_BLOCK, &mine, &callers);
    open_mask = callers;
    sigdelset(&open_mask, signo);
    struct sigaction new, old;
    new.sa_handler = helper;
    new.sa_flags = SA_RESTART;
    sigemptyset(&new.sa_mask);
    count = 0;
    if (sigaction(signo, &new, &old) == 0) {
        result = main_loop(fd, signo, &open_mask, set, words, consume, arg);
        int error = errno;
        sigaction(signo, &old, NULL);
        errno = error;
    }
    int error = errno;
    sigprocmask(SIG_SETMASK, &callers, NULL);
    free(set);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    const int error = errno;
    size_t n = 0;
    int status;
    pid_t pid;
    while ((pid = wait4(-1, &status, WNOHANG, NULL)) > 0) {
        n++;
        on_exit(pid, WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) + 128, arg);
    }
    errno = error;
    return n;
}

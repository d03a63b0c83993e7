/*
 * Always looks at sigpending before it reads, and takes what it finds by sigwait. Each piece is one level of a
 * recursion, which the compiler may turn into a loop. The wait is a ppoll. Pieces are seven bytes, read by readv into
 * two halves.
 */
#define _GNU_SOURCE
#include "graceful.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

typedef void (*consume_fn)(const void *data, size_t len, void *arg);

struct job {
    int fd, signo;
    consume_fn consume;
    void *arg;
    const sigset_t *mine, *wide;
};

static volatile sig_atomic_t let_in;

static void came_in(int signo)
{
    (void)signo;
    let_in = 1;
}

int install_handler(int signo, void (*handler)(int))
{
    if (signo <= 0 || signo == SIGKILL || signo == SIGSTOP) {
        errno = EINVAL;
        return -1;
    }
    struct sigaction change = {.sa_flags = SA_RESTART, .sa_handler = handler};
    return sigaction(signo, &change, NULL);
}

static int step(const struct job *job)
{
    struct pollfd poll_me = {job->fd, POLLIN, 0};
    int ready = ppoll(&poll_me, 1, NULL, job->wide);
    if (ready == -1 && errno != EINTR)
        return -1;
    if (let_in)
        return 1;
    sigset_t pending;
    if (sigpending(&pending) == 0 && sigismember(&pending, job->signo)) {
        int taken;
        return sigwait(job->mine, &taken) == 0 ? 1 : -1;
    }
    if (ready == 1) {
        char data[7];
        struct iovec halves[2] = {{data, 3}, {data + 3, 4}};
        ssize_t got = readv(job->fd, halves, 2);
        if (got == 0)
            return 0;
        if (got == -1 && errno != EINTR)
            return -1;
        if (got > 0)
            job->consume(data, (size_t)got, job->arg);
    }
    return 2; /* not finished */
}

static int run(const struct job *job, unsigned depth)
{
    int result = step(job);
    return result != 2 || depth == 0 ? result : run(job, depth - 1);
}

int serve_until_signal(int fd, int signo, consume_fn consume, void *arg)
{
    struct stat is_it_open;
    sigset_t mine, old, wide;
    if (fstat(fd, &is_it_open) == -1)
        return -1;
    sigemptyset(&mine);
    if (sigaddset(&mine, signo) == -1)
        return -1;
    sigprocmask(SIG_BLOCK, &mine, &old);
    wide = old;
    sigdelset(&wide, signo);
    struct sigaction ours = {.sa_handler = came_in}, theirs;
    let_in = 0;
    int result = sigaction(signo, &ours, &theirs);
    if (result == 0) {
        const struct job job = {fd, signo, consume, arg, &mine, &wide};
        do
            result = run(&job, 100);
        while (result == 2);
        int error = errno;
        sigaction(signo, &theirs, NULL);
        errno = error;
    }
    int error = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return result;
}

static pid_t next_child(int *code)
{
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid > 0)
        *code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return pid;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    const int before = errno;
    size_t children = 0;
    int code;
    for (pid_t pid = next_child(&code); pid > 0; pid = next_child(&code)) {
        on_exit(pid, code, arg);
        children++;
    }
    errno = before;
    return children;
}

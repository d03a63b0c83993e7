/*
 * An ordinary poll, with the signal unblocked around it, and a handler that jumps out of it by siglongjmp. The jump
 * also puts back the mask, in which the signal is blocked, so a second one stays in its queue. To jump out of poll
 * loses nothing, as poll takes nothing; out of read it would lose data.
 */
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf way_out;

static void jump(int signo)
{
    (void)signo;
    siglongjmp(way_out, 1);
}

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction now;
    if (signal(signo, handler) == SIG_ERR || sigaction(signo, NULL, &now) == -1)
        return -1;
    now.sa_flags |= SA_RESTART; /* as it is already, unless somebody has called siginterrupt */
    return sigaction(signo, &now, NULL);
}

/* 1 if the signal came, 0 if fd is ready, -1 with errno. Before and after, the signal is blocked. */
static int wait_for_data_or_signal(int fd, const sigset_t *set)
{
    if (sigsetjmp(way_out, 1) != 0)
        return 1;
    struct pollfd fds = {.fd = fd, .events = POLLIN};
    sigprocmask(SIG_UNBLOCK, set, NULL);
    int n = poll(&fds, 1, -1);
    int error = errno;
    sigprocmask(SIG_BLOCK, set, NULL);
    errno = error;
    return n == 1 ? 0 : -1;
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char buffer[512];
    sigset_t set, old_mask;
    struct sigaction action, old_action;

    if (sigemptyset(&set) == -1 || sigaddset(&set, signo) == -1)
        return -1;
    if (fd < 0 || fcntl(fd, F_GETFD) == -1) {
        errno = EBADF;
        return -1;
    }
    action.sa_handler = jump;
    action.sa_flags = 0;
    sigemptyset(&action.sa_mask);
    sigprocmask(SIG_BLOCK, &set, &old_mask);
    if (sigaction(signo, &action, &old_action) == -1) {
        sigprocmask(SIG_SETMASK, &old_mask, NULL);
        errno = EINVAL;
        return -1;
    }

    int result;
    int error;
    for (;;) {
        result = wait_for_data_or_signal(fd, &set);
        error = errno;
        if (result == -1 && error == EINTR)
            continue;
        if (result != 0)
            break;
        ssize_t len = read(fd, buffer, sizeof(buffer));
        error = errno;
        if (len == -1 && error == EINTR)
            continue;
        if (len <= 0) {
            result = len == 0 ? 0 : -1;
            break;
        }
        consume(buffer, (size_t)len, arg);
    }
    sigaction(signo, &old_action, NULL);
    sigprocmask(SIG_SETMASK, &old_mask, NULL);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int saved = errno;
    int status;
    size_t count = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0; count++) {
        int code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) | 0x80;
        on_exit(pid, code, arg);
    }
    errno = saved;
    return count;
}

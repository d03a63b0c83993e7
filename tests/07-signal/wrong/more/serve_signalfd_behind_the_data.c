/*
 * fails: a_regular_file_is_served_too fail "came while consume had a piece of a regular file, gave"
 * fails: a_pending_signal_ends_it_before_anything_is_read fail "The number of pieces that were consumed, though the signal was there"
 * fails: a_steady_writer_cannot_keep_the_signal_out fail "reads later the function still reads: as long as there is d"
 * fails: a_signal_during_consume_ends_it_before_the_next_read fail "came while consume had piece number"
 *
 * What is wrong: looks at the signalfd only when there is no data: data wins over the signal, and a steady writer
 * keeps it out.
 */
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static int pump(int fd, int signals, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    char data[4096];
    for (;;) {
        struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
        int ready = poll(p, 2, -1);
        if (ready == -1 && errno != EINTR)
            return -1;
        if (ready == -1)
            continue;
        struct signalfd_siginfo taken;
        if (p[0].revents == 0 && p[1].revents != 0 && read(signals, &taken, sizeof(taken)) == (ssize_t)sizeof(taken))
            return 1;
        ssize_t got = read(fd, data, sizeof(data));
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return -1;
        if (got == 0)
            return 0;
        consume(data, (size_t)got, arg);
    }
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    sigset_t only, callers_mask;

    sigemptyset(&only);
    if (fcntl(fd, F_GETFD) == -1 || sigaddset(&only, signo) == -1)
        return -1;
    if (signo == SIGKILL || signo == SIGSTOP) {
        errno = EINVAL;
        return -1;
    }
    int signals = signalfd(-1, &only, SFD_CLOEXEC);
    if (signals == -1)
        return -1;
    sigprocmask(SIG_BLOCK, &only, &callers_mask);

    int result = pump(fd, signals, consume, arg);

    int error = errno;
    close(signals);
    sigprocmask(SIG_SETMASK, &callers_mask, NULL);
    errno = error;
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno;
    int status;
    pid_t pid;
    size_t count = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        on_exit(pid, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), arg);
        count++;
    }
    errno = error;
    return count;
}

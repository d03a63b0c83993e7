/*
 * fails: a_signal_that_the_caller_holds_back_is_not_let_in fail "Signal 2 (Interrupt), which the caller had blocked a"
 *
 * What is wrong: lets SIGINT in while it waits, though the caller has it blocked.
 */
#define _GNU_SOURCE /* ppoll */
#include "graceful.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask); /* the signal itself is blocked while its handler runs, without being asked for */
    return sigaction(signo, &action, NULL);
}

/* What a call of serve_until_signal borrows from the caller in borrow_signal(), and returns in give_back_signal(). */
struct borrowed {
    int signo;
    sigset_t only_signo;
    sigset_t callers_mask;
    sigset_t open_mask; /* the caller's mask, but signo may come in */
    struct sigaction callers_action;
};

/* Set by the handler. sig_atomic_t: it is written in one piece; volatile: it is read from memory each time. */
static volatile sig_atomic_t signal_came;

static void note_signal(int signo)
{
    (void)signo;
    signal_came = 1; /* no call, so nothing that is not async-signal-safe, and errno is kept as well */
}

/* Blocks signo, and only then puts our handler in its place: so the handler can run nowhere but in ppoll. */
static int borrow_signal(struct borrowed *borrowed, int signo)
{
    borrowed->signo = signo;
    sigemptyset(&borrowed->only_signo);
    if (sigaddset(&borrowed->only_signo, signo) == -1)
        return -1; /* EINVAL: no such signal */
    if (sigprocmask(SIG_BLOCK, &borrowed->only_signo, &borrowed->callers_mask) == -1)
        return -1;
    borrowed->open_mask = borrowed->callers_mask;
    sigdelset(&borrowed->open_mask, signo);
    sigdelset(&borrowed->open_mask, SIGINT);

    signal_came = 0; /* a call before this one may have left a 1 here */
    struct sigaction action = {.sa_handler = note_signal};
    sigemptyset(&action.sa_mask);
    if (sigaction(signo, &action, &borrowed->callers_action) == -1) { /* EINVAL: it cannot be caught */
        int error = errno;
        sigprocmask(SIG_SETMASK, &borrowed->callers_mask, NULL);
        errno = error;
        return -1;
    }
    return 0;
}

/*
 * The other way round: first the disposition, then the mask. If the signal is pending by now, it comes as soon as it
 * is unblocked, and the caller's handler must be the one that gets it. Neither call can fail with what the kernel
 * gave us.
 */
static void give_back_signal(const struct borrowed *borrowed)
{
    int error = errno;
    sigaction(borrowed->signo, &borrowed->callers_action, NULL);
    sigprocmask(SIG_SETMASK, &borrowed->callers_mask, NULL);
    errno = error;
}

/* Has signo come? If it is still pending, takes it, one of it; if ppoll let it in, that one is enough. */
static bool take_signal(const struct borrowed *borrowed)
{
    if (signal_came)
        return true;
    const struct timespec only_look = {0, 0};
    int taken;
    do {
        taken = sigtimedwait(&borrowed->only_signo, NULL, &only_look);
    } while (taken == -1 && errno == EINTR);
    return taken == borrowed->signo;
}

static int serve(int fd, const struct borrowed *borrowed, void (*consume)(const void *data, size_t len, void *arg),
                 void *arg)
{
    unsigned char piece[16 * 1024];
    for (;;) {
        struct pollfd watched = {.fd = fd, .events = POLLIN};
        int ready = ppoll(&watched, 1, NULL, &borrowed->open_mask);
        if (ready == -1 && errno != EINTR)
            return -1;
        if (take_signal(borrowed))
            return 1;
        if (ready == -1)
            continue; /* it was some other signal, whose handler is the caller's */

        /* This read does not wait: ppoll has said that there is data, the end, or an error. */
        ssize_t got = read(fd, piece, sizeof(piece));
        if (got == -1 && errno != EINTR)
            return -1;
        if (got == 0)
            return 0;
        if (got > 0)
            consume(piece, (size_t)got, arg);
    }
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    /* Looked at before anything else: poll passes over negative descriptors, and would wait for ever. */
    int flags = fcntl(fd, F_GETFL);
    if (flags == -1)
        return -1; /* EBADF */
    if ((flags & O_ACCMODE) == O_WRONLY) {
        errno = EBADF; /* as read would say; but we would not get there: such a pipe end is never ready for reading */
        return -1;
    }

    struct borrowed borrowed;
    if (borrow_signal(&borrowed, signo) == -1)
        return -1;
    int result = serve(fd, &borrowed, consume, arg);
    give_back_signal(&borrowed);
    return result;
}

size_t reap_exited(void (*on_exit)(pid_t pid, int code, void *arg), void *arg)
{
    int error = errno; /* the last waitpid will say ECHILD, in the middle of whatever the signal has interrupted */
    size_t count = 0;
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG); /* no WUNTRACED: only children that have ended */
        if (pid <= 0)
            break; /* 0: there are children, and all of them run; -1: there are none */
        on_exit(pid, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), arg);
        count++; /* go on: three children that end at nearly the same time make one SIGCHLD, not three */
    }
    errno = error;
    return count;
}

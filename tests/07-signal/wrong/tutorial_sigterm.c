/*
 * fails: * forbidden_call "sleeping is not waiting"
 *
 * What is wrong: the tutorial's program: a handler that prints and exits, around a loop of sleep and work. It
 * prints and exits inside a handler; a signal before it is installed, or one that the caller has blocked, is lost
 * on it; and sleep is no wait for data.
 */
#include "graceful.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int install_handler(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(signo, &action, NULL);
}

static void say_goodbye(int signo)
{
    printf("got signal %d, bye\n", signo);
    exit(0);
}

int serve_until_signal(int fd, int signo, void (*consume)(const void *data, size_t len, void *arg), void *arg)
{
    if (signal(signo, say_goodbye) == SIG_ERR)
        return -1;
    for (;;) {
        char data[1024];
        ssize_t got = read(fd, data, sizeof(data));
        if (got <= 0)
            return (int)got;
        consume(data, (size_t)got, arg);
        printf("working\n");
        sleep(1);
    }
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

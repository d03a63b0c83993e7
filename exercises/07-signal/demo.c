/*
 * demo.c - a program that ends gracefully on SIGTERM, run with the graceful.c beside it.
 *
 *     child:  "tick 1" "tick 2" "tick 3"  ==lines==>  parent: serve_until_signal
 *             each waits until it was     <==acks===          shows what comes
 *             shown
 *             then kill(parent, SIGTERM)                      returns 1
 *
 * The child holds its end of the pipe open, so no end of file comes: it is the signal alone that ends the parent's
 * wait. Then the parent asks the child to end as well, and the handler of SIGCHLD reaps it.
 */
#include "graceful.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) give_up(const char *function)
{
    fprintf(stderr, "demo: %s: %s\n", function, strerror(errno));
    if (errno == ENOSYS)
        fprintf(stderr, "demo: %s in graceful.c is still to be written\n", function);
    exit(EXIT_FAILURE);
}

/* Shows what came, and acknowledges each line by one byte. arg: the pipe for that. */
static void show(const void *data, size_t len, void *arg)
{
    const int *acks = arg;
    const char *text = data;
    fwrite(text, 1, len, stdout);
    fflush(stdout);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n' && write(*acks, "!", 1) == -1)
            give_up("write");
}

/* What the handler finds out, for the program to print: printf has no business in a handler. */
static volatile sig_atomic_t reaped;
static volatile sig_atomic_t exit_code;

static void on_exit_of_child(pid_t pid, int code, void *arg)
{
    (void)pid;
    (void)arg;
    exit_code = code;
    reaped++;
}

static void on_sigchld(int signo)
{
    (void)signo;
    reap_exited(on_exit_of_child, NULL);
}

/* The child: its lines, one by one, then the signal; then it waits until it is killed itself. */
static void __attribute__((noreturn)) tick(int lines, int acks, pid_t parent)
{
    static const char *const text[] = {"child:  tick 1\n", "child:  tick 2\n", "child:  tick 3\n"};
    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
        char ack;
        if (write(lines, text[i], strlen(text[i])) == -1 || read(acks, &ack, 1) != 1)
            _exit(1);
    }
    kill(parent, SIGTERM);
    for (;;)
        pause();
}

/*
 * Waits until the child has ended, without reaping it; that is for the handler to do. If the handler was quicker
 * there is no such child any more, which is just as well.
 */
static void wait_for_the_end_of(pid_t child)
{
    siginfo_t info;
    while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == -1 && errno == EINTR)
        ;
}

/* Serves fd, and says what ended it. The child must not be left behind if that goes wrong. */
static void serve(int fd, int acks, pid_t child)
{
    int result = serve_until_signal(fd, SIGTERM, show, &acks);
    if (result == -1) {
        int error = errno;
        kill(child, SIGKILL);
        errno = error;
        give_up("serve_until_signal");
    }
    printf("parent: %s\n", result == 1 ? "SIGTERM has come" : "end of file");
    fflush(stdout);
}

int main(void)
{
    if (install_handler(SIGCHLD, on_sigchld) == -1)
        give_up("install_handler");

    /* From here on SIGTERM stays pending if it comes, until the parent serves: so it cannot come too early. */
    sigset_t only_sigterm;
    sigemptyset(&only_sigterm);
    sigaddset(&only_sigterm, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &only_sigterm, NULL) == -1)
        give_up("sigprocmask");

    int lines[2], acks[2];
    if (pipe(lines) == -1 || pipe(acks) == -1)
        give_up("pipe");
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == -1)
        give_up("fork");
    if (child == 0) {
        close(lines[0]);
        close(acks[1]);
        sigprocmask(SIG_UNBLOCK, &only_sigterm, NULL); /* the child is to end on SIGTERM as anybody does */
        tick(lines[1], acks[0], parent);
    }
    close(lines[1]);
    close(acks[0]);

    printf("parent: serves until SIGTERM comes\n");
    fflush(stdout);
    serve(lines[0], acks[1], child);

    printf("parent: sends SIGTERM to itself, and serves once more; it is pending by then\n");
    fflush(stdout);
    raise(SIGTERM);
    serve(lines[0], acks[1], child);

    kill(child, SIGTERM);
    wait_for_the_end_of(child);
    reap_exited(on_exit_of_child, NULL); /* in case that its SIGCHLD has not got through yet */
    close(lines[0]);
    close(acks[1]);
    if (reaped == 0) {
        fprintf(stderr, "demo: nobody has reaped the child: reap_exited in graceful.c is still to be written\n");
        return EXIT_FAILURE;
    }
    printf("parent: the child was reaped, its code is %d, which is 128 + %d\n", (int)exit_code, (int)exit_code - 128);
    return EXIT_SUCCESS;
}

/*
 * demo.c - a counter in two processes, run with the spawn.c beside it.
 *
 * The parent has a counter, forks, and both processes add 1 and print: 0, then
 * 1 and 1, never 2, because the child works on a copy. In what order two processes run
 * is open; here the order is sure all the same, because the parent prints
 * only after it has waited for the child. Then three children work at once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spawn.h"

static int add_one_and_print(void *arg)
{
    int *counter = arg;
    *counter += 1;
    printf("child:  counter %d, I am %d, my parent is %d\n", *counter, (int)getpid(), (int)getppid());
    fflush(stdout); /* the child ends in _exit, which throws away what is still in the buffer */
    return *counter;
}

static int square(size_t index)
{
    return (int)(index * index);
}

static _Noreturn void give_up(const char *function)
{
    fprintf(stderr, "demo: %s: %s\n", function, strerror(errno));
    if (errno == ENOSYS)
        fprintf(stderr, "demo: %s in spawn.c is still to be written\n", function);
    exit(EXIT_FAILURE);
}

static void count_in_two_processes(void)
{
    int counter = 0;
    printf("parent: counter %d, I am %d\n", counter, (int)getpid());
    fflush(stdout); /* or else the child gets a copy of these bytes, and prints them a second time */

    pid_t pid = spawn(add_one_and_print, &counter);
    if (pid == -1)
        give_up("spawn");
    counter += 1;

    int code = await(pid);
    if (code == -1)
        give_up("await");
    printf("parent: counter %d, my child was %d and ended with code %d\n", counter, (int)pid, code);
    fflush(stdout);
}

static void square_in_three_children(void)
{
    enum { CHILDREN = 3 };
    int codes[CHILDREN];
    if (spawn_all(CHILDREN, square, codes) == -1)
        give_up("spawn_all");
    for (int i = 0; i < CHILDREN; i++)
        printf("parent: child %d ended with code %d\n", i, codes[i]);
}

int main(void)
{
    count_in_two_processes();
    square_in_three_children();
    return EXIT_SUCCESS;
}

/*
 * fails: * any "in the caller's own process"
 *
 * What it tries: the same in a warning.
 */
#include "spawn.h"
#include <stdlib.h>
#include <sys/types.h>
#pragma message "\033[2J {@401000} ::notice::26/26"
#warning [2J]0;owned ::notice::26/26 </testcase>
pid_t spawn(int (*body)(void *arg), void *arg)
{
    (void)body, (void)arg;
    exit(0);
}

int await(pid_t pid)
{
    exit((int)pid * 0);
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    (void)n, (void)body, (void)codes;
    exit(0);
}

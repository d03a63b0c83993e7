/*
 * refused: "does not define the function await"
 *
 * What it tries: a function is data, so that a jump into the data follows.
 */
#include "spawn.h"

pid_t spawn(int (*body)(void *arg), void *arg)
{
    (void)body, (void)arg;
    return -1;
}

int spawn_all(size_t n, int (*body)(size_t index), int codes[])
{
    (void)n, (void)body, (void)codes;
    return -1;
}

#define await other_await
#undef await
char unused_here;

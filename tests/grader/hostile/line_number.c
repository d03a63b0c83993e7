/*
 * refused: "system"
 *
 * What it tries: a warning of the compiler at a line that no result can hold, so that nobody gets a report.
 */
#include "spawn.h"

#include <stdlib.h>

pid_t spawn(int (*body)(void *arg), void *arg)
{
    return system("true") == 0 ? (pid_t)body(arg) : -1;
}

#line 2000000000

static int unused;

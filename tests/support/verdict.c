/* verdict.c - the names of the verdicts. */
#include "verdict.h"

#include <string.h>

static const char *const names[VERDICT_COUNT] = {
    [VERDICT_PASS] = "pass",
    [VERDICT_FAIL] = "fail",
    [VERDICT_CRASH] = "crash",
    [VERDICT_MEMORY] = "memory",
    [VERDICT_DESCRIPTORS] = "descriptors",
    [VERDICT_PROCESSES] = "processes",
    [VERDICT_STALL] = "stall",
    [VERDICT_SPIN] = "spin",
    [VERDICT_TIMEOUT] = "timeout",
    [VERDICT_FORBIDDEN_CALL] = "forbidden_call",
    [VERDICT_DOES_NOT_COMPILE] = "does_not_compile",
    [VERDICT_NOT_HANDED_IN] = "not_handed_in",
    [VERDICT_SKIPPED] = "skipped",
    [VERDICT_GRADER_ERROR] = "grader_error",
};

const char *verdict_name(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? names[verdict] : "grader_error";
}

enum verdict verdict_from_name(const char *name)
{
    unsigned v = 0;

    while (v < VERDICT_COUNT && strcmp(names[v], name) != 0)
        v++;
    return (enum verdict)v;
}

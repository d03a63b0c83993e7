/*
 * shared_counters.c - the counters of a coverage run, shared by all processes of the run.
 *
 * A compiler's coverage counters are variables, written to a file when the process calls exit(). Here most processes do
 * not: children end in _exit, some are killed, and their counts would be lost. So the counters lie in memory that is
 * shared (grader/coverage puts them into a section of their own), and the runner alone writes the file, at the end.
 *
 * Linked into coverage runs only, behind the submission's object.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../calls.h"

void __gcov_dump(void);

enum { PAGE = 4096 };

/* The section's first page, and the first byte behind its last: the pages between hold counters and nothing else. */
extern char __start_gcov_counters[];
static char behind[PAGE] __attribute__((section("gcov_counters"), aligned(PAGE), used));

void coverage_begins(void)
{
    size_t size = (size_t)(behind - __start_gcov_counters);
    char *counted = malloc(size + 1);

    if (counted == NULL)
        abort();
    memcpy(counted, __start_gcov_counters, size);
    if (size > 0 && mmap(__start_gcov_counters, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
                         -1, 0) == MAP_FAILED) {
        perror("coverage: mmap");
        abort();
    }
    memcpy(__start_gcov_counters, counted, size);
    free(counted);
}

void coverage_ends(void)
{
    __gcov_dump();
}

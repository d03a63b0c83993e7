/*
 * valgrind_xml.h - what Valgrind found in one process: evidence/TOOL/TOOL.PID.xml.
 *
 * The format is Valgrind's own, "xml-output-protocol4.txt" in its sources. Of
 * each stack only what the collector asks for is kept: which line of the
 * submission it goes through, and what was called there. So a report of any
 * size takes little memory.
 */
#ifndef EAGAIN_VALGRIND_XML_H
#define EAGAIN_VALGRIND_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "xml_file.h"

enum {
    VALGRIND_MAX_ERRORS = 64, /* kept of a process; the later ones are only counted */
    VALGRIND_MAX_STACKS = 5,  /* kept of an error */
    VALGRIND_MAX_THREADS = 32,
    ALLOCATED_UNKNOWN = -1, /* no frame says which process allocated the block */
};

/* Who is the innermost in a stack of those that are not a library. */
enum innermost { INNERMOST_NOBODY, INNERMOST_SUBMISSION, INNERMOST_SUITE };

struct valgrind_stack {
    char about[200]; /* the sentence that introduces it: "Address 0x... is 0 bytes after a block of size 16 alloc'd" */
    char called[64]; /* the function of the innermost frame: "malloc" */
    char function[64]; /* the innermost function of the submission; "" if none is there */
    char file[64];     /* its file, without the directory */
    unsigned line;     /* and the line; 0 if it is not known */
    bool submission;   /* a frame of the submission is in the stack */
    enum innermost innermost;
    int allocated_depth; /* from a frame allocated_in_parent (0) or allocated_in_child_N (N) */
};

struct valgrind_error {
    char kind[32];  /* "InvalidRead", "Leak_DefinitelyLost", "Race", ... */
    char what[300]; /* Valgrind's own sentence */
    char more[200]; /* the sentence without a stack after it, if there is one */
    unsigned long leaked_bytes, leaked_blocks;
    unsigned threads[2]; /* numbers of the threads that it names; 0: none */
    struct valgrind_stack stacks[VALGRIND_MAX_STACKS];
    size_t stack_count;
};

struct valgrind_signal {
    int number; /* 0: no fatal signal */
    char name[16];
    char event[100];  /* what the kernel found: "Access not within mapped region"; "" if a process sent it */
    char address[24]; /* "0x0", or "" */
    struct valgrind_stack stack;
};

/* A thread that an error names, and where it was created. */
struct valgrind_thread {
    unsigned number;
    bool root;
    struct valgrind_stack created;
};

struct valgrind_report {
    char tool[16]; /* "memcheck" */
    long pid, parent;
    struct valgrind_error errors[VALGRIND_MAX_ERRORS];
    size_t count;
    size_t dropped;
    struct valgrind_signal signal;
    struct valgrind_thread threads[VALGRIND_MAX_THREADS];
    size_t thread_count;
};

/*
 * Reads the file PATH. REPORT holds what was read whatever is returned, except for an error that the file's end cut in
 * two; WHY (of SIZE bytes) says what is wrong.
 */
enum xml_end valgrind_xml_read(struct valgrind_report *report, const char *path, char *why, size_t size);

/* The thread NUMBER, or NULL if it was not announced. */
const struct valgrind_thread *valgrind_thread(const struct valgrind_report *report, unsigned number);

/* True if any stack of the error, or the creation of the thread that did it, goes through the submission. */
bool valgrind_is_submissions(const struct valgrind_report *report, const struct valgrind_error *error);

bool valgrind_is_leak(const struct valgrind_error *error);

#endif

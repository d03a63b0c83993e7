/*
 * source_lines.h - lines of the submission's source, and the line that an address in the suite program came from.
 *
 * Addresses are named by addr2line(1), which is started once, at the first
 * question, and asked through a pair of pipes: one address out, one line back.
 */
#ifndef EAGAIN_SOURCE_LINES_H
#define EAGAIN_SOURCE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "clean_text.h"

enum { SOURCE_MAX_FILES = 4 };

/* A line of a file of the submission. */
struct place {
    char file[64]; /* without the directory; "" if no place is known */
    unsigned line;
    char text[160]; /* the line itself, trimmed and cleaned; "" if it cannot be shown */
};

struct source_file {
    char name[64];
    char *bytes; /* NULL: it cannot be read */
    size_t size;
};

struct source_lines {
    const char *folder; /* WORK/source */
    const char *source; /* the submission's file in it: its lines are called just "line 12" */
    const char *suite;  /* the program that addresses are of */
    struct source_file files[SOURCE_MAX_FILES];
    size_t file_count;
    pid_t resolver; /* addr2line; 0: not started yet, -1: it failed */
    int to;         /* the write end of its input */
    FILE *from;     /* the read end of its output */
};

/* The strings must stay valid until source_lines_end(). */
void source_lines_begin(struct source_lines *lines, const char *folder, const char *source, const char *suite);

/* Gives everything back, waits for addr2line. False if addr2line was asked and could not answer. */
bool source_lines_end(struct source_lines *lines);

/* The line LINE of FILE (a name without directory). Only `text` can be empty. */
struct place source_line(struct source_lines *lines, const char *file, unsigned line);

/*
 * The place in the submission of the call that returns to ADDRESS; its file is "" if the address is not in it.
 * Then NAME (of SIZE bytes) is "check_X.c:41", or "" if nothing is known about it; NAME may be NULL.
 */
struct place source_of_address(struct source_lines *lines, uint64_t address, char *name, size_t size);

/* Adds "line 12 (`buf = malloc(n)`)", or "X.h:12 (...)" if it is not in the submission's main file. */
void text_add_place(struct text *text, const struct source_lines *lines, const struct place *place, bool with_text);

#endif

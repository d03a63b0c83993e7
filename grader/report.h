/*
 * report.h - the parts of the report, which tells what the result.json files say.
 *
 *   report.c           the command line, the exit status
 *   report_read.c      reads and checks the files; the file for a whole submission
 *   report_schema.c    what a result.json must have
 *   report_terminal.c  for the student, on a terminal
 *   report_failures.c  which of the failing tests it shows
 *   report_test.c      one test of it
 *   report_junit.c     for machines that read JUnit's XML
 *   report_platform.h  for Gradescope, PrairieLearn, Autolab, GitHub, spreadsheets: report_gradescope.c and so on
 *   report_print.c     words, wrapped to the width of a terminal
 */
#ifndef EAGAIN_REPORT_H
#define EAGAIN_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* ---- report_read.c */

/* All the results, checked: every field of docs/results.md is there and of its type. */
struct results {
    json_t *exercises; /* an array of the files' objects */
    const char *submission;
    long points, max_points; /* without the exercises that could not be graded; max_points: with them */
    bool complete;           /* nothing was skipped, nothing could not be graded */
};

/* Reads COUNT files. False after it has printed a line that says what is wrong. Give back with results_free(). */
bool results_read(struct results *results, const char *submission, char *const paths[], size_t count);
void results_free(struct results *results);

/* One file, checked. NULL after it has printed a line that says what is wrong. */
json_t *result_load(const char *path);
/* Adds the result of an exercise, which is taken over. False for want of memory. */
bool results_add(struct results *results, json_t *exercise);

/* Writes the file for the whole submission, whole or not at all. 0, or -1 with errno. */
int results_write(const struct results *results, const char *path);

/* The string of a field; "" if it is null. Valid as long as the object. */
const char *text_field(const json_t *object, const char *name);
/* The number of a field; 0 if it is null. */
long number_field(const json_t *object, const char *name);
bool is_verdict(const json_t *test, const char *verdict);

/* A test was skipped, or the exercise could not be graded. */
bool is_incomplete(const json_t *exercise);

/* ---- report_schema.c */

/* The name of the first field of a result.json that is missing or not of its type; NULL if all is well. */
const char *wrong_in_exercise(const json_t *exercise);

/* ---- report_print.c */

enum style { STYLE_PLAIN, STYLE_NAME, STYLE_GOOD, STYLE_BAD, STYLE_WARNING, STYLE_FAINT };

struct printer {
    FILE *out;
    size_t width; /* columns */
    bool color;
    bool utf8;
    size_t column; /* where we are in the line, from 0 */
    size_t lines;  /* how many have been ended */
};

/* Text in a style, as it is, without wrapping. */
void print_styled(struct printer *printer, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A path or an address, which is better too long for its line than broken; ends the line. */
void print_unbroken(struct printer *printer, const char *text);

/* Text of which so much is shown as fits into the line; ends the line. */
void print_cut(struct printer *printer, const char *text);

/* Text that is wrapped between words; the lines after the first begin in the column INDENT. Ends the line. */
void print_wrapped(struct printer *printer, size_t indent, const char *text);

/* Spaces up to the column TO (at least one if AT_LEAST_ONE). */
void print_to_column(struct printer *printer, size_t to, bool at_least_one);

void print_newline(struct printer *printer);

/* How many columns a text takes. */
size_t text_width(const struct printer *printer, const char *text);

/* ---- report_terminal.c */

struct detail {
    bool quiet;   /* nothing, but a line for what the grader could not tell */
    bool verbose; /* everything in full */
    bool list;    /* a line for each exercise, and where to go from here */
    bool own;     /* the user's own work: it is graded by make, and there is a next step */
    size_t rows;  /* of the terminal, in which the first failure is to stay in sight; 0 if there is no such limit */
};

void report_terminal(struct printer *printer, const struct results *results, const struct detail *detail);

/* ---- report_test.c */

enum { INDENT = 2 }; /* of what stands below an exercise's line */

/* "STALL  A stage sees end of file ... (2 points)" */
void print_heading(struct printer *printer, const json_t *test, enum style style);

/* Verdict and sentence, in one line. */
void print_in_short(struct printer *printer, const json_t *test, enum style style);

/* The heading, where it is, what was seen and expected, why, and where to read. */
void print_in_full(struct printer *printer, const json_t *test);

/* The heading, and why the test was skipped. */
void print_skipped(struct printer *printer, const json_t *test);

/* ---- report_failures.c */

/* What the student is to mend: neither passed nor skipped, which is this machine's fault. */
bool fails(const json_t *test);

/*
 * ROOM is the number of lines for them. The first failure is shown in full even if it takes more.
 * COMMAND is how all of them can be seen.
 */
void print_failures(struct printer *printer, const json_t *tests, size_t room, const char *command);

/* ---- report_junit.c */

/* Writes the file, whole or not at all. 0, or -1 with errno. */
int report_junit(const struct results *results, const char *path);

#endif

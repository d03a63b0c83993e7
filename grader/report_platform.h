/*
 * report_platform.h - what the formats for other systems have in common: one file of C each, report_NAME.c.
 *
 * One rule holds in all of them: what could not be graded is not worth zero points. How each says so is written at
 * the top of its file.
 */
#ifndef EAGAIN_REPORT_PLATFORM_H
#define EAGAIN_REPORT_PLATFORM_H

#include "json_file.h"
#include "report.h"

enum { DETAILS_SIZE = 8192 };

/* Whether the grader has a verdict on the test: false if it was skipped, or the grader could not tell. */
bool is_told(const json_t *test);

/* A test in a few lines, without its sentence: where, seen, expected, why, lesson, clause. SIZE bytes at most. */
void describe_test(char *to, size_t size, const json_t *exercise, const json_t *test);

/* One line: "40 of 60 points", or that it is not complete, with the reason and what to do. */
void describe_total(char *to, size_t size, const struct results *results);

/* ---- each of these writes its file whole or not at all. 0, or -1 with errno. */

int report_gradescope(const struct results *results, const char *path);
int report_prairielearn(const struct results *results, const char *path);
int report_autolab(const struct results *results, const char *path);
int report_github(const struct results *results, const char *path);
int report_csv(const struct results *results, const char *path);

/* ---- report_csv.c, for the class's file too */

/* Writes a cell in quotes, so that no spreadsheet takes it for a formula; no comma, no newline. */
void put_csv_cell(FILE *out, const char *text);

#endif

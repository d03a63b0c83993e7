/*
 * class.h - the parts of class_report, which tells what a whole class did.
 *
 *   class_report.c    the command line; reads the students' results one by one
 *   class_model.c     class.json: what is counted, for each student and for each test
 *   class_student.c   the report for one student, as text and as a page
 *   class_page.c      class.html
 *   class_tests.c     ... of which the tests are a part of their own
 *   class_table.c     class.csv
 *   html.c            text in pages
 */
#ifndef EAGAIN_CLASS_H
#define EAGAIN_CLASS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "report.h"

enum { STUDENT_NAME_SIZE = 400 };

struct student {
    char name[STUDENT_NAME_SIZE]; /* cleaned: safe to show */
    char file[256];               /* of the reports, without .html or .txt: encoded_name() */
    const char *problem;          /* why nothing could be graded; NULL if it could */
};

/* ---- class_model.c: the object that becomes class.json (docs/instructors.md) */

/* A new, empty class. NULL for want of memory. */
json_t *class_begin(void);

/* Adds a student with results, or with none if it has a problem. False for want of memory. */
bool class_add(json_t *class, const struct student *student, const struct results *results);

/* The sentence for a status: "does not compile", ... */
const char *status_words(const char *status);

/* ---- class_student.c: each writes its file whole or not at all. 0, or -1 with errno. */

/* STYLE is the text of class.css. */
int student_page(const struct student *student, const struct results *results, const char *style, const char *path);
int student_text(const struct student *student, const struct results *results, const char *path);

/* ---- the files for the whole class: the same. */

int class_table(const json_t *class, const char *path);
int class_page(const json_t *class, const char *style, const char *script, const char *path);

/* ---- class_tests.c: how the tests fared, as a part of the page. False for want of memory. */

bool put_tests(FILE *out, const json_t *class);

#endif

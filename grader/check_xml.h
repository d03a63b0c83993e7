/*
 * check_xml.h - what Check says about each test: evidence/TOOL/check.xml.
 *
 * Check takes exit(0) in a test for a pass: its word alone is no verdict, only
 * one of the things that the collector asks for.
 */
#ifndef EAGAIN_CHECK_XML_H
#define EAGAIN_CHECK_XML_H

#include <stddef.h>

#include "xml_file.h"

enum { CHECK_MAX_TESTS = 256 };

enum check_result {
    CHECK_SUCCESS,
    CHECK_FAILURE, /* an assertion of the test did not hold */
    CHECK_ERROR,   /* the test's process ended before the test did */
};

struct check_test {
    char name[96];
    enum check_result result; /* the worst of its iterations */
    char message[600];        /* cleaned; of the first bad iteration */
};

struct check_report {
    struct check_test tests[CHECK_MAX_TESTS];
    size_t count;
    size_t dropped; /* tests for which there was no room */
};

/* Reads the file PATH. REPORT holds what was read whatever is returned; WHY (of SIZE bytes) says what is wrong. */
enum xml_end check_xml_read(struct check_report *report, const char *path, char *why, size_t size);

/* The test NAME, or NULL. */
const struct check_test *check_find(const struct check_report *report, const char *name);

#endif

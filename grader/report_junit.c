/*
 * report_junit.c - the results as JUnit's XML, which most machines that run tests can read.
 *
 * A test of the manifest is a test case; what the grader could not tell is an
 * error there, and what the submission does wrong a failure.
 */
#include "report.h"

#include <errno.h>
#include <string.h>

#include "html.h"
#include "whole_file.h"

static void put_attribute(FILE *out, const char *name, const char *value)
{
    (void)fprintf(out, " %s=\"", name);
    put_html(out, value);
    (void)fputc('"', out);
}

static void put_line(FILE *out, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    put_html(out, label);
    put_html(out, text);
    (void)fputc('\n', out);
}

struct counts {
    size_t tests, failures, errors, skipped;
    long wall_ms;
};

/* Which element tells of the test; NULL if it passed. */
static const char *element_of(const json_t *test)
{
    if (is_verdict(test, "pass"))
        return NULL;
    if (is_verdict(test, "skipped"))
        return "skipped";
    return is_verdict(test, "grader_error") ? "error" : "failure";
}

static void count(struct counts *counts, const json_t *exercise)
{
    size_t i = 0;
    json_t *test = NULL;

    json_array_foreach(json_object_get(exercise, "tests"), i, test)
    {
        const char *element = element_of(test);
        counts->tests++;
        counts->failures += element != NULL && strcmp(element, "failure") == 0;
        counts->errors += element != NULL && strcmp(element, "error") == 0;
        counts->skipped += element != NULL && strcmp(element, "skipped") == 0;
    }
    counts->wall_ms += number_field(exercise, "wall_ms");
}

static void put_counts(FILE *out, const struct counts *c)
{
    (void)fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%ld.%03ld\"", c->tests,
                  c->failures, c->errors, c->skipped, c->wall_ms / 1000, c->wall_ms % 1000);
}

/* The text inside of a failure: what the terminal's report says. */
static void put_details(FILE *out, const json_t *test)
{
    const json_t *where = json_object_get(test, "where"), *lesson = json_object_get(test, "lesson");
    char line[700];

    put_line(out, "", text_field(test, "says"));
    if (json_is_object(where)) {
        (void)snprintf(line, sizeof line, "%.100s:%ld: %.400s", text_field(where, "file"), number_field(where, "line"),
                       text_field(where, "text"));
        put_line(out, "where: ", line);
    }
    put_line(out, "seen: ", text_field(test, "seen"));
    put_line(out, "expected: ", text_field(test, "expected"));
    put_line(out, "why: ", text_field(test, "why"));
    (void)snprintf(line, sizeof line, "%.300s#%.200s", text_field(lesson, "file"), text_field(lesson, "section"));
    put_line(out, "lesson: ", line);
    put_line(out, "clause: ", text_field(test, "clause"));
}

static void put_test(FILE *out, const json_t *exercise, const json_t *test)
{
    const char *element = element_of(test);
    const char *seen = text_field(test, "seen");

    (void)fputs("    <testcase", out);
    put_attribute(out, "classname", text_field(exercise, "exercise"));
    put_attribute(out, "name", text_field(test, "id"));
    if (element == NULL) {
        (void)fputs("/>\n", out);
        return;
    }
    (void)fprintf(out, ">\n      <%s", element);
    put_attribute(out, "message", seen[0] != '\0' ? seen : text_field(exercise, "reason"));
    if (strcmp(element, "skipped") == 0) {
        (void)fputs("/>\n", out);
    } else {
        put_attribute(out, "type", text_field(test, "verdict"));
        (void)fputc('>', out);
        put_details(out, test);
        (void)fprintf(out, "</%s>\n", element);
    }
    (void)fputs("    </testcase>\n", out);
}

static void put_exercise(FILE *out, const json_t *exercise)
{
    struct counts counts = {0};
    size_t i = 0;
    json_t *test = NULL;

    count(&counts, exercise);
    (void)fputs("  <testsuite", out);
    put_attribute(out, "name", text_field(exercise, "exercise"));
    put_counts(out, &counts);
    (void)fputs(">\n", out);
    json_array_foreach(json_object_get(exercise, "tests"), i, test) put_test(out, exercise, test);
    (void)fputs("  </testsuite>\n", out);
}

int report_junit(const struct results *results, const char *path)
{
    struct whole_file file;
    struct counts counts = {0};
    size_t i = 0;
    json_t *exercise = NULL;

    if (whole_file_begin(&file, path) == -1)
        return -1;
    json_array_foreach(results->exercises, i, exercise) count(&counts, exercise);
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", file.stream);
    put_attribute(file.stream, "name", results->submission);
    put_counts(file.stream, &counts);
    (void)fputs(">\n", file.stream);
    json_array_foreach(results->exercises, i, exercise) put_exercise(file.stream, exercise);
    (void)fputs("</testsuites>\n", file.stream);
    return whole_file_finish(&file);
}

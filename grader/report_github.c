/*
 * report_github.c - annotations for GitHub Actions: one workflow command for each test that did not pass.
 *
 * A workflow prints this file, and GitHub shows each message at its line of the submission. A newline in a message
 * would end the command and begin what may be another; so newlines, and in the properties colons and commas too, are
 * written as GitHub wants them. What could not be graded is a warning that says so; points are not part of this format.
 */
#include "report_platform.h"

#include <string.h>

#include "clean_text.h"
#include "whole_file.h"

/* Writes a text with the characters in SPECIAL as %XX. */
static void put_escaped(FILE *out, const char *text, const char *special)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr(special, *c) != NULL)
            (void)fprintf(out, "%%%02X", (unsigned char)*c);
        else
            (void)fputc(*c, out);
    }
}

static void put_message(FILE *out, const char *bytes)
{
    char clean[DETAILS_SIZE];
    struct text text = TEXT_IN(clean);

    text_add_line(&text, "%s", bytes);
    /* A newline at the end would be an empty line in the annotation. */
    while (text.len > 0 && clean[text.len - 1] == '\n')
        clean[--text.len] = '\0';
    put_escaped(out, clean, "%\r\n");
    (void)fputc('\n', out);
}

static void put_property(FILE *out, const char *name, const char *bytes)
{
    char clean[1200];

    CLEAN_COPY(clean, bytes);
    (void)fprintf(out, "%s=", name);
    put_escaped(out, clean, "%\r\n:,");
}

/* "::error file=exercises/02-pipe/pipeline.c,line=52,title=...::..." */
static void put_annotation(FILE *out, const json_t *exercise, const json_t *test)
{
    char details[DETAILS_SIZE], title[1200];
    struct text text = TEXT_IN(title);
    const json_t *where = json_object_get(test, "where");

    (void)fprintf(out, "::%s ", is_told(test) ? "error" : "warning");
    put_property(out, "file", text_field(exercise, "source"));
    if (json_is_object(where) && number_field(where, "line") > 0)
        (void)fprintf(out, ",line=%ld", number_field(where, "line"));
    text_add(&text, "%s: %s", text_field(exercise, "exercise"), text_field(test, "says"));
    (void)fputc(',', out);
    put_property(out, "title", title);
    (void)fputs("::", out);
    describe_test(details, sizeof details, exercise, test);
    put_message(out, details);
}

/* An exercise of which no test ran: one annotation, not one for each test. */
static void put_reason(FILE *out, const json_t *exercise)
{
    char title[300];
    struct text text = TEXT_IN(title);

    bool error = strcmp(text_field(exercise, "status"), "grader_error") == 0;
    (void)fprintf(out, "::%s ", error ? "warning" : "error");
    put_property(out, "file", text_field(exercise, "source"));
    text_add(&text, "%s: %s", text_field(exercise, "exercise"),
             error ? "could not be graded; this is not zero points" : text_field(exercise, "summary"));
    (void)fputc(',', out);
    put_property(out, "title", title);
    (void)fputs("::", out);
    put_message(out, text_field(exercise, "reason"));
}

static void put_exercise(FILE *out, const json_t *exercise)
{
    size_t i = 0;
    json_t *test = NULL;

    if (strcmp(text_field(exercise, "status"), "graded") != 0) {
        put_reason(out, exercise);
        return;
    }
    json_array_foreach(json_object_get(exercise, "tests"), i, test)
    {
        if (!is_verdict(test, "pass"))
            put_annotation(out, exercise, test);
    }
}

int report_github(const struct results *results, const char *path)
{
    struct whole_file file;
    char total[DETAILS_SIZE];
    size_t i = 0;
    json_t *exercise = NULL;

    if (whole_file_begin(&file, path) == -1)
        return -1;
    json_array_foreach(results->exercises, i, exercise) put_exercise(file.stream, exercise);
    describe_total(total, sizeof total, results);
    (void)fprintf(file.stream, "::%s title=eagain::", results->complete ? "notice" : "warning");
    put_message(file.stream, total);
    return whole_file_finish(&file);
}

/*
 * report_csv.c - the results as a table for spreadsheets, RFC 4180: a row for each test.
 *
 * A spreadsheet takes a cell that begins with = + - @ (or a tab or carriage return before it) for a formula, and runs
 * it on the machine of whoever opens the file; text of a submission must not do that. Such a cell gets an apostrophe
 * in front, which spreadsheets take for "this is text". What could not be graded has an empty cell for its points.
 */
#include "report_platform.h"

#include <string.h>

#include "clean_text.h"
#include "whole_file.h"

/* Would a spreadsheet compute it? Some skip spaces first. */
static bool is_formula(const char *bytes)
{
    char first = bytes[strspn(bytes, " ")];

    return first != '\0' && strchr("=+-@\t\r\n", first) != NULL;
}

void put_csv_cell(FILE *out, const char *bytes)
{
    char clean[DETAILS_SIZE];
    struct text text = TEXT_IN(clean);

    text_add_line(&text, "%s", bytes);
    (void)fputc('"', out);
    /* A tab or a carriage return has become a space or an escape by now; the bytes tell. */
    if (is_formula(bytes))
        (void)fputc('\'', out);
    for (const char *c = clean; *c != '\0'; c++) {
        if (*c == '"')
            (void)fputc('"', out);
        (void)fputc(*c, out);
    }
    (void)fputc('"', out);
}

static void put_row(FILE *out, const json_t *exercise, const json_t *test)
{
    const json_t *where = json_object_get(test, "where"), *lesson = json_object_get(test, "lesson");
    const char *seen = text_field(test, "seen");
    const char *const texts[] = {text_field(exercise, "exercise"), text_field(test, "id"), text_field(test, "verdict")};
    const char *const more[] = {text_field(test, "says"), seen[0] != '\0' ? seen : text_field(exercise, "reason"),
                                text_field(test, "expected"), text_field(lesson, "section")};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put_csv_cell(out, texts[i]);
        (void)fputc(',', out);
    }
    if (is_told(test))
        (void)fprintf(out, "%ld", number_field(test, "points"));
    (void)fprintf(out, ",%ld,", number_field(test, "max_points"));
    if (json_is_object(where))
        (void)fprintf(out, "%ld", number_field(where, "line"));
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        (void)fputc(',', out);
        put_csv_cell(out, is_verdict(test, "pass") && i == 1 ? "" : more[i]);
    }
    (void)fputs("\r\n", out);
}

int report_csv(const struct results *results, const char *path)
{
    struct whole_file file;
    size_t i = 0, k = 0;
    json_t *exercise = NULL, *test = NULL;

    if (whole_file_begin(&file, path) == -1)
        return -1;
    (void)fputs("exercise,test,verdict,points,max_points,line,says,seen,expected,lesson\r\n", file.stream);
    json_array_foreach(results->exercises, i, exercise)
    {
        json_array_foreach(json_object_get(exercise, "tests"), k, test) put_row(file.stream, exercise, test);
    }
    return whole_file_finish(&file);
}

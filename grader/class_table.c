/*
 * class_table.c - class.csv: a row for each student, a column for each exercise.
 *
 * What could not be graded is an empty cell, never a 0, and the last column says why.
 */
#include "class.h"

#include <string.h>

#include "clean_text.h"
#include "report_platform.h"
#include "whole_file.h"

static void put_heads(FILE *out, const json_t *class)
{
    size_t i = 0;
    json_t *exercise = NULL;

    put_csv_cell(out, "student");
    json_array_foreach(json_object_get(class, "exercises"), i, exercise)
    {
        (void)fputc(',', out);
        put_csv_cell(out, text_field(exercise, "exercise"));
    }
    (void)fputs(",\"points\",\"max_points\",\"note\"\r\n", out);
}

static void put_student(FILE *out, const json_t *row)
{
    size_t i = 0;
    json_t *cell = NULL;
    char buffer[2000];
    struct text note = TEXT_IN(buffer);

    put_csv_cell(out, text_field(row, "student"));
    json_array_foreach(json_object_get(row, "exercises"), i, cell)
    {
        bool complete = json_is_true(json_object_get(cell, "complete"));
        const char *words = complete ? status_words(text_field(cell, "status")) : "could not be graded";
        (void)fputc(',', out);
        if (complete)
            (void)fprintf(out, "%ld", number_field(cell, "points"));
        if (words[0] != '\0')
            text_add(&note, "%s%s %s", note.len == 0 ? "" : "; ", text_field(cell, "exercise"), words);
    }
    (void)fputc(',', out);
    if (json_is_true(json_object_get(row, "complete")))
        (void)fprintf(out, "%ld", number_field(row, "points"));
    (void)fprintf(out, ",%ld,", number_field(row, "max_points"));
    put_csv_cell(out, buffer);
    (void)fputs("\r\n", out);
}

/* A student of whom nothing could be graded. */
static void put_reason(FILE *out, const json_t *entry, size_t exercises)
{
    char note[4096];
    struct text text = TEXT_IN(note);

    put_csv_cell(out, text_field(entry, "student"));
    for (size_t i = 0; i < exercises + 3; i++)
        (void)fputc(',', out);
    text_add(&text, "could not be graded: %s", text_field(entry, "reason"));
    put_csv_cell(out, note);
    (void)fputs("\r\n", out);
}

int class_table(const json_t *class, const char *path)
{
    struct whole_file file;
    size_t i = 0;
    json_t *row = NULL;

    if (whole_file_begin(&file, path) == -1)
        return -1;
    put_heads(file.stream, class);
    json_array_foreach(json_object_get(class, "students"), i, row) put_student(file.stream, row);
    json_array_foreach(json_object_get(class, "not_graded"), i, row)
    {
        if (json_is_null(json_object_get(row, "exercise")))
            put_reason(file.stream, row, json_array_size(json_object_get(class, "exercises")));
    }
    return whole_file_finish(&file);
}

/*
 * fuzz_result.c - result.json, and all that is made of it: grader/report_read.c, grader/report_schema.c, and the
 * reports for a terminal and for other systems.
 *
 * A result.json lies in a build folder for long; whoever gave marks by it wants to know that no file makes the report
 * crash, and that none makes it say what its formats do not allow.
 */
#include <expat.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "report.h"
#include "report_platform.h"
#include "whole_file.h"

enum { MOST_BYTES = 1 << 24 };

/* What a format's function writes, which the caller frees. */
static char *written_by(int (*write)(const struct results *, const char *), const struct results *results)
{
    size_t size = 0;

    MUST(write(results, "report") == 0);
    char *text = read_whole_file("report", MOST_BYTES, &size);
    MUST(text != NULL && strlen(text) == size);
    return text;
}

/* What a terminal without colours gets. */
static void show(const struct results *results, size_t width, bool utf8, struct detail detail)
{
    char *bytes = NULL;
    size_t size = 0;
    struct printer printer = {.out = open_memstream(&bytes, &size), .width = width, .utf8 = utf8};

    MUST(printer.out != NULL);
    report_terminal(&printer, results, &detail);
    MUST(fclose(printer.out) == 0);
    MUST(strlen(bytes) == size);
    MUST(is_harmless_but_for_newlines(bytes));
    for (const char *c = bytes; !utf8 && *c != '\0'; c++)
        MUST((unsigned char)*c < 0x80);
    free(bytes);
}

static void check_terminal(const struct results *results)
{
    static const struct detail details[] = {{.list = true}, {.verbose = true}, {.list = false}};

    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
        show(results, i == 0 ? 30 : 80, i != 1, details[i]);
}

/* Expat takes it, to the end. */
static void check_junit(const struct results *results)
{
    char *text = written_by(report_junit, results);
    XML_Parser parser = XML_ParserCreate(NULL);

    MUST(parser != NULL);
    MUST(is_harmless_but_for_newlines(text));
    MUST(XML_Parse(parser, text, (int)strlen(text), 1) == XML_STATUS_OK);
    XML_ParserFree(parser);
    free(text);
}

static void check_json(int (*write)(const struct results *, const char *), const struct results *results)
{
    char *text = written_by(write, results);
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    MUST(value != NULL);
    MUST(strlen(text) <= 1000 * 1000 || write == report_gradescope); /* PrairieLearn takes no more */
    json_decref(value);
    free(text);
}

/* Autolab reads the last line, which holds the scores; nothing above it looks like one. */
static void check_autolab(const struct results *results)
{
    char *text = written_by(report_autolab, results), *rest = NULL;
    const char *last = NULL;
    unsigned scores = 0;

    MUST(is_harmless_but_for_newlines(text));
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        scores += strncmp(line, "{\"scores\":", 10) == 0;
        last = line;
    }
    json_t *value = last == NULL ? NULL : json_loads(last, JSON_REJECT_DUPLICATES, NULL);
    MUST(scores == 1 && json_is_object(json_object_get(value, "scores")));
    json_decref(value);
    free(text);
}

/* Each line is one workflow command, and one of those that we give. */
static void check_github(const struct results *results)
{
    char *text = written_by(report_github, results), *rest = NULL;

    MUST(is_harmless_but_for_newlines(text));
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        MUST(strncmp(line, "::error ", 8) == 0 || strncmp(line, "::warning ", 10) == 0 ||
             strncmp(line, "::notice ", 9) == 0);
    free(text);
}

/* One cell of a table, RFC 4180, at *AT, which moves behind it. No formula begins in it. Returns what comes next. */
static char skip_cell(const char **at)
{
    const char *c = *at;

    if (*c == '"') {
        /* A quote in a text is written as two. */
        for (c++; *c != '"' || c[1] == '"'; c += *c == '"' ? 2 : 1)
            MUST(*c != '\0');
        MUST(strchr("=+-@", (*at)[1]) == NULL);
        c++;
    } else {
        while (*c >= '0' && *c <= '9')
            c++;
    }
    *at = c + 1;
    return *c;
}

/* Each row has ten cells. (The names of the columns stand without quotes.) */
static void check_csv(const struct results *results)
{
    char *text = written_by(report_csv, results);
    const char *at = strstr(text, "\r\n");

    MUST(at != NULL);
    for (at += 2; *at != '\0'; at++) {
        for (int cell = 1; cell <= 10; cell++)
            MUST(skip_cell(&at) == (cell < 10 ? ',' : '\r'));
        MUST(*at == '\n');
    }
    free(text);
}

/* The file for the whole submission holds the same results, which are read as such again. */
static void check_again(const struct results *results)
{
    char *text = written_by(results_write, results);
    json_t *whole = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    MUST(whole != NULL);
    MUST(json_equal(json_object_get(whole, "exercises"), results->exercises));
    MUST(number_field(whole, "points") == results->points && number_field(whole, "max_points") == results->max_points);
    json_decref(whole);
    free(text);
}

/* What has been let in keeps docs/results.md's promises about points. */
static void check_points(const json_t *exercise)
{
    long points = 0, most = 0;
    size_t i = 0;
    json_t *test = NULL;

    json_array_foreach(json_object_get(exercise, "tests"), i, test)
    {
        MUST(number_field(test, "points") == (is_verdict(test, "pass") ? number_field(test, "max_points") : 0));
        points += number_field(test, "points");
        most += number_field(test, "max_points");
    }
    MUST(number_field(exercise, "points") <= number_field(exercise, "max_points"));
    if (!json_is_null(json_object_get(exercise, "points")))
        MUST(number_field(exercise, "points") == points);
    MUST(number_field(exercise, "max_points") == most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *locale;

    if (locale == NULL) /* so that characters have a width */
        locale = setlocale(LC_CTYPE, "C.UTF-8");
    MUST(locale != NULL);
    json_t *exercise = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    bool good = exercise != NULL && wrong_in_exercise(exercise) == NULL;

    json_decref(exercise);
    if (!good) /* result_load() would print that, for most of a million inputs */
        return 0;
    exercise = result_load(memory_file(data, size));
    if (exercise == NULL)
        return 0;
    check_points(exercise);
    struct results results = {.exercises = json_array(), .submission = "exercises", .complete = true};
    MUST(results.exercises != NULL && results_add(&results, exercise));
    check_terminal(&results);
    check_junit(&results);
    check_json(report_gradescope, &results);
    check_json(report_prairielearn, &results);
    check_autolab(&results);
    check_github(&results);
    check_csv(&results);
    check_again(&results);
    results_free(&results);
    return 0;
}

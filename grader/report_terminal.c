/*
 * report_terminal.c - the report that a student reads.
 *
 * One line an exercise, what is to be mended below it, a total, and where to go
 * from here. On a terminal only the first exercise with something to mend is
 * told in detail, and so much of it as leaves its beginning in sight.
 */
#include "report.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    SHOWN_WARNINGS = 3,
    BAR = 20,  /* columns */
    NAME = 15, /* the column of the bar */
    TEXT = 6,  /* the column in which the lines after the first begin */
};

static size_t rows_left(size_t rows, size_t used)
{
    return rows > used ? rows - used : 0;
}

static bool has_status(const json_t *exercise, const char *status)
{
    return strcmp(text_field(exercise, "status"), status) == 0;
}

static void print_bar(struct printer *p, long points, long most)
{
    long full = most <= 0 ? 0 : points * BAR / most;
    char bar[BAR * 3 + 1] = "", rest[BAR * 3 + 1] = "";

    for (long i = 0; i < BAR; i++)
        strcat(i < full ? bar : rest, p->utf8 ? (i < full ? "━" : "╌") : (i < full ? "#" : "."));
    print_styled(p, STYLE_GOOD, "%s", bar);
    print_styled(p, STYLE_FAINT, "%s", rest);
}

/* "02-pipe        ######........    17/20  16 of 18 tests pass" */
static void print_line(struct printer *p, const char *name, const json_t *points, long most, const char *summary,
                       enum style style)
{
    char worth[40];

    print_styled(p, STYLE_NAME, "%s", name);
    print_to_column(p, NAME, true);
    print_bar(p, (long)json_integer_value(points), most);
    if (json_is_null(points))
        (void)snprintf(worth, sizeof worth, "?/%ld", most);
    else
        (void)snprintf(worth, sizeof worth, "%ld/%ld", (long)json_integer_value(points), most);
    print_styled(p, STYLE_PLAIN, "  %7s", worth);
    if (summary[0] != '\0')
        print_styled(p, style, "  %s", summary);
    print_newline(p);
}

static void print_tests(struct printer *p, const json_t *exercise, const struct detail *detail, size_t room)
{
    const json_t *tests = json_object_get(exercise, "tests");
    const char *name = text_field(exercise, "exercise");
    size_t i = 0;
    json_t *test = NULL;
    char command[300] = "--verbose";

    if (detail->own)
        (void)snprintf(command, sizeof command, "make grade E=%.*s V=1", (int)strcspn(name, "-"), name);

    json_array_foreach(tests, i, test)
    {
        if (detail->verbose && is_verdict(test, "pass"))
            print_in_short(p, test, STYLE_GOOD);
    }
    print_failures(p, tests, room, detail->verbose ? NULL : command);
    json_array_foreach(tests, i, test)
    {
        if (is_verdict(test, "skipped"))
            print_skipped(p, test);
    }
}

static void print_warnings(struct printer *p, const json_t *exercise)
{
    const json_t *warnings = json_object_get(exercise, "warnings");
    const char *source = text_field(exercise, "source"), *slash = strrchr(source, '/');
    size_t i = 0;
    json_t *warning = NULL;
    char text[700];

    json_array_foreach(warnings, i, warning)
    {
        if (i == SHOWN_WARNINGS)
            break;
        print_to_column(p, INDENT, false);
        print_styled(p, STYLE_WARNING, "warning");
        (void)snprintf(text, sizeof text, "%.100s:%ld: %.400s", slash == NULL ? source : slash + 1,
                       number_field(warning, "line"), text_field(warning, "text"));
        print_styled(p, STYLE_PLAIN, "  ");
        print_wrapped(p, TEXT, text);
    }
    if (json_array_size(warnings) > SHOWN_WARNINGS) {
        print_to_column(p, INDENT, false);
        print_styled(p, STYLE_PLAIN, "and %zu more warnings of the compiler",
                     json_array_size(warnings) - SHOWN_WARNINGS);
        print_newline(p);
    }
}

static enum style style_of(const json_t *exercise)
{
    if (has_status(exercise, "grader_error"))
        return STYLE_WARNING;
    return number_field(exercise, "points") == number_field(exercise, "max_points") ? STYLE_GOOD : STYLE_BAD;
}

/* ROWS is the height of the screen for the line and what is below it; 0: the line only. */
static void print_exercise(struct printer *p, const json_t *exercise, const struct detail *detail, size_t rows)
{
    const char *reason = text_field(exercise, "reason");
    size_t before = p->lines;

    print_line(p, text_field(exercise, "exercise"), json_object_get(exercise, "points"),
               number_field(exercise, "max_points"), text_field(exercise, "summary"), style_of(exercise));
    if (reason[0] != '\0') {
        print_to_column(p, INDENT, false);
        print_wrapped(p, INDENT, reason);
    }
    if (rows == 0)
        return;
    /* Beside an error of the compiler its warnings only distract. */
    if (!has_status(exercise, "does_not_compile"))
        print_warnings(p, exercise);
    if (has_status(exercise, "graded"))
        print_tests(p, exercise, detail, rows == SIZE_MAX ? rows : rows_left(rows, p->lines - before));
}

/* Does the exercise take more room than its line? Then an empty line comes after it. */
static bool has_details(const json_t *exercise)
{
    return style_of(exercise) != STYLE_GOOD || json_array_size(json_object_get(exercise, "warnings")) > 0;
}

/*
 * Where the student goes for this exercise: to the start of its lesson, or to the section of the first test that fails
 * if it has been begun. (A stub passes some tests, too.) False if there is nothing to mend in it.
 */
static bool print_step(struct printer *p, const json_t *exercise)
{
    const char *name = text_field(exercise, "exercise"), *source = text_field(exercise, "source");
    const char *slash = strrchr(source, '/'), *section = NULL;
    const char *file = slash == NULL ? source : slash + 1;
    size_t i = 0, passed = 0;
    json_t *test = NULL;
    char text[1200];

    json_array_foreach(json_object_get(exercise, "tests"), i, test)
    {
        passed += is_verdict(test, "pass");
        if (section == NULL && fails(test))
            section = text_field(json_object_get(test, "lesson"), "section");
    }
    if (section == NULL || has_status(exercise, "grader_error"))
        return false;
    bool begun = passed * 10 >= i;
    if (has_status(exercise, "does_not_compile") || has_status(exercise, "forbidden_call"))
        (void)snprintf(text, sizeof text, "Next: mend that in %.200s and run make grade E=%.*s", file,
                       (int)strcspn(name, "-"), name);
    else
        (void)snprintf(text, sizeof text,
                       "Next: exercises/%.200s/README.md%s%.200s, then edit %.200s and run make grade E=%.*s", name,
                       begun ? "#" : "", begun ? section : "", file, (int)strcspn(name, "-"), name);
    print_wrapped(p, INDENT, text);
    return true;
}

static void print_next(struct printer *p, const struct results *results)
{
    size_t i = 0;
    json_t *exercise = NULL;

    json_array_foreach(results->exercises, i, exercise)
    {
        if (print_step(p, exercise))
            return;
    }
    if (!results->complete)
        return;
    print_wrapped(p, INDENT,
                  json_array_size(results->exercises) == 1 ? "Done. `make next` says what comes next."
                                                           : "All of it is done. Well done!");
}

/* Without a report: what the grader could not tell must be said all the same, and not on the standard output. */
static void print_troubles(const struct results *results)
{
    size_t i = 0;
    json_t *exercise = NULL;

    json_array_foreach(results->exercises, i, exercise)
    {
        struct printer errors = {.out = stderr, .width = SIZE_MAX};
        const char *reason = text_field(exercise, "reason"), *name = text_field(exercise, "exercise");
        if (has_status(exercise, "grader_error"))
            print_styled(&errors, STYLE_PLAIN, "report: %s: %.800s", name, reason);
        else if (is_incomplete(exercise))
            print_styled(&errors, STYLE_PLAIN, "report: %s: this machine cannot run all of its tests", name);
        else
            continue;
        print_newline(&errors);
    }
}

/* What is left of the screen for the first exercise that is not done; SIZE_MAX: no limit, for any; 0: a line each. */
static size_t rows_for_details(const struct results *results, const struct detail *detail)
{
    enum { TOTAL = 2, NEXT = 2, PROMPT = 1 };
    size_t count = json_array_size(results->exercises);

    if (detail->list)
        return 0;
    if (detail->verbose || detail->rows == 0)
        return SIZE_MAX;
    size_t others = count > 1 ? count - 1 + 1 /* an empty line */ : 0;
    return 1 + rows_left(detail->rows - 1, TOTAL + NEXT + PROMPT + others);
}

void report_terminal(struct printer *printer, const struct results *results, const struct detail *detail)
{
    size_t i = 0, rows = rows_for_details(results, detail);
    json_t *exercise = NULL;
    bool space = false;

    if (detail->quiet) {
        print_troubles(results);
        return;
    }
    json_array_foreach(results->exercises, i, exercise)
    {
        if (space)
            print_newline(printer);
        print_exercise(printer, exercise, detail, rows);
        space = rows > 0 && (has_details(exercise) || detail->verbose);
        if (rows != SIZE_MAX && has_details(exercise))
            rows = 0;
    }
    print_newline(printer);
    json_t *points = json_integer(results->points);
    print_line(printer, "Total", points, results->max_points,
               results->complete ? "" : "not complete: not everything could be graded", STYLE_WARNING);
    json_decref(points);
    /* In a folder of somebody's submission there is nothing to be done next. */
    if (detail->own)
        print_next(printer, results);
}

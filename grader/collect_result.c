/* collect_result.c - writes result.json, whose format is docs/results.md. */
#include "collect.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "json_file.h"

enum { RESULT_VERSION = 1 };

static const char *const status_names[] = {
    [STATUS_GRADED] = "graded",
    [STATUS_DOES_NOT_COMPILE] = "does_not_compile",
    [STATUS_FORBIDDEN_CALL] = "forbidden_call",
    [STATUS_NOT_HANDED_IN] = "not_handed_in",
    [STATUS_GRADER_ERROR] = "grader_error",
};

/* The verdict of every test where none was judged. */
static const enum verdict status_verdicts[] = {
    [STATUS_DOES_NOT_COMPILE] = VERDICT_DOES_NOT_COMPILE,
    [STATUS_FORBIDDEN_CALL] = VERDICT_FORBIDDEN_CALL,
    [STATUS_NOT_HANDED_IN] = VERDICT_NOT_HANDED_IN,
    [STATUS_GRADER_ERROR] = VERDICT_GRADER_ERROR,
};

/* Something was left out for want of memory: then there is to be no result, rather than half a one. */
static bool is_incomplete;

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) == -1)
        is_incomplete = true;
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) == -1)
        is_incomplete = true;
}

/* Cleans and packs a string; jansson refuses what is not UTF-8, and a manifest or a path may be anything. */
static json_t *text_or_null(const char *bytes)
{
    char buffer[4096];

    if (bytes == NULL || bytes[0] == '\0')
        return json_null();
    struct text text = TEXT_IN(buffer);
    text_add_line(&text, "%s", bytes);
    return json_string(buffer);
}

static json_t *text_of(const char *bytes)
{
    return bytes[0] == '\0' ? json_string("") : text_or_null(bytes);
}

/* A number that somebody else wrote: a `#line` of a submission, say, makes any number that of a line. */
static json_t *number_of(unsigned long number)
{
    return json_integer(number < JSON_MOST_NUMBER ? (json_int_t)number : JSON_MOST_NUMBER);
}

static json_t *place_of(const struct place *place)
{
    if (place->file[0] == '\0')
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "file", text_of(place->file), "line", number_of(place->line), "text",
                     text_of(place->text));
}

static json_t *warnings_of(const struct exercise *e)
{
    json_t *list = json_array();

    for (size_t i = 0; i < e->warning_count; i++) {
        const struct warning *w = &e->warnings[i];
        append(list, json_pack("{s:o, s:o, s:o, s:o}", "line", number_of(w->line), "column", number_of(w->column),
                               "text", text_of(w->text), "option", text_or_null(w->option)));
    }
    return list;
}

static json_t *also_of(const struct judged_test *test)
{
    json_t *list = json_array();

    for (size_t i = 1; i < test->count; i++) {
        const struct finding *f = &test->findings[i];
        append(list, json_pack("{s:s, s:o, s:o, s:o}", "verdict", verdict_name(f->verdict), "seen", text_of(f->seen),
                               "expected", text_of(f->expected), "where", place_of(&f->where)));
    }
    return list;
}

static json_t *evidence_of(const struct judged_test *test)
{
    json_t *list = json_array();

    for (size_t i = 0; i < test->evidence_count; i++)
        append(list, json_string(test->evidence[i]));
    return list;
}

static json_t *lesson_of(const struct exercise *e, const char *section)
{
    char file[300];

    (void)snprintf(file, sizeof file, "exercises/%.200s/README.md", e->name);
    return json_pack("{s:o, s:o}", "file", text_of(file), "section", text_of(section));
}

static json_t *test_of(const struct exercise *e, size_t index)
{
    const struct manifest_test *m = &e->manifest.tests[index];
    const struct judged_test *test = &e->tests[index];
    const struct finding *first = e->status == STATUS_GRADED && test->count > 0 ? &test->findings[0] : NULL;
    enum verdict verdict = e->status == STATUS_GRADED ? test->verdict : status_verdicts[e->status];
    bool skipped = verdict == VERDICT_SKIPPED;

    json_t *object = json_object();
    set(object, "id", text_of(m->name));
    set(object, "says", text_of(m->says));
    set(object, "why", text_or_null(m->why));
    set(object, "points", json_integer(verdict == VERDICT_PASS ? m->points : 0));
    set(object, "max_points", json_integer(m->points));
    set(object, "verdict", json_string(verdict_name(verdict)));
    set(object, "seen", skipped ? text_of(test->skipped) : first == NULL ? json_null() : text_of(first->seen));
    set(object, "expected", first == NULL ? json_null() : text_of(first->expected));
    set(object, "where", first == NULL ? json_null() : place_of(&first->where));
    set(object, "lesson", lesson_of(e, m->lesson));
    set(object, "clause", text_of(m->clause));
    set(object, "also", e->status == STATUS_GRADED ? also_of(test) : json_array());
    set(object, "evidence", e->status == STATUS_GRADED ? evidence_of(test) : json_array());
    return object;
}

/* "16 of 18 tests pass", and what else there is to say in so few words. */
static json_t *summary_of(const struct exercise *e, size_t passed, size_t skipped)
{
    static const char *const words[] = {
        [STATUS_DOES_NOT_COMPILE] = "it does not compile",
        [STATUS_FORBIDDEN_CALL] = "refused before it ran",
        [STATUS_NOT_HANDED_IN] = "not handed in",
        [STATUS_GRADER_ERROR] = "the grader could not tell",
    };
    char text[100];

    if (e->status != STATUS_GRADED)
        return json_string(words[e->status]);
    size_t count = e->manifest.test_count;
    int length = passed == count ? snprintf(text, sizeof text, "all %zu tests pass", count)
                                 : snprintf(text, sizeof text, "%zu of %zu tests pass", passed, count);
    if (skipped > 0)
        (void)snprintf(text + length, sizeof text - (size_t)length, ", %zu skipped", skipped);
    return json_string(text);
}

static json_t *result_of(const struct exercise *e)
{
    json_t *tests = json_array(), *object = json_object();
    size_t passed = 0, skipped = 0;
    int points = 0, most = 0;

    for (size_t i = 0; i < e->manifest.test_count; i++) {
        bool pass = e->status == STATUS_GRADED && e->tests[i].verdict == VERDICT_PASS;
        passed += pass;
        skipped += e->status == STATUS_GRADED && e->tests[i].verdict == VERDICT_SKIPPED;
        points += pass ? e->manifest.tests[i].points : 0;
        most += e->manifest.tests[i].points;
        append(tests, test_of(e, i));
    }
    set(object, "version", json_integer(RESULT_VERSION));
    set(object, "exercise", text_of(e->name));
    set(object, "title", text_of(e->manifest.title));
    set(object, "source", text_of(e->source));
    set(object, "status", json_string(status_names[e->status]));
    set(object, "points", e->status == STATUS_GRADER_ERROR ? json_null() : json_integer(points));
    set(object, "max_points", json_integer(most));
    set(object, "summary", summary_of(e, passed, skipped));
    set(object, "reason", text_or_null(e->reason));
    set(object, "wall_ms", number_of(e->wall_ms));
    set(object, "cpu_ms", number_of(e->cpu_ms));
    set(object, "warnings", warnings_of(e));
    set(object, "tests", tests);
    return object;
}

int result_write(const struct exercise *exercise, const char *path)
{
    json_t *result = result_of(exercise);

    if (is_incomplete) {
        json_decref(result);
        result = NULL;
    }
    return write_json(result, path);
}

/* class_model.c - the object that becomes class.json: a row for each student, counts for each test. */
#include "class.h"

#include <string.h>

const char *status_words(const char *status)
{
    static const char *const words[][2] = {
        {"does_not_compile", "does not compile"},
        {"forbidden_call", "refused"},
        {"not_handed_in", "not handed in"},
        {"grader_error", "could not be graded"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], status) == 0)
            return words[i][1];
    return "";
}

json_t *class_begin(void)
{
    return json_pack("{s:i, s:[], s:[], s:[]}", "version", 1, "exercises", "students", "not_graded");
}

/* The element of LIST whose field NAME is VALUE; NULL if there is none. */
static json_t *find(const json_t *list, const char *name, const char *value)
{
    size_t i = 0;
    json_t *element = NULL;

    json_array_foreach(list, i, element)
    {
        if (strcmp(text_field(element, name), value) == 0)
            return element;
    }
    return NULL;
}

/* Adds VALUE (taken over) to the array NAME of OBJECT. */
static bool append(const json_t *object, const char *name, json_t *value)
{
    return json_array_append_new(json_object_get(object, name), value) == 0;
}

static bool count_one(json_t *counts, const char *name)
{
    return json_object_set_new(counts, name, json_integer(number_field(counts, name) + 1)) == 0;
}

/* Which count a test belongs to. What never ran says nothing about the test. */
static const char *count_of(const json_t *exercise, const json_t *test)
{
    if (strcmp(text_field(exercise, "status"), "graded") != 0 || is_verdict(test, "skipped") ||
        is_verdict(test, "grader_error"))
        return "not_run";
    return is_verdict(test, "pass") ? "pass" : "fail";
}

/* The class's counts for a test, made when the first student is counted. NULL for want of memory. */
static json_t *counts_of(json_t *exercise_counts, const json_t *test)
{
    json_t *counts = find(json_object_get(exercise_counts, "tests"), "id", text_field(test, "id"));

    if (counts != NULL)
        return counts;
    counts = json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s}", "id", text_field(test, "id"), "says",
                       text_field(test, "says"), "points", (int)number_field(test, "max_points"), "pass", 0, "fail", 0,
                       "not_run", 0, "lesson", text_field(json_object_get(test, "lesson"), "section"));
    return append(exercise_counts, "tests", counts) ? counts : NULL;
}

static bool count_exercise(json_t *class, const json_t *exercise)
{
    const char *name = text_field(exercise, "exercise");
    json_t *counts = find(json_object_get(class, "exercises"), "exercise", name), *test = NULL;
    size_t i = 0;

    if (counts == NULL) {
        counts = json_pack("{s:s, s:s, s:i, s:[]}", "exercise", name, "title", text_field(exercise, "title"),
                           "max_points", 0, "tests");
        if (!append(class, "exercises", counts))
            return false;
    }
    /* Of an exercise that could not be graded, title and points may not be known. */
    if (number_field(exercise, "max_points") > 0 &&
        json_object_set(counts, "max_points", json_object_get(exercise, "max_points")) == -1)
        return false;
    if (text_field(exercise, "title")[0] != '\0' &&
        json_object_set(counts, "title", json_object_get(exercise, "title")) == -1)
        return false;
    json_array_foreach(json_object_get(exercise, "tests"), i, test)
    {
        json_t *test_counts = counts_of(counts, test);
        if (test_counts == NULL || !count_one(test_counts, count_of(exercise, test)))
            return false;
    }
    return true;
}

static bool note_not_graded(json_t *class, const struct student *student, const json_t *exercise)
{
    const char *reason = exercise == NULL ? student->problem : text_field(exercise, "reason");

    if (reason[0] == '\0')
        reason = "this machine cannot run all of its tests";
    json_t *name = exercise == NULL ? json_null() : json_string(text_field(exercise, "exercise"));
    return append(class, "not_graded",
                  json_pack("{s:s, s:s, s:o, s:s}", "student", student->name, "report", student->file, "exercise", name,
                            "reason", reason));
}

/* Adds an exercise to a student's row. */
static bool add_cell(json_t *row, const json_t *exercise)
{
    return append(row, "exercises",
                  json_pack("{s:s, s:s, s:O, s:O, s:b, s:s}", "exercise", text_field(exercise, "exercise"), "status",
                            text_field(exercise, "status"), "points", json_object_get(exercise, "points"), "max_points",
                            json_object_get(exercise, "max_points"), "complete", !is_incomplete(exercise), "summary",
                            text_field(exercise, "summary")));
}

bool class_add(json_t *class, const struct student *student, const struct results *results)
{
    size_t i = 0;
    json_t *exercise = NULL;

    if (student->problem != NULL)
        return note_not_graded(class, student, NULL);
    json_t *row = json_pack("{s:s, s:s, s:i, s:i, s:b, s:[]}", "student", student->name, "report", student->file,
                            "points", (int)results->points, "max_points", (int)results->max_points, "complete",
                            (int)results->complete, "exercises");
    if (!append(class, "students", row))
        return false;
    json_array_foreach(results->exercises, i, exercise)
    {
        if (!add_cell(row, exercise) || !count_exercise(class, exercise))
            return false;
        if (is_incomplete(exercise) && !note_not_graded(class, student, exercise))
            return false;
    }
    return true;
}

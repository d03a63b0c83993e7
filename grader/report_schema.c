/* report_schema.c - the fields of result.json, as far as the report relies on them (docs/results.md). */
#include "report.h"

#include <string.h>

#include "../tests/support/verdict.h"
#include "json_file.h"

struct field {
    const char *name;
    char type; /* s string, i number that is not negative, a array, o object; capital: or null */
};

static bool has_type(const json_t *value, char type)
{
    switch (type) {
    case 'S':
        return json_is_string(value) || json_is_null(value);
    case 's':
        return json_is_string(value);
    case 'I':
        return json_is_null(value) || has_type(value, 'i');
    case 'i':
        return json_is_integer(value) && json_integer_value(value) >= 0 &&
               json_integer_value(value) <= JSON_MOST_NUMBER;
    case 'a':
        return json_is_array(value);
    case 'O':
        return json_is_object(value) || json_is_null(value);
    default:
        return json_is_object(value);
    }
}

/* The name of the first field that is missing or of another type; NULL if all is well. */
static const char *wrong_field(const json_t *object, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has_type(json_object_get(object, fields[i].name), fields[i].type))
            return fields[i].name;
    return NULL;
}

#define WRONG_FIELD(object, fields) wrong_field(object, fields, sizeof(fields) / sizeof((fields)[0]))

static const char *wrong_place(const json_t *place)
{
    static const struct field fields[] = {{"file", 's'}, {"line", 'i'}, {"text", 's'}};

    return json_is_null(place) ? NULL : WRONG_FIELD(place, fields);
}

static const char *wrong_test(const json_t *test)
{
    static const struct field fields[] = {
        {"id", 's'},      {"says", 's'}, {"why", 'S'},      {"points", 'i'}, {"max_points", 'i'},
        {"verdict", 's'}, {"seen", 'S'}, {"expected", 'S'}, {"where", 'O'},  {"lesson", 'o'},
        {"clause", 's'},  {"also", 'a'}, {"evidence", 'a'},
    };
    static const struct field finding[] = {{"verdict", 's'}, {"seen", 's'}, {"expected", 's'}, {"where", 'O'}};
    static const struct field lesson[] = {{"file", 's'}, {"section", 's'}};
    const char *wrong = WRONG_FIELD(test, fields);
    size_t i = 0;
    json_t *also = NULL;

    if (wrong == NULL)
        wrong = wrong_place(json_object_get(test, "where"));
    if (wrong == NULL)
        wrong = WRONG_FIELD(json_object_get(test, "lesson"), lesson);
    if (wrong == NULL && verdict_from_name(text_field(test, "verdict")) == VERDICT_COUNT)
        wrong = "verdict";
    json_array_foreach(json_object_get(test, "also"), i, also)
    {
        if (wrong == NULL)
            wrong = WRONG_FIELD(also, finding);
        if (wrong == NULL)
            wrong = wrong_place(json_object_get(also, "where"));
    }
    return wrong;
}

/*
 * Which of the fields for points is not what the tests make it: a test has all of its points if it passed, else none,
 * and an exercise what its tests have. NULL if all is well.
 */
static const char *wrong_points(const json_t *exercise)
{
    long points = 0, most = 0;
    size_t i = 0;
    json_t *test = NULL;

    json_array_foreach(json_object_get(exercise, "tests"), i, test)
    {
        if (number_field(test, "points") != (is_verdict(test, "pass") ? number_field(test, "max_points") : 0))
            return "points";
        points += number_field(test, "points");
        most += number_field(test, "max_points");
    }
    if (number_field(exercise, "max_points") != most)
        return "max_points";
    return number_field(exercise, "points") == points ? NULL : "points";
}

const char *wrong_in_exercise(const json_t *exercise)
{
    static const struct field fields[] = {
        {"exercise", 's'}, {"title", 's'},  {"source", 's'},  {"status", 's'}, {"points", 'I'},   {"max_points", 'i'},
        {"summary", 's'},  {"reason", 'S'}, {"wall_ms", 'i'}, {"cpu_ms", 'i'}, {"warnings", 'a'}, {"tests", 'a'},
    };
    static const struct field warning[] = {{"line", 'i'}, {"column", 'i'}, {"text", 's'}};
    static const char *const statuses[] = {"graded", "does_not_compile", "forbidden_call", "not_handed_in",
                                           "grader_error"};
    const char *wrong = WRONG_FIELD(exercise, fields);
    size_t i = 0, known = 0;
    json_t *item = NULL;

    while (known < 5 && strcmp(statuses[known], text_field(exercise, "status")) != 0)
        known++;
    if (wrong == NULL && known == 5)
        wrong = "status";
    if (wrong == NULL && json_is_null(json_object_get(exercise, "points")) && known != 4)
        wrong = "points";
    json_array_foreach(json_object_get(exercise, "warnings"), i, item)
    {
        if (wrong == NULL)
            wrong = WRONG_FIELD(item, warning);
    }
    json_array_foreach(json_object_get(exercise, "tests"), i, item)
    {
        if (wrong == NULL)
            wrong = wrong_test(item);
    }
    return wrong == NULL ? wrong_points(exercise) : wrong;
}

/* report_read.c - reads result.json files; writes the one for a whole submission. */
#include "report.h"

#include <string.h>

#include "json_file.h"

enum { KNOWN_VERSION = 1 };

const char *text_field(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

long number_field(const json_t *object, const char *name)
{
    return (long)json_integer_value(json_object_get(object, name));
}

bool is_verdict(const json_t *test, const char *verdict)
{
    return strcmp(text_field(test, "verdict"), verdict) == 0;
}

json_t *result_load(const char *path)
{
    json_error_t error;
    json_t *result = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (result == NULL) {
        if (error.line > 0)
            (void)fprintf(stderr, "report: %s:%d: %s; remove the file and grade again\n", path, error.line, error.text);
        else
            (void)fprintf(stderr, "report: %s; grade first\n", error.text);
        return NULL;
    }
    const char *wrong = NULL;
    if (json_integer_value(json_object_get(result, "version")) != KNOWN_VERSION)
        wrong = "version";
    else
        wrong = wrong_in_exercise(result);
    if (wrong == NULL)
        return result;
    (void)fprintf(stderr,
                  "report: %s: \"%s\" is missing or not what docs/results.md says; remove the file and grade again\n",
                  path, wrong);
    json_decref(result);
    return NULL;
}

bool is_incomplete(const json_t *exercise)
{
    size_t i = 0;
    json_t *test = NULL;

    if (strcmp(text_field(exercise, "status"), "grader_error") == 0)
        return true;
    json_array_foreach(json_object_get(exercise, "tests"), i, test)
    {
        if (is_verdict(test, "skipped") || is_verdict(test, "grader_error"))
            return true;
    }
    return false;
}

bool results_add(struct results *results, json_t *exercise)
{
    results->points += number_field(exercise, "points");
    results->max_points += number_field(exercise, "max_points");
    results->complete = results->complete && !is_incomplete(exercise);
    return json_array_append_new(results->exercises, exercise) == 0;
}

bool results_read(struct results *results, const char *submission, char *const paths[], size_t count)
{
    *results = (struct results){.exercises = json_array(), .submission = submission, .complete = true};
    for (size_t i = 0; i < count; i++) {
        json_t *exercise = result_load(paths[i]);
        if (exercise == NULL) {
            results_free(results);
            return false;
        }
        if (!results_add(results, exercise)) {
            (void)fprintf(stderr, "report: there is not enough memory for all results\n");
            results_free(results);
            return false;
        }
    }
    return true;
}

void results_free(struct results *results)
{
    json_decref(results->exercises);
    results->exercises = NULL;
}

int results_write(const struct results *results, const char *path)
{
    return write_json(json_pack("{s:i, s:s, s:i, s:i, s:b, s:O}", "version", KNOWN_VERSION, "submission",
                                results->submission, "points", (int)results->points, "max_points",
                                (int)results->max_points, "complete", (int)results->complete, "exercises",
                                results->exercises),
                      path);
}

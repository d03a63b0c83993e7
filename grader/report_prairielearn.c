/*
 * report_prairielearn.c - results.json for PrairieLearn's external graders.
 *
 * PrairieLearn takes at most 1 MB, so long texts are cut until the file fits. Every test that is listed has points, as
 * one without hides the points of all. If something could not be graded, the submission is "gradable": false: it gets
 * no score, uses up none of the student's attempts, and "format_errors" says why; tests without a verdict are left out.
 */
#include "report_platform.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clean_text.h"

enum { MOST_BYTES = 1000 * 1000 };

static json_t *test_of(const json_t *exercise, const json_t *test, size_t longest)
{
    char name[300], description[1200], details[DETAILS_SIZE], output[DETAILS_SIZE];
    struct text name_text = TEXT_IN(name), output_text = text_begin(output, longest);

    text_add(&name_text, "%s: %s", text_field(exercise, "exercise"), text_field(test, "id"));
    CLEAN_COPY(description, text_field(test, "says"));
    describe_test(details, sizeof details, exercise, test);
    text_add_line(&output_text, "%s", details);
    return json_pack("{s:s, s:s, s:i, s:i, s:s, s:s}", "name", name, "description", description, "points",
                     (int)number_field(test, "points"), "max_points", (int)number_field(test, "max_points"), "message",
                     text_field(test, "verdict"), "output", output);
}

static json_t *tests_of(const struct results *results, size_t longest)
{
    json_t *tests = json_array(), *exercise = NULL, *test = NULL;
    size_t i = 0, k = 0;

    json_array_foreach(results->exercises, i, exercise)
    {
        json_array_foreach(json_object_get(exercise, "tests"), k, test)
        {
            if (is_told(test) && json_array_append_new(tests, test_of(exercise, test, longest)) == -1) {
                json_decref(tests);
                return NULL;
            }
        }
    }
    return tests;
}

/* The whole, with no text longer than LONGEST; NULL for want of memory. */
static json_t *whole_of(const struct results *results, size_t longest)
{
    char message[DETAILS_SIZE];

    describe_total(message, sizeof message, results);
    json_t *tests = tests_of(results, longest);
    if (!results->complete)
        return json_pack("{s:b, s:[s], s:s, s:o}", "gradable", 0, "format_errors", message, "message", message, "tests",
                         tests);
    double score = results->max_points == 0 ? 0 : (double)results->points / (double)results->max_points;
    return json_pack("{s:b, s:f, s:s, s:o}", "gradable", 1, "score", score, "message", message, "tests", tests);
}

/* How many bytes the file will have; beyond any limit if it cannot be told. */
static size_t size_of(const json_t *whole)
{
    char *text = json_dumps(whole, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    size_t size = text == NULL ? SIZE_MAX : strlen(text) + 1;

    free(text);
    return size;
}

int report_prairielearn(const struct results *results, const char *path)
{
    json_t *whole = NULL;
    size_t longest = DETAILS_SIZE;

    for (; longest >= 16; longest /= 4) {
        whole = whole_of(results, longest);
        if (whole == NULL || size_of(whole) <= MOST_BYTES)
            return write_json(whole, path);
        json_decref(whole);
    }
    errno = EFBIG;
    return -1;
}

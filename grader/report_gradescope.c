/*
 * report_gradescope.c - results.json for Gradescope's autograder.
 *
 * Points are Gradescope's scores; a test's output is plain text, so that nothing in it is markup. If something could
 * not be graded, no score stands anywhere in the file, neither of a test nor of the whole: Gradescope then has no score
 * for the submission and says that the autograder failed, where a number would be taken for the student's grade.
 */
#include "report_platform.h"

#include "clean_text.h"

/* A test in Gradescope's words; NULL for want of memory. */
static json_t *test_of(const json_t *exercise, size_t place, const json_t *test, size_t number, bool complete)
{
    char name[1200], numbered[48], output[DETAILS_SIZE];
    struct text text = TEXT_IN(name);

    text_add(&text, "%s: %s", text_field(exercise, "exercise"), text_field(test, "says"));
    (void)snprintf(numbered, sizeof numbered, "%zu.%zu", place + 1, number + 1);
    describe_test(output, sizeof output, exercise, test);
    json_t *made = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "name", name, "name_format", "text",
                             "number", numbered, "output", output, "output_format", "text", "visibility", "visible",
                             "extra_data", "exercise", text_field(exercise, "exercise"), "id", text_field(test, "id"),
                             "verdict", text_field(test, "verdict"));
    if (made == NULL || !is_told(test))
        return made;
    bool good = json_object_set_new(made, "status", json_string(is_verdict(test, "pass") ? "passed" : "failed")) == 0 &&
                json_object_set_new(made, "max_score", json_integer(number_field(test, "max_points"))) == 0;
    if (complete)
        good = good && json_object_set_new(made, "score", json_integer(number_field(test, "points"))) == 0;
    if (good)
        return made;
    json_decref(made);
    return NULL;
}

static json_t *tests_of(const struct results *results, long *wall_ms)
{
    json_t *tests = json_array(), *exercise = NULL, *test = NULL;
    size_t i = 0, k = 0;

    json_array_foreach(results->exercises, i, exercise)
    {
        *wall_ms += number_field(exercise, "wall_ms");
        json_array_foreach(json_object_get(exercise, "tests"), k, test)
        {
            if (json_array_append_new(tests, test_of(exercise, i, test, k, results->complete)) == -1) {
                json_decref(tests);
                return NULL;
            }
        }
    }
    return tests;
}

int report_gradescope(const struct results *results, const char *path)
{
    char output[DETAILS_SIZE];
    long wall_ms = 0;
    json_t *tests = tests_of(results, &wall_ms);

    describe_total(output, sizeof output, results);
    /* json_pack takes the tests over, and gives NULL if they are NULL. */
    json_t *whole = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:o, s:{s:b}}", "output", output, "output_format",
                              "text", "test_output_format", "text", "test_name_format", "text", "visibility", "visible",
                              "stdout_visibility", "hidden", "execution_time", (double)wall_ms / 1000, "tests", tests,
                              "extra_data", "complete", (int)results->complete);
    if (whole != NULL && results->complete &&
        json_object_set_new(whole, "score", json_integer(results->points)) == -1) {
        json_decref(whole);
        whole = NULL;
    }
    return write_json(whole, path);
}

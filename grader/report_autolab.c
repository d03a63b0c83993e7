/*
 * report_autolab.c - what an autograder prints for Autolab: the report, and in the last line the scores.
 *
 * An exercise is a problem of the assessment, by its folder's name. Autolab reads the last line of the standard output,
 * so nothing may come after it, and nothing that a submission printed may come there: the file is made here from the
 * results alone, and printed at the very end. A problem that could not be graded is left out of the scores: Autolab
 * then enters none for it, where 0 would be a grade.
 */
#include "report_platform.h"

#include <errno.h>

#include "clean_text.h"
#include "whole_file.h"

/* One line of JSON in plain ASCII, whatever is in it. VALUE is taken over. False if it cannot be made. */
static bool put_line(FILE *out, json_t *value)
{
    bool good = value != NULL && json_dumpf(value, out, JSON_COMPACT | JSON_ENSURE_ASCII) == 0;

    json_decref(value);
    return good && fputc('\n', out) != EOF;
}

/* A name as a key. JSON writes control characters in plain letters, but for one: the last of ASCII. */
struct name {
    char text[300];
};

static struct name name_of(const json_t *object, const char *field)
{
    struct name name;

    CLEAN_COPY(name.text, text_field(object, field));
    return name;
}

/* {"ID": {"passed": false, "hint": "..."}, ...} */
static json_t *stage_of(const json_t *exercise)
{
    json_t *stage = json_object(), *test = NULL;
    size_t i = 0;

    json_array_foreach(json_object_get(exercise, "tests"), i, test)
    {
        char hint[DETAILS_SIZE], details[DETAILS_SIZE];
        struct text text = TEXT_IN(hint);
        bool pass = is_verdict(test, "pass");
        if (!is_told(test))
            continue;
        describe_test(details, sizeof details, exercise, test);
        text_add_line(&text, "%s\n%s", text_field(test, "says"), details);
        if (json_object_set_new(stage, name_of(test, "id").text,
                                pass ? json_pack("{s:b}", "passed", 1)
                                     : json_pack("{s:b, s:s}", "passed", 0, "hint", hint)) == -1) {
            json_decref(stage);
            return NULL;
        }
    }
    return stage;
}

/* The optional line before the scores: a stage for each exercise, and its tests. */
static json_t *presentation_of(const struct results *results)
{
    json_t *whole = json_pack("{s:s, s:[]}", "_presentation", "semantic", "stages"), *exercise = NULL;
    size_t i = 0;

    json_array_foreach(results->exercises, i, exercise)
    {
        const struct name name = name_of(exercise, "exercise");
        if (json_array_append_new(json_object_get(whole, "stages"), json_string(name.text)) == -1 ||
            json_object_set_new(whole, name.text, stage_of(exercise)) == -1) {
            json_decref(whole);
            return NULL;
        }
    }
    return whole;
}

static json_t *scores_of(const struct results *results)
{
    json_t *scores = json_object(), *exercise = NULL;
    size_t i = 0;

    json_array_foreach(results->exercises, i, exercise)
    {
        if (is_incomplete(exercise))
            continue;
        if (json_object_set_new(scores, name_of(exercise, "exercise").text,
                                json_integer(number_field(exercise, "points"))) == -1) {
            json_decref(scores);
            return NULL;
        }
    }
    return json_pack("{s:o}", "scores", scores);
}

int report_autolab(const struct results *results, const char *path)
{
    struct whole_file file;

    if (whole_file_begin(&file, path) == -1)
        return -1;
    struct printer printer = {.out = file.stream, .width = 80, .utf8 = true};
    report_terminal(&printer, results, &(struct detail){.verbose = false});
    (void)fputc('\n', file.stream);
    if (put_line(file.stream, presentation_of(results)) && put_line(file.stream, scores_of(results)))
        return whole_file_finish(&file);
    whole_file_give_up(&file);
    errno = ENOMEM;
    return -1;
}

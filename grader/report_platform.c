/* report_platform.c - what the formats for other systems have in common. */
#include "report_platform.h"

#include <string.h>

#include "clean_text.h"

bool is_told(const json_t *test)
{
    return !is_verdict(test, "skipped") && !is_verdict(test, "grader_error");
}

static void add_labelled(struct text *text, const char *label, const char *value)
{
    if (value[0] != '\0')
        text_add_line(text, "%s: %s\n", label, value);
}

void describe_test(char *to, size_t size, const json_t *exercise, const json_t *test)
{
    struct text text = text_begin(to, size);
    const json_t *where = json_object_get(test, "where"), *lesson = json_object_get(test, "lesson");
    const char *seen = text_field(test, "seen");

    if (is_verdict(test, "pass"))
        return;
    text_add(&text, "%s", text_field(test, "verdict"));
    text_add_line(&text, "\n");
    if (json_is_object(where))
        text_add_line(&text, "where: %s:%ld: %s\n", text_field(where, "file"), number_field(where, "line"),
                      text_field(where, "text"));
    /* Where no test ran, the reason is the exercise's. */
    add_labelled(&text, "seen", seen[0] != '\0' ? seen : text_field(exercise, "reason"));
    add_labelled(&text, "expected", text_field(test, "expected"));
    add_labelled(&text, "why", text_field(test, "why"));
    text_add_line(&text, "lesson: %s#%s\n", text_field(lesson, "file"), text_field(lesson, "section"));
    add_labelled(&text, "clause", text_field(test, "clause"));
}

void describe_total(char *to, size_t size, const struct results *results)
{
    struct text text = text_begin(to, size);
    size_t i = 0;
    json_t *exercise = NULL;

    if (results->complete) {
        text_add(&text, "%ld of %ld points", results->points, results->max_points);
        return;
    }
    text_add(&text, "Not graded in full; this is not zero points.");
    json_array_foreach(results->exercises, i, exercise)
    {
        const char *reason = text_field(exercise, "reason");
        if (is_incomplete(exercise))
            text_add(&text, " %s: %.600s", text_field(exercise, "exercise"),
                     reason[0] != '\0' ? reason : "this machine cannot run all of its tests.");
    }
}

/* class_tests.c - the part of class.html that tells how the tests fared: the hardest, all of them, those that tell nobody apart. */
#include "class.h"

#include <stdlib.h>

#include "html.h"

enum { HARDEST = 10 /* tests in the list of what most of the class fails */ };

struct tested {
    const json_t *exercise, *test;
    long pass, ran;
};

/* All tests of all exercises, in their order. The caller frees it; NULL for want of memory. */
static struct tested *all_tests(const json_t *class, size_t *count)
{
    size_t i = 0, k = 0, size = 0;
    json_t *exercise = NULL, *test = NULL;

    json_array_foreach(json_object_get(class, "exercises"), i, exercise) size +=
        json_array_size(json_object_get(exercise, "tests"));
    struct tested *tests = calloc(size + 1, sizeof *tests);
    *count = 0;
    if (tests == NULL)
        return NULL;
    json_array_foreach(json_object_get(class, "exercises"), i, exercise)
    {
        json_array_foreach(json_object_get(exercise, "tests"), k, test)
        {
            long pass = number_field(test, "pass");
            tests[(*count)++] = (struct tested){exercise, test, pass, pass + number_field(test, "fail")};
        }
    }
    return tests;
}

/* The smaller part of those whom it tested passed, the further in front; then the more it tested. */
static int compare_hardness(const void *left, const void *right)
{
    const struct tested *a = left, *b = right;
    long difference = a->pass * b->ran - b->pass * a->ran;

    if (difference != 0)
        return difference < 0 ? -1 : 1;
    return a->ran > b->ran ? -1 : a->ran < b->ran;
}

static void put_test_line(FILE *out, const struct tested *t)
{
    (void)fputs("<tr><td>", out);
    put_html(out, text_field(t->exercise, "exercise"));
    (void)fputs("</td><td>", out);
    put_html(out, text_field(t->test, "says"));
    (void)fprintf(out,
                  "</td><td class=\"sum\">%ld of %ld</td><td><meter min=\"0\" max=\"%ld\" value=\"%ld\">"
                  "%ld of %ld</meter></td></tr>\n",
                  t->pass, t->ran, t->ran, t->pass, t->pass, t->ran);
}

static void begin_tests(FILE *out, const char *label)
{
    (void)fprintf(out,
                  "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table class=\"tests\">\n"
                  "<thead><tr><th scope=\"col\">Exercise</th><th scope=\"col\">Test</th>"
                  "<th scope=\"col\" class=\"number\">Passed</th><th scope=\"col\">Part</th></tr></thead>\n<tbody>\n",
                  label);
}

static void end_tests(FILE *out)
{
    (void)fputs("</tbody>\n</table>\n</div>\n", out);
}

/* A list of tests that are, for the class, all alike. */
static void put_alike(FILE *out, const struct tested *tests, size_t count, const char *heading, bool passed)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        if (tests[i].ran == 0 || tests[i].pass != (passed ? tests[i].ran : 0))
            continue;
        if (found++ == 0)
            (void)fprintf(out, "<h3>%s</h3>\n<ul>\n", heading);
        (void)fputs("<li>", out);
        put_html(out, text_field(tests[i].exercise, "exercise"));
        (void)fputs(": ", out);
        put_html(out, text_field(tests[i].test, "says"));
        (void)fputs("</li>\n", out);
    }
    if (found > 0)
        (void)fputs("</ul>\n", out);
}

static void put_hardest(FILE *out, struct tested *tests, size_t count)
{
    size_t shown = 0;

    qsort(tests, count, sizeof *tests, compare_hardness);
    (void)fputs("<section>\n<h2>What most of the class fails</h2>\n", out);
    for (size_t i = 0; i < count && shown < HARDEST; i++) {
        if (tests[i].ran == 0 || 2 * tests[i].pass >= tests[i].ran)
            continue;
        if (shown++ == 0)
            begin_tests(out, "What most of the class fails");
        put_test_line(out, &tests[i]);
    }
    if (shown > 0)
        end_tests(out);
    else
        (void)fputs("<p>There is no test that more than half of the class fails.</p>\n", out);
    (void)fputs("</section>\n", out);
}

bool put_tests(FILE *out, const json_t *class)
{
    size_t count = 0;
    struct tested *tests = all_tests(class, &count), *sorted = all_tests(class, &count);
    bool good = tests != NULL && sorted != NULL;

    if (good) {
        put_hardest(out, sorted, count);
        (void)fputs("<section>\n<h2>Tests</h2>\n<p>Only submissions on which a test ran are counted: one that does not "
                    "compile, or was not handed in, says nothing about the test.</p>\n"
                    "<details>\n<summary>All tests, and how many pass</summary>\n",
                    out);
        begin_tests(out, "All tests");
        for (size_t i = 0; i < count; i++)
            put_test_line(out, &tests[i]);
        end_tests(out);
        (void)fputs("</details>\n<details>\n<summary>Tests that nobody passes, tests that nobody fails</summary>\n",
                    out);
        put_alike(out, tests, count, "Nobody passes", false);
        put_alike(out, tests, count, "Nobody fails", true);
        (void)fputs("</details>\n</section>\n", out);
    }
    free(sorted);
    free(tests);
    return good;
}

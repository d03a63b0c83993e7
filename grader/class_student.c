/* class_student.c - the report for one student: a text, and a page that stands alone. */
#include "class.h"

#include <string.h>

#include "clean_text.h"
#include "html.h"
#include "report_platform.h"
#include "whole_file.h"

int student_text(const struct student *student, const struct results *results, const char *path)
{
    struct whole_file file;

    if (whole_file_begin(&file, path) == -1)
        return -1;
    struct printer printer = {.out = file.stream, .width = 80, .utf8 = true};
    print_styled(&printer, STYLE_PLAIN, "%s", student->name);
    print_newline(&printer);
    print_newline(&printer);
    if (student->problem != NULL)
        print_wrapped(&printer, 0, student->problem);
    else
        report_terminal(&printer, results, &(struct detail){.quiet = false});
    return whole_file_finish(&file);
}

static void put_labelled(FILE *out, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    put_element(out, "dt", NULL, label);
    put_element(out, "dd", NULL, text);
}

/* A test that did not pass, in full. */
static void put_test(FILE *out, const json_t *test)
{
    const json_t *where = json_object_get(test, "where"), *lesson = json_object_get(test, "lesson");
    char line[1200], verdict[32];
    struct text text = TEXT_IN(line);

    CLEAN_COPY(verdict, text_field(test, "verdict"));
    for (char *c = strchr(verdict, '_'); c != NULL; c = strchr(c, '_'))
        *c = ' ';
    (void)fprintf(out, "<article class=\"%s\">\n<h3><span class=\"verdict\">%s</span> ", is_told(test) ? "bad" : "open",
                  verdict);
    put_html(out, text_field(test, "says"));
    (void)fprintf(out, " <small>%ld point%s</small></h3>\n<dl>\n", number_field(test, "max_points"),
                  number_field(test, "max_points") == 1 ? "" : "s");
    if (json_is_object(where)) {
        text_add(&text, "%s:%ld: %s", text_field(where, "file"), number_field(where, "line"),
                 text_field(where, "text"));
        (void)fputs("<dt>where</dt>\n<dd><code>", out);
        put_html(out, line);
        (void)fputs("</code></dd>\n", out);
    }
    put_labelled(out, "seen", text_field(test, "seen"));
    put_labelled(out, "expected", text_field(test, "expected"));
    put_labelled(out, "why", text_field(test, "why"));
    text = TEXT_IN(line);
    text_add(&text, "%s#%s", text_field(lesson, "file"), text_field(lesson, "section"));
    put_labelled(out, "lesson", line);
    put_labelled(out, "clause", text_field(test, "clause"));
    (void)fputs("</dl>\n</article>\n", out);
}

static void put_passed(FILE *out, const json_t *tests, size_t count)
{
    size_t i = 0;
    json_t *test = NULL;

    if (count == 0)
        return;
    (void)fprintf(out, "<details>\n<summary>%zu passed</summary>\n<ul>\n", count);
    json_array_foreach(tests, i, test)
    {
        if (is_verdict(test, "pass"))
            put_element(out, "li", NULL, text_field(test, "says"));
    }
    (void)fputs("</ul>\n</details>\n", out);
}

static void put_exercise(FILE *out, const json_t *exercise)
{
    const json_t *points = json_object_get(exercise, "points"), *tests = json_object_get(exercise, "tests");
    bool ran = strcmp(text_field(exercise, "status"), "graded") == 0;
    size_t i = 0, passed = 0;
    json_t *test = NULL;

    (void)fputs("<section id=\"", out);
    put_html(out, text_field(exercise, "exercise"));
    (void)fputs("\">\n<h2>", out);
    put_html(out, text_field(exercise, "exercise"));
    (void)fputs(" <span class=\"points\">", out);
    if (json_is_integer(points))
        (void)fprintf(out, "%ld/%ld", number_field(exercise, "points"), number_field(exercise, "max_points"));
    (void)fputs("</span></h2>\n", out);
    put_element(out, "p", NULL, text_field(exercise, "summary"));
    put_element(out, "pre", NULL, text_field(exercise, "reason"));
    json_array_foreach(tests, i, test)
    {
        passed += is_verdict(test, "pass");
        /* Where nothing ran, the reason above is all there is to say. */
        if (ran && !is_verdict(test, "pass"))
            put_test(out, test);
    }
    put_passed(out, tests, passed);
    (void)fputs("</section>\n", out);
}

int student_page(const struct student *student, const struct results *results, const char *style, const char *path)
{
    struct whole_file file;
    size_t i = 0;
    json_t *exercise = NULL;

    if (whole_file_begin(&file, path) == -1)
        return -1;
    FILE *out = file.stream;
    put_page_head(out, student->name, style);
    (void)fputs("<main class=\"report\">\n", out);
    put_element(out, "h1", NULL, student->name);
    if (student->problem != NULL) {
        (void)fputs("<p>This submission could not be graded. That is not zero points.</p>\n", out);
        put_element(out, "pre", NULL, student->problem);
    } else {
        char total[DETAILS_SIZE];
        describe_total(total, sizeof total, results);
        put_element(out, "p", "total", total);
        json_array_foreach(results->exercises, i, exercise) put_exercise(out, exercise);
    }
    (void)fputs("</main>\n</body>\n</html>\n", out);
    return whole_file_finish(&file);
}

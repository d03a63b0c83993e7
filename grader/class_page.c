/*
 * class_page.c - class.html: students by exercises, and what the class's tests say.
 *
 * A page that stands alone: a real table, readable without the script (class.js), which sorts and filters it.
 */
#include "class.h"

#include <errno.h>
#include <string.h>

#include "html.h"
#include "whole_file.h"

static void put_sorter(FILE *out, const char *text, const char *kind)
{
    (void)fprintf(out, "<th scope=\"col\" class=\"%s\"><button type=\"button\">", kind);
    put_html(out, text);
    (void)fputs("</button></th>\n", out);
}

/* A cell that leads to its part of the student's report. What is not graded sorts below zero. */
static void put_cell(FILE *out, const char *report, const json_t *cell)
{
    const char *status = text_field(cell, "status"), *words = status_words(status);
    long points = number_field(cell, "points"), most = number_field(cell, "max_points");
    bool complete = json_is_true(json_object_get(cell, "complete"));
    const char *look = !complete ? "open" : points == most ? "full" : points == 0 ? "none" : "some";

    (void)fprintf(out, "<td class=\"%s\" data-value=\"%ld\"><a href=\"reports/%s.html#", look, complete ? points : -1,
                  report);
    put_html(out, text_field(cell, "exercise"));
    (void)fputs("\" title=\"", out);
    put_html(out, words[0] != '\0' ? words : text_field(cell, "summary"));
    (void)fputs("\">", out);
    if (!complete)
        (void)fputs("not graded", out);
    else if (words[0] != '\0')
        (void)fprintf(out, "%ld <small class=\"words\">%s</small>", points, words);
    else
        (void)fprintf(out, "%ld<small>/%ld</small>", points, most);
    (void)fputs("</a></td>\n", out);
}

static void put_row(FILE *out, const json_t *row)
{
    const char *report = text_field(row, "report");
    size_t i = 0;
    json_t *cell = NULL;
    bool complete = json_is_true(json_object_get(row, "complete"));
    long points = number_field(row, "points"), most = number_field(row, "max_points");

    (void)fprintf(out, "<tr data-state=\"%s\">\n<th scope=\"row\"><a href=\"reports/%s.html\">",
                  !complete       ? "open"
                  : points < most ? "missing"
                                  : "full",
                  report);
    put_html(out, text_field(row, "student"));
    (void)fputs("</a></th>\n", out);
    json_array_foreach(json_object_get(row, "exercises"), i, cell) put_cell(out, report, cell);
    (void)fprintf(out, "<td class=\"%s\" data-value=\"%ld\">%ld<small>/%ld%s</small></td>\n</tr>\n",
                  complete ? "sum" : "open", points, points, most, complete ? "" : " so far");
}

static void put_students(FILE *out, const json_t *class)
{
    size_t i = 0;
    json_t *item = NULL;

    (void)fputs("<section>\n<h2>Students</h2>\n<form id=\"filter\" hidden>\n"
                "<label>Name <input type=\"search\" id=\"name\" autocomplete=\"off\"></label>\n"
                "<label>Show <select id=\"state\"><option value=\"\">all</option>"
                "<option value=\"missing\">points missing</option><option value=\"full\">full marks</option>"
                "<option value=\"open\">not graded in full</option></select></label>\n"
                "<output id=\"shown\"></output>\n</form>\n"
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Students by exercises\">\n"
                "<table id=\"students\">\n<thead>\n<tr>\n",
                out);
    put_sorter(out, "Student", "text");
    json_array_foreach(json_object_get(class, "exercises"), i, item)
        put_sorter(out, text_field(item, "exercise"), "number");
    put_sorter(out, "Total", "number");
    (void)fputs("</tr>\n</thead>\n<tbody>\n", out);
    json_array_foreach(json_object_get(class, "students"), i, item) put_row(out, item);
    (void)fputs("</tbody>\n</table>\n</div>\n</section>\n", out);
}

static void put_not_graded(FILE *out, const json_t *class)
{
    const json_t *list = json_object_get(class, "not_graded");
    size_t i = 0;
    json_t *entry = NULL;

    if (json_array_size(list) == 0)
        return;
    (void)fputs("<section class=\"alert\">\n<h2>Could not be graded</h2>\n"
                "<p>These are not worth zero points: the grader could not tell what they are worth.</p>\n<ul>\n",
                out);
    json_array_foreach(list, i, entry)
    {
        const char *exercise = text_field(entry, "exercise");
        (void)fprintf(out, "<li><a href=\"reports/%s.html\">", text_field(entry, "report"));
        put_html(out, text_field(entry, "student"));
        (void)fputs("</a>", out);
        if (exercise[0] != '\0') {
            (void)fputs(", ", out);
            put_html(out, exercise);
        }
        (void)fputs(": ", out);
        put_html(out, text_field(entry, "reason"));
        (void)fputs("</li>\n", out);
    }
    (void)fputs("</ul>\n</section>\n", out);
}

int class_page(const json_t *class, const char *style, const char *script, const char *path)
{
    struct whole_file file;

    if (whole_file_begin(&file, path) == -1)
        return -1;
    FILE *out = file.stream;
    put_page_head(out, "The class", style);
    (void)fprintf(out, "<main>\n<h1>The class</h1>\n<p>%zu students graded. Each cell leads to the report.</p>\n",
                  json_array_size(json_object_get(class, "students")));
    put_not_graded(out, class);
    put_students(out, class);
    if (!put_tests(out, class)) {
        whole_file_give_up(&file);
        errno = ENOMEM;
        return -1;
    }
    (void)fprintf(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", script);
    return whole_file_finish(&file);
}

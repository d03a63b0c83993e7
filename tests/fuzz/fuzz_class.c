/*
 * fuzz_class.c - a class's names, problems and results, and the pages and tables that are made of them: grader/class_*.c.
 *
 * The input is several files in one (see section() in fuzz.h): name (a student's: the name of a folder, any bytes),
 * problem (why nothing could be graded; if there is one), and result.json.
 */
#include "class.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "clean_text.h"
#include "fuzz.h"
#include "html.h"
#include "whole_file.h"

enum { MOST_BYTES = 1 << 24 };

static char *text_of_file(const char *path)
{
    size_t size = 0;
    char *text = read_whole_file(path, MOST_BYTES, &size);

    MUST(text != NULL && strlen(text) == size);
    return text;
}

/* Between these words a student's page is XML: every element that begins there ends, and no attribute breaks. */
static void check_student_page(const struct student *student, const struct results *results)
{
    MUST(student_page(student, results, "", "page") == 0);
    char *text = text_of_file("page");
    const char *begin = strstr(text, "<main"), *end = strstr(text, "</main>");
    XML_Parser parser = XML_ParserCreate("UTF-8");

    MUST(is_harmless_but_for_newlines(text));
    MUST(begin != NULL && end != NULL && strstr(end + 1, "</main>") == NULL && parser != NULL);
    MUST(XML_Parse(parser, begin, (int)(end + strlen("</main>") - begin), 1) == XML_STATUS_OK);
    XML_ParserFree(parser);
    free(text);
}

static void check_student_text(const struct student *student, const struct results *results)
{
    MUST(student_text(student, results, "text") == 0);
    char *text = text_of_file("text");

    MUST(is_harmless_but_for_newlines(text));
    free(text);
}

/* In the class's page all markup is ours: whatever begins there is one of the elements that we use. */
static void check_class_page(const json_t *class)
{
    static const char ours[] =
        " !DOCTYPE html head meta title style body main h1 h2 h3 p ul li a section table thead tbody tr th td small "
        "button form input label select option output div details summary script span code b i strong em meter "
        "caption ";

    MUST(class_page(class, "", "", "page") == 0);
    char *text = text_of_file("page");
    MUST(is_harmless_but_for_newlines(text));
    for (const char *c = strchr(text, '<'); c != NULL; c = strchr(c + 1, '<')) {
        char name[20] = " ";
        size_t length = strcspn(c + 1 + (c[1] == '/'), " >\n");
        MUST(length > 0 && length < sizeof name - 2);
        (void)strncat(name, c + 1 + (c[1] == '/'), length);
        (void)strcat(name, " ");
        MUST(strstr(ours, name) != NULL);
    }
    free(text);
}

static void check_class_table(const json_t *class)
{
    MUST(class_table(class, "table") == 0);
    char *text = text_of_file("table");

    MUST(strstr(text, "\r\n") != NULL);
    for (const char *c = text; *c != '\0'; c++) { /* cells in quotes, in which no formula begins */
        if (*c != '"')
            continue;
        MUST(strchr("=+-@", c[1]) == NULL);
        for (c++; *c != '"' || c[1] == '"'; c += *c == '"' ? 2 : 1)
            MUST(*c != '\0');
    }
    free(text);
}

/* The result, if it is one; an exercise that is no good is told as one that could not be graded, elsewhere. */
static json_t *result_of(const char *text, size_t length)
{
    json_t *result = text == NULL ? NULL : json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);

    if (result != NULL && wrong_in_exercise(result) == NULL)
        return result;
    json_decref(result);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct student student = {.problem = NULL};
    char problem[1000], *copy = NULL;
    size_t length = 0;
    const char *text = section(data, size, "name", &length);

    copy = strndup(text == NULL ? "" : text, length);
    MUST(copy != NULL);
    CLEAN_COPY(student.name, copy);
    encoded_name(student.file, sizeof student.file, copy);
    free(copy);
    text = section(data, size, "problem", &length);
    if (text != NULL) {
        copy = strndup(text, length);
        MUST(copy != NULL);
        CLEAN_COPY(problem, copy);
        student.problem = problem;
        free(copy);
    }
    struct results results = {.exercises = json_array(), .submission = student.name, .complete = true};
    text = section(data, size, "result.json", &length);
    json_t *result = result_of(text, length);
    MUST(result == NULL || results_add(&results, result));

    json_t *class = class_begin();
    MUST(class != NULL && class_add(class, &student, &results));
    check_student_page(&student, &results);
    check_student_text(&student, &results);
    check_class_page(class);
    check_class_table(class);
    json_decref(class);
    results_free(&results);
    return 0;
}

/*
 * class_report.c - what a class did: class.json, class.csv, class.html, and a report for each student.
 *
 *   class_report RUN RESULTS OUT
 *
 * grader/class leaves in RUN/students/N, for N from 1 on, the files
 *   name      the student's name, any bytes
 *   problem   why nothing could be graded; only if that is so
 *   units     for each exercise a line "EXERCISE UNIT POINTS"; RESULTS/UNIT.json is its result, POINTS what it is worth
 * and in RESULTS/UNIT.problem a line that says why there is none. Students with the same code have the same unit.
 * One student is read at a time; what is kept is a row of numbers each.
 *
 * Exit status: 0; 1 if something could not be graded; 2 if the files could not be written.
 */
#include "class.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clean_text.h"
#include "html.h"
#include "report_platform.h"
#include "whole_file.h"

enum { MOST_NAME = 4096, MOST_UNITS = 1 << 20, MOST_STYLE = 1 << 20 };

struct places {
    const char *run, *results, *out;
    char *style, *script; /* what class.css and class.js hold */
};

static bool complain(const char *path)
{
    (void)fprintf(stderr, "class_report: %s: %s\n", path, strerror(errno));
    return false;
}

/* The text of a file, without newlines at its end; NULL if there is none. The caller frees it. */
static char *text_of(const char *path, size_t most)
{
    size_t size = 0;
    char *text = read_whole_file(path, most, &size);

    while (text != NULL && size > 0 && text[size - 1] == '\n')
        text[--size] = '\0';
    return text;
}

/* A result that says that there is none. NULL for want of memory. */
static json_t *no_result(const struct places *places, const char *exercise, const char *unit, int points)
{
    char path[PATH_MAX], reason[1000];

    (void)snprintf(path, sizeof path, "%s/%s.problem", places->results, unit);
    char *problem = text_of(path, MOST_NAME);
    CLEAN_COPY(reason, problem != NULL ? problem : "there is no result; grade again");
    free(problem);
    return json_pack("{s:s, s:s, s:s, s:s, s:n, s:i, s:s, s:s, s:[], s:[]}", "exercise", exercise, "title", "",
                     "source", "", "status", "grader_error", "points", "max_points", points, "summary",
                     "could not be graded", "reason", reason, "warnings", "tests");
}

/* Adds the result of an exercise, under the student's own name for its source. */
static bool add_exercise(struct results *results, const struct places *places, const char *exercise, const char *unit,
                         int points)
{
    char path[PATH_MAX], source[STUDENT_NAME_SIZE + 600];
    struct text text = TEXT_IN(source);

    (void)snprintf(path, sizeof path, "%s/%s.json", places->results, unit);
    json_t *result = access(path, F_OK) == 0 ? result_load(path) : NULL;
    if (result == NULL)
        result = no_result(places, exercise, unit, points);
    const char *file = strrchr(text_field(result, "source"), '/');
    text_add(&text, "%s/%s%s", results->submission, exercise, file != NULL ? file : "");
    if (json_object_set_new(result, "source", json_string(source)) == 0)
        return results_add(results, result);
    json_decref(result);
    return false;
}

/* Reads the units of a student. False if that cannot be done. */
static bool read_results(struct results *results, const struct places *places, const char *units)
{
    FILE *file = fopen(units, "r");
    char exercise[256], unit[512];
    int points = 0;
    bool good = file != NULL;

    while (good && fscanf(file, "%255s %511s %d", exercise, unit, &points) == 3)
        good = add_exercise(results, places, exercise, unit, points);
    if (file != NULL)
        (void)fclose(file);
    return good || complain(units);
}

static bool write_reports(const struct student *student, const struct results *results, const struct places *places)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/reports/%s.html", places->out, student->file);
    if (student_page(student, results, places->style, path) == -1)
        return complain(path);
    (void)snprintf(path, sizeof path, "%s/reports/%s.txt", places->out, student->file);
    return student_text(student, results, path) == 0 || complain(path);
}

/* One student, in RUN/students/NUMBER. */
static bool take_student(json_t *class, const struct places *places, unsigned number, const char *name)
{
    struct student student = {.problem = NULL};
    char path[PATH_MAX], problem[1000];

    CLEAN_COPY(student.name, name);
    encoded_name(student.file, sizeof student.file, name);
    (void)snprintf(path, sizeof path, "%s/students/%u/problem", places->run, number);
    char *text = text_of(path, MOST_NAME);
    if (text != NULL) {
        CLEAN_COPY(problem, text);
        student.problem = problem;
        free(text);
    }
    (void)snprintf(path, sizeof path, "%s/students/%u/units", places->run, number);
    struct results results = {.exercises = json_array(), .submission = student.name, .complete = true};
    bool good = (student.problem != NULL || read_results(&results, places, path)) &&
                write_reports(&student, &results, places) && class_add(class, &student, &results);
    results_free(&results);
    return good;
}

static bool take_students(json_t *class, const struct places *places)
{
    char path[PATH_MAX];

    for (unsigned number = 1;; number++) {
        (void)snprintf(path, sizeof path, "%s/students/%u/name", places->run, number);
        char *name = text_of(path, MOST_NAME);
        if (name == NULL)
            return errno == ENOENT || complain(path);
        bool good = take_student(class, places, number, name);
        free(name);
        if (!good)
            return false;
    }
}

static bool write_class(json_t *class, const struct places *places)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/class.csv", places->out);
    if (class_table(class, path) == -1)
        return complain(path);
    (void)snprintf(path, sizeof path, "%s/class.html", places->out);
    if (class_page(class, places->style, places->script, path) == -1)
        return complain(path);
    (void)snprintf(path, sizeof path, "%s/class.json", places->out);
    return write_json(json_incref(class), path) == 0 || complain(path);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "class_report: usage: class_report RUN RESULTS OUT\n");
        return 2;
    }
    struct places places = {.run = argv[1], .results = argv[2], .out = argv[3]};
    places.style = text_of("grader/class.css", MOST_STYLE);
    places.script = text_of("grader/class.js", MOST_STYLE);
    json_t *class = class_begin();
    bool good = class != NULL && places.style != NULL && places.script != NULL;
    if (!good)
        (void)complain("grader/class.css, grader/class.js");
    good = good && take_students(class, &places) && write_class(class, &places);
    int status = !good ? 2 : json_array_size(json_object_get(class, "not_graded")) > 0 ? 1 : 0;
    json_decref(class);
    free(places.style);
    free(places.script);
    return status;
}

/*
 * verify_class - compares what a class was given with what it must get.
 *
 *   verify_class EXPECTED CLASS [OTHER]
 *
 * EXPECTED is what tests/synthetic-class wrote of the class, CLASS is class.json (docs/instructors.md). Each student
 * and exercise has to have the status and the points that stand there; where the points are "?", more than none and
 * less than all is as good as none, but not all of them. What cannot be graded has to be in the list of that, with its
 * reason. OTHER is another class.json, in which some of the students are, too, and nobody is hostile: each of their
 * answers has to be told in the same words there, unless it is one of those that are hostile here.
 * Prints a line for each difference, and then, if nothing differs, how many answers of each kind there were.
 * Ends with 0 if all is as it must be, with 1 if something differs; 2: it could not tell.
 */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 6, MOST_KINDS = 32 };

struct expected {
    const char *student, *exercise, *kind, *source, *status, *points;
};

struct kind {
    char name[40];
    int answers, differences;
};

static struct kind kinds[MOST_KINDS];
static const json_t *class, *other_class; /* the latter NULL if there is none */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* The element of LIST in which KEY is VALUE, and, if OTHER is not NULL, that is OTHER_VALUE; NULL if there is none. */
static const json_t *find(const json_t *list, const char *key, const char *value, const char *other,
                          const char *other_value)
{
    size_t i;
    const json_t *element;

    json_array_foreach(list, i, element)
    {
        if (strcmp(text_of(element, key), value) == 0 &&
            (other == NULL || strcmp(text_of(element, other), other_value) == 0))
            return element;
    }
    return NULL;
}

static struct kind *kind_of(const char *name)
{
    for (size_t i = 0; i < MOST_KINDS; i++) {
        if (kinds[i].answers == 0)
            (void)snprintf(kinds[i].name, sizeof kinds[i].name, "%s", name);
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    (void)fprintf(stderr, "verify_class: more than %d kinds\n", MOST_KINDS);
    exit(2);
}

static bool differs(const struct expected *e, const char *what, const char *is)
{
    printf("%s, %s, %s %s: should be %s %s; %s%s\n", e->student, e->exercise, e->kind, e->source, e->status, e->points,
           what, is);
    return false;
}

static bool verify_reason(const struct expected *e, const char *exercise, const char *phrase)
{
    const json_t *entry = find(json_object_get(class, "not_graded"), "student", e->student,
                               exercise == NULL ? NULL : "exercise", exercise);

    if (entry == NULL)
        return differs(e, "is not among what could not be graded", "");
    return strstr(text_of(entry, "reason"), phrase) != NULL || differs(e, "the reason is: ", text_of(entry, "reason"));
}

/* Are the points of a cell those that were expected? */
static bool verify_points(const struct expected *e, const json_t *cell)
{
    json_int_t points = json_integer_value(json_object_get(cell, "points"));
    json_int_t most = json_integer_value(json_object_get(cell, "max_points"));
    char is[60];

    (void)snprintf(is, sizeof is, "%lld of %lld points", (long long)points, (long long)most);
    if (!json_is_true(json_object_get(cell, "complete")))
        return differs(e, "is not graded in full", "");
    if (strcmp(e->points, "?") == 0)
        return points < most || differs(e, is, "");
    return points == atoll(e->points) || differs(e, is, "");
}

/* The row of a student in a class; NULL if there is none. */
static const json_t *row_of(const json_t *of_class, const char *student)
{
    return find(json_object_get(of_class, "students"), "student", student, NULL, NULL);
}

static const json_t *cell_of(const json_t *row, const char *exercise)
{
    return find(json_object_get(row, "exercises"), "exercise", exercise, NULL, NULL);
}

static bool verify_as_in_other(const struct expected *e, const json_t *cell)
{
    const json_t *row = row_of(other_class, e->student);

    if (row == NULL || strcmp(e->kind, "hostile") == 0)
        return true;
    return json_equal(cell, cell_of(row, e->exercise)) || differs(e, "was something else in the other class", "");
}

static bool verify(const struct expected *e)
{
    const json_t *row = row_of(class, e->student);

    if (strcmp(e->exercise, "*") == 0)
        return row == NULL ? verify_reason(e, NULL, e->points) : differs(e, "has a row of points", "");
    if (row == NULL)
        return differs(e, "has no row", "");
    const json_t *cell = cell_of(row, e->exercise);
    if (cell == NULL)
        return differs(e, "has no cell", "");
    if (strcmp(e->status, "?") != 0 && strcmp(text_of(cell, "status"), e->status) != 0)
        return differs(e, "is ", text_of(cell, "status"));
    if (!verify_as_in_other(e, cell))
        return false;
    if (strcmp(e->status, "grader_error") == 0)
        return verify_reason(e, e->exercise, "");
    return verify_points(e, cell);
}

/* Takes LINE apart; false if it has not as many columns as it must. */
static bool split(char *line, struct expected *e)
{
    const char *column[COLUMNS] = {NULL};

    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < COLUMNS; i++) {
        if (line == NULL)
            return false;
        column[i] = line;
        line = strchr(line, '\t');
        if (line != NULL)
            *line++ = '\0';
    }
    *e = (struct expected){column[0], column[1], column[2], column[3], column[4], column[5]};
    return line == NULL;
}

/* Verifies each line of the file. Returns how many differ, -1 if it cannot be read. */
static int verify_all(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[4096];
    struct expected e;
    int differences = 0;

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (!split(line, &e)) {
            (void)fprintf(stderr, "%s: a line without %d columns\n", path, COLUMNS);
            (void)fclose(file);
            return -1;
        }
        struct kind *kind = kind_of(e.kind);
        bool good = verify(&e);
        kind->answers++;
        kind->differences += !good;
        differences += !good;
    }
    if (file == NULL || ferror(file) || fclose(file) != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    return differences;
}

/* Ends the program with 2 if there is no such file. */
static json_t *load(const char *path)
{
    json_error_t error;
    json_t *loaded = json_load_file(path, 0, &error);

    if (loaded == NULL) {
        (void)fprintf(stderr, "%s: %s\n", path, error.text);
        exit(2);
    }
    return loaded;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        (void)fprintf(stderr, "usage: verify_class EXPECTED CLASS [OTHER]\n");
        return 2;
    }
    class = load(argv[2]);
    other_class = argc == 4 ? load(argv[3]) : NULL;
    int differences = verify_all(argv[1]);
    for (size_t i = 0; i < MOST_KINDS && kinds[i].answers > 0; i++)
        printf("  %-12s %5d answers, %d differ\n", kinds[i].name, kinds[i].answers, kinds[i].differences);
    return differences == 0 ? 0 : differences > 0 ? 1 : 2;
}

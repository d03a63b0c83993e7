/* manifest.c - reads a manifest and refuses one that is not complete. */
#include "manifest.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clean_text.h"
#include "whole_file.h"

enum { MOST_BYTES = 1 << 20, MOST_POINTS = 1000, MOST_DESCRIPTORS = 1 << 20, MOST_THREADS = 1 << 12 };

/* Where the reader stands, and where its complaint goes. */
struct reader {
    struct manifest *manifest;
    const char *path;
    unsigned line;
    struct text *error;
};

/* Writes the complaint; returns -1 for the caller to pass on. */
__attribute__((format(printf, 2, 3))) static int complain(struct reader *r, const char *format, ...)
{
    char what[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (r->line > 0)
        text_add(r->error, "%s:%u: %s", r->path, r->line, what);
    else
        text_add(r->error, "%s: %s", r->path, what);
    return -1;
}

/* A name that can be a file in the exercise's folder, or a C identifier: nothing that leads elsewhere. */
static bool is_name(const char *word, bool dots)
{
    if (word[0] == '\0' || word[0] == '.')
        return false;
    for (const char *c = word; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && !(dots && (*c == '.' || *c == '-')))
            return false;
    return true;
}

static int set_once(struct reader *r, const char **field, const char *word, const char *value)
{
    if (*field != NULL)
        return complain(r, "\"%s\" is given twice", word);
    *field = value;
    return 0;
}

/* Adds a name to a list of at most MOST; one that is there already is a mistake. */
static int add_name(struct reader *r, const char **list, size_t *count, size_t most, const char *word, const char *name)
{
    if (!is_name(name, false))
        return complain(r, "\"%s\" wants one name, not \"%s\"", word, name);
    for (size_t i = 0; i < *count; i++)
        if (strcmp(list[i], name) == 0)
            return complain(r, "\"%s %s\" is given twice", word, name);
    if (*count == most)
        return complain(r, "more than %zu lines \"%s\"", most, word);
    list[(*count)++] = name;
    return 0;
}

static int add_calls(struct reader *r, char *names)
{
    struct manifest *m = r->manifest;
    char *rest = NULL;

    /* A call may stand in several lines: they are grouped by what they are for. */
    for (char *name = strtok_r(names, " \t", &rest); name != NULL; name = strtok_r(NULL, " \t", &rest)) {
        if (!is_name(name, false))
            return complain(r, "\"%s\" is no name of a call", name);
        if (m->call_count == MANIFEST_MAX_CALLS)
            return complain(r, "more than %d calls are allowed", MANIFEST_MAX_CALLS);
        m->calls[m->call_count++] = name;
    }
    return 0;
}

static int begin_test(struct reader *r, const char *name)
{
    struct manifest *m = r->manifest;

    if (!is_name(name, false))
        return complain(r, "\"test\" wants a C identifier, not \"%s\"", name);
    if (manifest_find(m, name) >= 0)
        return complain(r, "the test \"%s\" is there twice", name);
    if (m->test_count == MANIFEST_MAX_TESTS)
        return complain(r, "more than %d tests", MANIFEST_MAX_TESTS);
    m->tests[m->test_count++] = (struct manifest_test){.name = name};
    return 0;
}

static int set_number(struct reader *r, int *field, const char *word, const char *value, int most)
{
    char *end = NULL;
    long number = strtol(value, &end, 10);

    if (end == value || *end != '\0' || number < 1 || number > most)
        return complain(r, "\"%s\" wants a number from 1 to %d, not \"%s\"", word, most, value);
    if (*field != 0)
        return complain(r, "\"%s\" is given twice", word);
    *field = (int)number;
    return 0;
}

/* A line of a test's block. 1 if the word belongs to no test. */
static int read_test_word(struct reader *r, const char *word, const char *value)
{
    struct manifest_test *test = &r->manifest->tests[r->manifest->test_count - 1];

    if (strcmp(word, "points") == 0)
        return set_number(r, &test->points, word, value, MOST_POINTS);
    if (strcmp(word, "says") == 0)
        return set_once(r, &test->says, word, value);
    if (strcmp(word, "why") == 0)
        return set_once(r, &test->why, word, value);
    if (strcmp(word, "lesson") == 0)
        return set_once(r, &test->lesson, word, value);
    if (strcmp(word, "clause") == 0)
        return set_once(r, &test->clause, word, value);
    return 1;
}

static int read_word(struct reader *r, const char *word, char *value)
{
    struct manifest *m = r->manifest;

    if (*value == '\0')
        return complain(r, "\"%s\" has no value", word);
    if (strcmp(word, "test") == 0)
        return begin_test(r, value);
    if (m->test_count > 0) {
        int result = read_test_word(r, word, value);
        return result <= 0 ? result : complain(r, "a test has no word \"%s\"", word);
    }
    if (strcmp(word, "title") == 0)
        return set_once(r, &m->title, word, value);
    if (strcmp(word, "source") == 0 || strcmp(word, "header") == 0) {
        if (!is_name(value, true))
            return complain(r, "\"%s\" wants the name of a file in the exercise's folder, not \"%s\"", word, value);
        return set_once(r, *word == 's' ? &m->source : &m->header, word, value);
    }
    if (strcmp(word, "export") == 0)
        return add_name(r, m->exports, &m->export_count, MANIFEST_MAX_EXPORTS, word, value);
    if (strcmp(word, "allow") == 0)
        return add_calls(r, value);
    if (strcmp(word, "descriptors") == 0)
        return set_number(r, &m->descriptors, word, value, MOST_DESCRIPTORS);
    if (strcmp(word, "threads") == 0)
        return set_number(r, &m->threads, word, value, MOST_THREADS);
    if (strcmp(word, "tool") == 0 && strcmp(value, "memcheck") != 0 && strcmp(value, "helgrind") != 0)
        return complain(r, "\"tool\" wants memcheck or helgrind, not \"%s\"", value);
    if (strcmp(word, "tool") == 0)
        return add_name(r, m->tools, &m->tool_count, MANIFEST_MAX_TOOLS, word, value);
    return complain(r, "there is no word \"%s\"", word);
}

static int read_lines(struct reader *r, char *bytes)
{
    char *rest = NULL;

    for (char *line = bytes; line != NULL; line = rest) {
        rest = strchr(line, '\n');
        if (rest != NULL)
            *rest++ = '\0';
        r->line++;
        while (isspace((unsigned char)*line))
            line++;
        for (size_t length = strlen(line); length > 0 && isspace((unsigned char)line[length - 1]); length--)
            line[length - 1] = '\0';
        if (*line == '\0' || *line == '#')
            continue;

        char *value = line + strcspn(line, " \t");
        if (*value != '\0')
            *value++ = '\0';
        value += strspn(value, " \t");
        if (read_word(r, line, value) == -1)
            return -1;
    }
    r->line = 0;
    return 0;
}

static int check_complete(struct reader *r)
{
    const struct manifest *m = r->manifest;

    if (m->title == NULL || m->source == NULL || m->header == NULL)
        return complain(r, "\"%s\" is missing", m->title == NULL ? "title" : m->source == NULL ? "source" : "header");
    if (m->export_count == 0 || m->tool_count == 0 || m->test_count == 0)
        return complain(r, "there is no line \"%s\"",
                        m->export_count == 0 ? "export"
                        : m->tool_count == 0 ? "tool"
                                             : "test");
    for (size_t i = 0; i < m->test_count; i++) {
        const struct manifest_test *t = &m->tests[i];
        const char *missing = t->points == 0      ? "points"
                              : t->says == NULL   ? "says"
                              : t->lesson == NULL ? "lesson"
                              : t->clause == NULL ? "clause"
                                                  : NULL;
        if (missing != NULL)
            return complain(r, "the test \"%s\" has no \"%s\"", t->name, missing);
    }
    return 0;
}

int manifest_read(struct manifest *manifest, const char *path, char *error, size_t size)
{
    struct text text = text_begin(error, size);
    struct reader reader = {.manifest = manifest, .path = path, .error = &text};
    size_t length = 0;

    *manifest = (struct manifest){.bytes = read_whole_file(path, MOST_BYTES, &length)};
    if (manifest->bytes == NULL)
        return complain(&reader, "%s", strerror(errno));
    if (strlen(manifest->bytes) != length)
        (void)complain(&reader, "a NUL byte has no business in a manifest");
    else if (read_lines(&reader, manifest->bytes) == 0 && check_complete(&reader) == 0)
        return 0;
    manifest_free(manifest);
    return -1;
}

void manifest_free(struct manifest *manifest)
{
    free(manifest->bytes);
    *manifest = (struct manifest){0};
}

int manifest_find(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->test_count; i++)
        if (strcmp(manifest->tests[i].name, name) == 0)
            return (int)i;
    return -1;
}

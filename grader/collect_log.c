/* collect_log.c - what the compiler and the inspector said about a submission. */
#include "collect.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "whole_file.h"

enum {
    MOST_LOG = 1 << 22,
    ERRORS_SHOWN = 3, /* the first ones are the cause, the others often follow from them */
    REASONS_SHOWN = 8,
};

/* A line of a log, without its newline; advances *REST. NULL at the end. */
static char *next_line(char **rest)
{
    char *line = *rest;

    if (line == NULL || *line == '\0')
        return NULL;
    *rest = strchr(line, '\n');
    if (*rest != NULL)
        *(*rest)++ = '\0';
    return line;
}

/* A diagnostic of gcc or clang: "pipeline.c:12:5: warning: unused variable 'n' [-Wunused-variable]". */
struct diagnostic {
    const char *file;
    unsigned line, column;
    bool error;
    const char *text;
};

static bool parse_diagnostic(char *line, struct diagnostic *d)
{
    static const struct {
        const char *word;
        bool error;
    } kinds[] = {{": fatal error: ", true}, {": error: ", true}, {": warning: ", false}};
    char *kind = NULL;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && kind == NULL; i++) {
        kind = strstr(line, kinds[i].word);
        if (kind != NULL) {
            d->text = kind + strlen(kinds[i].word);
            d->error = kinds[i].error;
        }
    }
    if (kind == NULL)
        return false;
    *kind = '\0';

    /* Before it stands FILE:LINE or FILE:LINE:COLUMN. */
    unsigned numbers[2] = {0, 0};
    size_t count = 0;
    char *colon = strrchr(line, ':');
    while (count < 2 && colon != NULL && isdigit((unsigned char)colon[1])) {
        numbers[count++] = (unsigned)strtoul(colon + 1, NULL, 10);
        *colon = '\0';
        colon = strrchr(line, ':');
    }
    const char *slash = strrchr(line, '/');
    d->file = slash == NULL ? line : slash + 1;
    d->line = count == 2 ? numbers[1] : numbers[0];
    d->column = count == 2 ? numbers[0] : 0;
    return count > 0;
}

static void add_warning(struct exercise *e, const struct diagnostic *d)
{
    if (e->warning_count == MAX_WARNINGS)
        return;
    struct warning *w = &e->warnings[e->warning_count++];
    struct text text = TEXT_IN(w->text), option = TEXT_IN(w->option);
    const char *bracket = strstr(d->text, " [-W");
    size_t length = bracket == NULL ? strlen(d->text) : (size_t)(bracket - d->text);

    text_add_bytes(&text, d->text, length);
    if (bracket != NULL)
        text_add_bytes(&option, bracket + 2, strcspn(bracket + 2, "]"));
    w->line = d->line;
    w->column = d->column;
}

static void add_error(struct exercise *e, struct text *reason, const struct diagnostic *d)
{
    struct place place = source_line(&e->lines, d->file, d->line);

    text_add_line(reason, "%s:%u: %.300s\n", d->file, d->line, d->text);
    if (place.text[0] != '\0')
        text_add_line(reason, "    %s\n", place.text);
}

/* Takes the newline at its end off a reason. */
static void finish(struct text *reason)
{
    if (reason->len > 0 && reason->start[reason->len - 1] == '\n')
        reason->start[--reason->len] = '\0';
}

bool read_compile_log(struct exercise *e)
{
    bool refused = e->status == STATUS_DOES_NOT_COMPILE;
    char path[MAX_PATH];
    size_t size = 0, errors = 0;

    if (!work_path(e, path, "compile.log"))
        return false;
    char *log = read_whole_file(path, MOST_LOG, &size);
    if (log == NULL && errno == ENOENT && !refused)
        return true;
    if (log == NULL && errno != EFBIG)
        return grader_error(e, "The compiler's words cannot be read: %s: %s. Run `make clean` and grade again.", path,
                            strerror(errno));

    char unparsed[600];
    struct text reason = TEXT_IN(e->reason), other = TEXT_IN(unparsed);
    char *rest = log;
    for (char *line = next_line(&rest); line != NULL; line = next_line(&rest)) {
        struct diagnostic d;
        if (!parse_diagnostic(line, &d)) {
            text_add_line(&other, "%.200s\n", line);
            continue;
        }
        if (!d.error)
            add_warning(e, &d);
        else if (refused && ++errors <= ERRORS_SHOWN)
            add_error(e, &reason, &d);
    }
    free(log);
    if (!refused)
        return true;
    if (errors > ERRORS_SHOWN)
        text_add_line(&reason, "and %zu more error%s\n", errors - ERRORS_SHOWN, errors == ERRORS_SHOWN + 1 ? "" : "s");
    if (errors == 0)
        text_add_line(&reason, "%s", other.len > 0 ? unparsed : "The compiler made no object file and gave no reason.");
    finish(&reason);
    return true;
}

bool read_inspect_log(struct exercise *e)
{
    char path[MAX_PATH];
    size_t size = 0, count = 0;

    if (!work_path(e, path, "inspect.log"))
        return false;
    char *log = read_whole_file(path, MOST_LOG, &size);
    if (log == NULL)
        return grader_error(e, "The inspector's words cannot be read: %s: %s. Run `make clean` and grade again.", path,
                            strerror(errno));

    struct text reason = TEXT_IN(e->reason);
    char *rest = log;
    for (char *line = next_line(&rest); line != NULL; line = next_line(&rest)) {
        /* KIND <tab> NAME <tab> sentence */
        char *tab = strchr(line, '\t');
        char *sentence = tab == NULL ? NULL : strchr(tab + 1, '\t');
        if (sentence != NULL && ++count <= REASONS_SHOWN)
            text_add_line(&reason, "%.400s\n", sentence + 1);
    }
    free(log);
    if (count == 0)
        return grader_error(e, "The inspector refused the submission and did not say why (%s is empty).", path);
    if (count > REASONS_SHOWN)
        text_add_line(&reason, "and %zu more like these\n", count - REASONS_SHOWN);
    finish(&reason);
    return true;
}

bool read_error_log(struct exercise *e)
{
    char path[MAX_PATH];
    size_t size = 0;

    if (!work_path(e, path, "error.log"))
        return false;
    char *log = read_whole_file(path, MOST_LOG, &size);
    if (log == NULL || size == 0) {
        free(log);
        return grader_error(e, "A step of the grader failed and left no word in %s.", path);
    }
    e->status = STATUS_GRADER_ERROR;
    log[size < 2000 ? size : 2000] = '\0';
    struct text reason = TEXT_IN(e->reason);
    text_add_line(&reason, "%s", log);
    finish(&reason);
    free(log);
    return false;
}

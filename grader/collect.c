/*
 * collect.c - makes result.json from the evidence of one graded exercise.
 *
 *   collect --manifest tests/NN-topic/manifest --exercise NN-topic --work build/grade/KEY/NN-topic
 *           --source exercises/NN-topic/X.c --output result.json [--plain]
 *
 * --plain: the suite ran without Valgrind (EAGAIN_VALGRIND=no, for this repository's own tests).
 *
 * Ends with 0 if it wrote a result, whatever the grade; with 2 and one line if it could not.
 */
#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "whole_file.h"

/* The run of the suite under one tool. */
static bool judge_tool(struct exercise *e, const char *tool)
{
    struct evidence *evidence = calloc(1, sizeof *evidence);
    struct valgrind_findings *found = calloc(BOARD_MAX_TESTS, sizeof *found);
    bool good = false;

    if (evidence == NULL || found == NULL)
        (void)grader_error(e, "There is not enough memory to read the evidence.");
    else
        good = evidence_read(evidence, e, tool) && (e->is_plain || valgrind_read(found, e, evidence)) &&
               judge(e, evidence, found);
    if (evidence != NULL)
        evidence_free(evidence);
    free(evidence);
    free(found);
    return good;
}

/* The suite was linked: its runs under each tool decide. */
static void judge_runs(struct exercise *e, const char *suite)
{
    bool good = access(suite, R_OK) == 0;

    if (!good)
        (void)grader_error(e, "%s: %s. Run `make clean` and grade again.", suite, strerror(errno));
    if (good)
        good = read_compile_log(e);
    if (e->is_plain && good)
        good = judge_tool(e, "plain");
    for (size_t i = 0; i < e->manifest.tool_count && good && !e->is_plain; i++)
        good = judge_tool(e, e->manifest.tools[i]);
    give_verdicts(e);
}

/* What became of the submission, by the word that the steps before left in WORK/stage. */
static void judge_stage(struct exercise *e, const char *suite)
{
    char path[MAX_PATH];
    size_t size = 0;

    if (!work_path(e, path, "stage"))
        return;
    char *stage = read_whole_file(path, 100, &size);
    if (stage == NULL) {
        (void)grader_error(e, "The steps before left no word: %s: %s. Run `make clean` and grade again.", path,
                           strerror(errno));
        return;
    }
    stage[strcspn(stage, " \t\r\n")] = '\0';
    if (strcmp(stage, "linked") == 0) {
        judge_runs(e, suite);
    } else if (strcmp(stage, "not_handed_in") == 0) {
        e->status = STATUS_NOT_HANDED_IN;
        (void)snprintf(e->reason, sizeof e->reason, "There is no file %s.", e->source);
    } else if (strcmp(stage, "does_not_compile") == 0) {
        e->status = STATUS_DOES_NOT_COMPILE;
        (void)read_compile_log(e);
    } else if (strcmp(stage, "refused") == 0) {
        e->status = STATUS_FORBIDDEN_CALL;
        if (read_compile_log(e))
            (void)read_inspect_log(e);
    } else if (strcmp(stage, "grader_error") == 0) {
        (void)read_error_log(e);
    } else {
        (void)grader_error(
            e, "%s holds a word that the collector does not know: \"%s\". Run `make clean` and grade again.", path,
            stage);
    }
    free(stage);
}

struct options {
    const char *manifest, *exercise, *work, *source, *output;
    bool is_plain;
};

static bool parse_options(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {
        {"manifest", required_argument, NULL, 'm'},
        {"exercise", required_argument, NULL, 'e'},
        {"work", required_argument, NULL, 'w'},
        {"source", required_argument, NULL, 's'},
        {"output", required_argument, NULL, 'o'},
        {"plain", no_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };

    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (c == '?')
            return false;
        if (c == 'p') {
            o->is_plain = true;
            continue;
        }
        *(c == 'm'   ? &o->manifest
          : c == 'e' ? &o->exercise
          : c == 'w' ? &o->work
          : c == 's' ? &o->source
                     : &o->output) = optarg;
    }
    if (optind == argc && o->manifest && o->exercise && o->work && o->source && o->output)
        return true;
    (void)fprintf(
        stderr, "collect: usage: collect --manifest FILE --exercise NAME --work FOLDER --source PATH --output FILE\n");
    return false;
}

/* Makes sure that 0, 1 and 2 are taken, so that no file or pipe of ours gets one of these numbers. */
static bool take_standard_descriptors(void)
{
    int fd = -1;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd != -1 && fd <= STDERR_FILENO);
    if (fd != -1)
        (void)close(fd);
    return fd != -1;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    char error[600], folder[MAX_PATH], suite[MAX_PATH];
    struct exercise *e = calloc(1, sizeof *e);
    int status = 2;

    if (e == NULL || !take_standard_descriptors() || !parse_options(&options, argc, argv))
        goto done;
    e->name = options.exercise;
    e->is_plain = options.is_plain;
    e->work = options.work;
    e->source = options.source;
    if (manifest_read(&e->manifest, options.manifest, error, sizeof error) == -1) {
        (void)fprintf(stderr, "collect: %s\n", error);
        goto done;
    }
    if (work_path(e, folder, "source") && work_path(e, suite, "suite")) {
        source_lines_begin(&e->lines, folder, e->manifest.source, suite);
        judge_stage(e, suite);
        if (!source_lines_end(&e->lines))
            (void)grader_error(e, "addr2line could not name the lines of %s. Is it there (package binutils)?", suite);
    }
    if (result_write(e, options.output) == 0)
        status = 0;
    else
        (void)fprintf(stderr, "collect: %s cannot be written: %s\n", options.output, strerror(errno));
    manifest_free(&e->manifest);
done:
    free(e);
    return status;
}

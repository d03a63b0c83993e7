/*
 * collect.h - the parts of the collector, which turns the evidence of one graded exercise into its result.json.
 *
 *   collect.c           the command line; which kind of result it is
 *   collect_exercise.c  giving up, naming files
 *   collect_log.c       what the compiler and the inspector said
 *   collect_evidence.c  what one run of the suite left behind, and whether it fits together
 *   collect_valgrind.c  Valgrind's reports: which error counts, and for which test
 *   collect_words.c     Valgrind's errors as sentences for a student (collect_memory_words.c, collect_thread_words.c)
 *   collect_judge.c     the rules by which a test gets its verdict (docs/architecture.md)
 *   collect_result.c    result.json
 *
 * Nothing in the evidence is believed without a look: whoever wrote the
 * submission may have written there too.
 */
#ifndef EAGAIN_COLLECT_H
#define EAGAIN_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "../tests/support/board.h"
#include "check_xml.h"
#include "clean_text.h"
#include "manifest.h"
#include "source_lines.h"
#include "valgrind_xml.h"

enum {
    MAX_FINDINGS = 10, /* of a test, in result.json */
    MAX_SIGHTINGS = 4, /* of a test, a tool and a kind of finding */
    MAX_EVIDENCE = 4,  /* raw reports named for a test */
    MAX_WARNINGS = 20,
    MAX_PATH = 4096,
};

/* Something that was found in a test: the verdict that it alone would give, and the sentences. */
struct finding {
    enum verdict verdict;
    char seen[2400];
    char expected[700];
    struct place where; /* file "": not known */
};

/* A test of the manifest, and what became of it. findings[0] decides. */
struct judged_test {
    enum verdict verdict;
    struct finding findings[MAX_FINDINGS];
    size_t count;
    char skipped[600]; /* why, if it was */
    char evidence[MAX_EVIDENCE][64];
    size_t evidence_count;
};

struct warning {
    unsigned line, column;
    char text[300];
    char option[64]; /* "-Wunused-variable", or "" */
};

enum status {
    STATUS_GRADED,
    STATUS_DOES_NOT_COMPILE,
    STATUS_FORBIDDEN_CALL,
    STATUS_NOT_HANDED_IN,
    STATUS_GRADER_ERROR
};

/* The whole of it; large, so it is allocated. */
struct exercise {
    bool is_plain;      /* the suite ran without Valgrind */
    const char *name;   /* "02-pipe" */
    const char *work;   /* the folder of this submission's exercise */
    const char *source; /* the path that is shown to the student */
    struct manifest manifest;
    struct source_lines lines;
    enum status status;
    char reason[3000]; /* lines */
    struct warning warnings[MAX_WARNINGS];
    size_t warning_count;
    unsigned long wall_ms, cpu_ms; /* of all runs */
    struct judged_test tests[MANIFEST_MAX_TESTS];
};

/* ---- collect_exercise.c */

/*
 * Notes that the grader cannot tell, and why, in a sentence that says what to do. The first reason stays.
 * Returns false for the caller to pass on.
 */
bool grader_error(struct exercise *exercise, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes WORK/NAME into PATH. False, and a grader_error, if that is too long. */
bool work_path(struct exercise *exercise, char path[MAX_PATH], const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- collect_log.c */

/* Fills in the warnings from compile.log and, if the submission was refused by the compiler, the reason. */
bool read_compile_log(struct exercise *exercise);

/* The reason for a refusal, from inspect.log. */
bool read_inspect_log(struct exercise *exercise);

/* A step of the grader failed: makes a grader_error of error.log. Returns false. */
bool read_error_log(struct exercise *exercise);

/* ---- collect_evidence.c */

enum cause { CAUSE_NORMAL, CAUSE_TIMEOUT, CAUSE_OUTPUT };

/* What a run of the suite under one tool left. */
struct evidence {
    const char *tool;
    struct board *board; /* a copy: what still writes to the file does not matter to us */
    struct check_report check;
    enum cause cause;
    bool exited; /* the suite program ended by itself, with code `code`; else signal `code` ended it */
    int code;
};

/* Reads all but Valgrind's reports. False, and a grader_error, if it does not fit together. */
bool evidence_read(struct evidence *evidence, struct exercise *exercise, const char *tool);
void evidence_free(struct evidence *evidence);

/* The index on the board of the test NAME, -1 if it was never begun. */
int board_test_index(const struct board *board, const char *name);

/* ---- collect_valgrind.c */

/* One finding, perhaps in several processes. */
struct sighting {
    struct finding finding; /* without the process, and without the full stop */
    char role[64];          /* of the first process; "" if it is the test's own */
    unsigned processes;
    long pid; /* of the last process */
};

/* What Valgrind found in a test of the board. */
struct valgrind_findings {
    struct sighting crashes[MAX_SIGHTINGS], errors[MAX_SIGHTINGS], leaks[MAX_SIGHTINGS];
    size_t crash_count, error_count, leak_count;
    char evidence[MAX_EVIDENCE][64];
    size_t evidence_count;
    char missing[300]; /* why a report of it cannot be had, so that it cannot be said to pass; "" if all is well */
};

/* Reads the reports of all processes, for all tests of the board (FOUND has BOARD_MAX_TESTS entries). */
bool valgrind_read(struct valgrind_findings *found, struct exercise *exercise, const struct evidence *evidence);

/* ---- collect_words.c */

/* Says in FINDING (verdict, seen, expected, where) what the error is; the sentence has no full stop yet. */
void describe_error(struct finding *finding, struct source_lines *lines, const struct valgrind_report *report,
                    const struct valgrind_error *error);

/* The same for the fatal signal of the report, with the error that led to it (or NULL). */
void describe_crash(struct finding *finding, struct source_lines *lines, const struct valgrind_report *report,
                    const struct valgrind_error *cause);

/* ---- collect_judge.c */

/* Judges every test under the tool whose evidence this is. False after a grader_error. */
bool judge(struct exercise *exercise, const struct evidence *evidence, const struct valgrind_findings *found);

/* Gives each test its verdict from the findings of all tools. */
void give_verdicts(struct exercise *exercise);

/* ---- collect_result.c */

/* Writes the file. 0, or -1 with errno. */
int result_write(const struct exercise *exercise, const char *path);

#endif

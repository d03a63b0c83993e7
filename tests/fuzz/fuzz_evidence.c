/*
 * fuzz_evidence.c - what a grading left behind, and the verdicts that the collector makes of it: grader/collect_*.c.
 *
 * The input is several files in one (see section() in fuzz.h): stage, compile.log, inspect.log, error.log, source,
 * outcome, check.xml, memcheck.11.xml (and 12, 13), addr2line (its answers, a line each), and board, in lines:
 *
 *   header MAGIC VERSION SIZE TESTS PROCESSES     only where these are to be wrong
 *   test STATE FAILURES NAME
 *   failure VERDICT CALLER SEEN                   of the test before it
 *   expected TEXT                                 of the failure before it
 *   process PID TEST KIND DEPTH ENDED ROLE
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect.h"
#include "fuzz.h"
#include "report.h"

static const char manifest_text[] = "title  made up\nsource a.c\nheader a.h\nexport run\ntool memcheck\n"
                                    "test first\npoints 2\nsays The first promise.\nwhy A reason.\nlesson one\n"
                                    "clause read(2)\n"
                                    "test second\npoints 1\nsays The second promise.\nlesson two\nclause write(2)\n";

/* Where a section goes, below the current folder. */
static const struct {
    const char *name, *path;
} files[] = {
    {"compile.log", "compile.log"},
    {"inspect.log", "inspect.log"},
    {"error.log", "error.log"},
    {"source", "source/a.c"},
    {"outcome", "evidence/memcheck/outcome"},
    {"check.xml", "evidence/memcheck/check.xml"},
    {"memcheck.11.xml", "evidence/memcheck/memcheck.11.xml"},
    {"memcheck.12.xml", "evidence/memcheck/memcheck.12.xml"},
    {"memcheck.13.xml", "evidence/memcheck/memcheck.13.xml"},
};

static struct manifest manifest;
static struct board *board; /* the file, mapped */

/* Large, so they are kept, and only as much of them is cleared as is used: else that would take most of the time. */
static struct exercise exercise;
static struct valgrind_findings found[BOARD_MAX_TESTS];

static void make_folder(const char *name)
{
    MUST(mkdir(name, 0777) == 0 || errno == EEXIST);
}

/* What stays the same from input to input. */
static void prepare(void)
{
    char error[600];

    make_folder("source");
    make_folder("evidence");
    make_folder("evidence/memcheck");
    MUST(manifest_read(&manifest, memory_file(manifest_text, sizeof manifest_text - 1), error, sizeof error) == 0);
    (void)unlink("evidence/memcheck/board");
    board = board_create("evidence/memcheck/board");
    MUST(board != NULL);
}

static void write_files(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t length = 0;
        const char *text = section(data, size, files[i].name, &length);
        if (text != NULL)
            write_file(files[i].path, text, length);
        else
            (void)unlink(files[i].path);
    }
}

/* ---- the board */

/* Fills a text of the board; one that fills it up has no NUL at its end. */
#define FILL(field, text) memcpy(field, text, strnlen(text, sizeof(field)))

static void add_test(char *line)
{
    unsigned state = 0, failures = 0;
    int at = 0;

    if (sscanf(line, "%u %u %n", &state, &failures, &at) < 2 || board->test_count == BOARD_MAX_TESTS)
        return;
    struct board_test *test = &board->tests[board->test_count++];
    test->state = state;
    test->failure_count = failures;
    FILL(test->name, line + at);
}

static void add_failure(char *line, uint32_t which)
{
    unsigned verdict = 0;
    unsigned long long caller = 0;
    int at = 0;

    if (sscanf(line, "%u %llu %n", &verdict, &caller, &at) < 2 || board->test_count == 0 || which >= BOARD_MAX_FAILURES)
        return;
    struct board_failure *failure = &board->tests[board->test_count - 1].failures[which];
    failure->verdict = verdict;
    failure->caller = caller;
    FILL(failure->seen, line + at);
}

static void add_process(char *line)
{
    struct board_process process = {.pid = 0};
    int at = 0;

    if (sscanf(line, "%d %d %u %u %u %n", &process.pid, &process.test, &process.kind, &process.depth, &process.ended,
               &at) < 5 ||
        board->process_count == BOARD_MAX_PROCESSES)
        return;
    FILL(process.role, line + at);
    board->processes[board->process_count++] = process;
}

static void add_header(char *line)
{
    unsigned long long magic = 0;

    (void)sscanf(line, "%llu %u %u %u %u", &magic, &board->version, &board->size, &board->test_count,
                 &board->process_count);
    board->magic = magic == 0 ? BOARD_MAGIC : magic;
}

static void write_board(const char *text, size_t length)
{
    static uint32_t tests_used, processes_used; /* by the input before */
    char *copy = strndup(text, length), *rest = NULL, *header = NULL;
    uint32_t failures = 0;

    MUST(copy != NULL);
    memset(board, 0, offsetof(struct board, tests));
    memset(board->tests, 0, tests_used * sizeof board->tests[0]);
    memset(board->processes, 0, processes_used * sizeof board->processes[0]);
    board->magic = BOARD_MAGIC;
    board->version = BOARD_VERSION;
    board->size = sizeof *board;
    board->runner_pid = 100;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "test ", 5) == 0) {
            add_test(line + 5);
            failures = 0;
        } else if (strncmp(line, "failure ", 8) == 0) {
            add_failure(line + 8, failures++);
        } else if (strncmp(line, "expected ", 9) == 0 && board->test_count > 0 && failures > 0 &&
                   failures <= BOARD_MAX_FAILURES) {
            FILL(board->tests[board->test_count - 1].failures[failures - 1].expected, line + 9);
        } else if (strncmp(line, "process ", 8) == 0) {
            add_process(line + 8);
        } else if (strncmp(line, "header ", 7) == 0) {
            header = line + 7;
        }
    }
    tests_used = board->test_count;
    processes_used = board->process_count;
    if (header != NULL) /* last: it may say that there are more slots than there are */
        add_header(header);
    free(copy);
}

/* ---- the collector */

/* The answers that addr2line would give are there already; nobody is asked. */
static void begin_lines(struct source_lines *lines, const char *answers, size_t length)
{
    source_lines_begin(lines, "source", "a.c", "suite");
    lines->to = open("/dev/null", O_WRONLY | O_CLOEXEC);
    lines->from = length > 0 ? fmemopen((char *)answers, length, "r") : fopen("/dev/null", "re");
    MUST(lines->to != -1 && lines->from != NULL);
    lines->resolver = getpid(); /* no child of ours: to wait for it is over at once */
}

static void judge_run(struct exercise *e)
{
    struct evidence evidence;

    for (size_t i = 0; i < BOARD_MAX_TESTS; i++) {
        found[i].crash_count = found[i].error_count = found[i].leak_count = found[i].evidence_count = 0;
        found[i].missing[0] = '\0';
    }
    if (read_compile_log(e)) {
        (void)(evidence_read(&evidence, e, "memcheck") && valgrind_read(found, e, &evidence) &&
               judge(e, &evidence, found));
        evidence_free(&evidence);
    }
    give_verdicts(e);
}

/* As grader/collect.c does it. */
static void judge_stage(struct exercise *e, const char *stage, size_t length)
{
    if (length >= 6 && strncmp(stage, "linked", 6) == 0) {
        judge_run(e);
    } else if (length >= 7 && strncmp(stage, "refused", 7) == 0) {
        e->status = STATUS_FORBIDDEN_CALL;
        if (read_compile_log(e))
            (void)read_inspect_log(e);
    } else if (length >= 5 && strncmp(stage, "error", 5) == 0) {
        (void)read_error_log(e);
    } else {
        e->status = STATUS_DOES_NOT_COMPILE;
        (void)read_compile_log(e);
    }
}

/* ---- what must hold */

/* docs/results.md: "All strings are valid UTF-8 without control characters ... at most 4 KiB". */
static void look_at(const json_t *value, const char *name)
{
    size_t i = 0;
    const char *key = NULL;
    json_t *inner = NULL;

    if (json_is_string(value)) {
        const char *text = json_string_value(value);
        MUST(strcmp(name, "reason") == 0 ? is_harmless_but_for_newlines(text) : is_harmless(text));
        MUST(strlen(text) <= 4096);
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, inner) look_at(inner, name);
    } else if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, inner) look_at(inner, key);
    }
}

/* A pass is earned: Check says so, the test's process reached its end, and nobody noted anything. */
static void look_at_pass(const char *name)
{
    static struct check_report report;
    char why[200];
    int slot = board_test_index(board, name);

    MUST(check_xml_read(&report, "evidence/memcheck/check.xml", why, sizeof why) != XML_UNREADABLE);
    const struct check_test *test = check_find(&report, name);
    MUST(test != NULL && test->result == CHECK_SUCCESS);
    MUST(slot >= 0 && board->tests[slot].state == TEST_REACHED_END && board->tests[slot].failure_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exercise *e = &exercise;
    size_t length = 0, stage_length = 0, i = 0;

    if (board == NULL)
        prepare();
    write_files(data, size);
    const char *text = section(data, size, "board", &length);
    write_board(text == NULL ? "" : text, length);
    text = section(data, size, "addr2line", &length);
    const char *stage = section(data, size, "stage", &stage_length);

    memset(e, 0, offsetof(struct exercise, tests) + manifest.test_count * sizeof e->tests[0]);
    e->name = "01-made-up";
    e->work = ".";
    e->source = "exercises/01-made-up/a.c";
    e->manifest = manifest;
    begin_lines(&e->lines, text, length);
    judge_stage(e, stage, stage_length);
    (void)source_lines_end(&e->lines);
    MUST(result_write(e, "result.json") == 0);

    /* The report takes what the collector wrote, or a submission could make the grader fail. */
    json_t *result = result_load("result.json"), *test = NULL;
    MUST(result != NULL);
    look_at(result, "");
    json_array_foreach(json_object_get(result, "tests"), i, test)
    {
        if (is_verdict(test, "pass"))
            look_at_pass(text_field(test, "id"));
    }
    json_decref(result);
    return 0;
}

/*
 * made_up_evidence.h - evidence of runs that never were, for the tests of the collector.
 *
 * A test says what the board, Check and Valgrind are to say, and changes or
 * removes what it likes; collect() writes the rest, runs the collector and
 * returns its result.json.
 */
#ifndef EAGAIN_MADE_UP_EVIDENCE_H
#define EAGAIN_MADE_UP_EVIDENCE_H

#include "made_up.h"

#include <jansson.h>

#include "board.h"

static struct board *board;     /* of the tool that is described just now */
static char check_xml[1 << 16]; /* its report of Check, without the end */
static const char *tool;

static const char manifest_text[] = "title  made up\nsource a.c\nheader a.h\nexport run\ntool memcheck\n"
                                    "test first\npoints 2\nsays The first promise.\nwhy A reason.\nlesson one\n"
                                    "clause read(2)\n"
                                    "test second\npoints 1\nsays The second promise.\nlesson two\nclause write(2)\n";

static const char source_text[] = "line one\n    buf = malloc(16);\n\tfree(buf);\nline four;\n";

/* ---- a run under one tool */

static inline void begin_tool(const char *name)
{
    tool = name;
    make_subfolder(path_of("evidence/%s", name) + strlen(folder) + 1);
    board = calloc(1, sizeof *board);
    ck_assert_ptr_nonnull(board);
    board->magic = BOARD_MAGIC;
    board->version = BOARD_VERSION;
    board->size = sizeof *board;
    board->current = -1;
    board->runner_pid = 100;
    (void)snprintf(check_xml, sizeof check_xml, "<?xml version=\"1.0\"?>\n<testsuites><suite>\n");
}

__attribute__((format(printf, 2, 3))) static inline void write_evidence(const char *name, const char *format, ...)
{
    static char text[1 << 16];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    write_text(path_of("evidence/%s/%s", tool, name) + strlen(folder) + 1, text);
}

static inline void end_tool(void)
{
    (void)strncat(check_xml, "</suite></testsuites>\n", sizeof check_xml - strlen(check_xml) - 1);
    write_evidence("check.xml", "%s", check_xml);
    write_evidence("outcome", "exit 0\ncause normal\nwall_ms 120\ncpu_ms 80\n");
    write_bytes(path_of("evidence/%s/board", tool) + strlen(folder) + 1, board, sizeof *board);
    free(board);
    board = NULL;
}

/* ---- what the board says */

static inline struct board_process *add_process(int test, int pid, enum process_kind kind, unsigned depth,
                                                const char *role)
{
    struct board_process *process = &board->processes[board->process_count++];

    process->pid = pid;
    process->test = test;
    process->kind = kind;
    process->depth = depth;
    process->ended = kind == PROCESS_CHILD;
    (void)snprintf(process->role, sizeof process->role, "%s", role);
    return process;
}

static inline int add_test(const char *name, int pid, enum test_state state)
{
    int index = (int)board->test_count++;

    (void)snprintf(board->tests[index].name, sizeof board->tests[index].name, "%s", name);
    board->tests[index].pid = pid;
    board->tests[index].state = state;
    (void)add_process(index, pid, PROCESS_TEST, 0, "the parent");
    return index;
}

static inline struct board_failure *add_failure(int test, enum verdict verdict, const char *seen, const char *expected)
{
    struct board_failure *failure = &board->tests[test].failures[board->tests[test].failure_count++];

    failure->verdict = verdict;
    (void)snprintf(failure->seen, sizeof failure->seen, "%s", seen);
    (void)snprintf(failure->expected, sizeof failure->expected, "%s", expected);
    return failure;
}

/* ---- what Check says: RESULT is success, failure or error */

static inline void check_says(const char *name, const char *result, const char *message)
{
    size_t length = strlen(check_xml);

    (void)snprintf(check_xml + length, sizeof check_xml - length,
                   "<test result=\"%s\"><id>%s</id><message>%s</message></test>\n", result, name, message);
}

/* ---- what Valgrind says: BODY is what stands in the report of process PID */

static inline void valgrind_says(int pid, const char *body)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s.%d.xml", tool, pid);
    write_evidence(name,
                   "<?xml version=\"1.0\"?><valgrindoutput><protocoltool>%s</protocoltool><pid>%d</pid><ppid>1</ppid>"
                   "%s</valgrindoutput>\n",
                   tool, pid, body);
}

#define FRAME(function, directory, file, line)                                                                \
    "<frame><obj>/x/suite</obj><fn>" function "</fn><dir>" directory "</dir><file>" file "</file><line>" line \
    "</line></frame>"
#define IN_SUBMISSION(line) FRAME("run", "/submission", "a.c", line)
#define IN_SUITE FRAME("body", "/x/tests/01-a", "check_a.c", "9")
#define IN_LIBRARY "<frame><obj>/lib/libc.so.6</obj><fn>raise</fn></frame>"
#define STACK(frames) "<stack>" frames "</stack>"
#define ERROR(kind, what, rest) "<error><kind>" kind "</kind><what>" what "</what>" rest "</error>"
#define INVALID_READ ERROR("InvalidRead", "Invalid read of size 4", STACK(IN_SUBMISSION("4")))
#define LEAK(frames)                                                                                              \
    "<error><kind>Leak_DefinitelyLost</kind><xwhat><text>lost</text><leakedbytes>16</leakedbytes><leakedblocks>1" \
    "</leakedblocks></xwhat>" STACK(frames) "</error>"
#define ALLOCATED(by) FRAME(by, "/x/tests/support", "calls_memory.c", "50")
#define SIGNAL(number, name, frames) \
    "<fatal_signal><signo>" number "</signo><signame>" name "</signame>" STACK(frames) "</fatal_signal>"

/* ---- whole tests */

/* A test that passes, with a process PID. Returns its index. */
static inline int passes(const char *name, int pid)
{
    check_says(name, "success", "Passed");
    valgrind_says(pid, "");
    return add_test(name, pid, TEST_REACHED_END);
}

/* ---- the folder, before and after */

static inline void make_work(void)
{
    make_folder();
    make_subfolder("source");
    make_subfolder("evidence");
    write_text("manifest", manifest_text);
    write_text("source/a.c", source_text);
    write_text("stage", "linked\n");
    write_text("compile.log", "");
    write_text("suite", "");
    begin_tool("memcheck");
}

static inline void remove_work(void)
{
    free(board);
    remove_folder();
}

/* Runs the collector; its exit status and what it printed. */
static inline struct run run_collect(void)
{
    const char *const arguments[] = {
        "--manifest", path_of("manifest"),        "--exercise", "01-made-up",           "--work", folder,
        "--source",   "exercises/01-made-up/a.c", "--output",   path_of("result.json"), NULL};

    return run_program("collect", arguments);
}

/* Ends the tool if it is not ended, runs the collector, and returns the result that it must have written. */
static inline json_t *collect(void)
{
    json_error_t error;

    if (board != NULL)
        end_tool();
    struct run run = run_collect();
    ck_assert_msg(run.status == 0, "collect ended with %d: %s", run.status, run.err);
    run_free(&run);
    json_t *result = json_load_file(path_of("result.json"), JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(result != NULL, "result.json: %s", error.text);
    return result;
}

/* ---- looking at a result */

static inline const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "(none)" : text;
}

static inline const json_t *test_of(const json_t *result, size_t index)
{
    return json_array_get(json_object_get(result, "tests"), index);
}

static inline const json_t *also_of(const json_t *result, size_t index, size_t which)
{
    return json_array_get(json_object_get(test_of(result, index), "also"), which);
}

/* The test INDEX has the verdict VERDICT, and its `seen` contains PART. */
static inline void judged(const json_t *result, size_t index, const char *verdict, const char *part)
{
    const json_t *test = test_of(result, index);

    ck_assert_msg(strcmp(string_of(result, "status"), "graded") == 0, "%s: %s", string_of(result, "status"),
                  string_of(result, "reason"));
    ck_assert_str_eq(string_of(test, "verdict"), verdict);
    ck_assert_msg(strstr(string_of(test, "seen"), part) != NULL, "\"%s\" does not contain \"%s\"",
                  string_of(test, "seen"), part);
}

/* The collector could not tell, and its reason contains PART. Gives the result back. */
static inline void cannot_tell(json_t *result, const char *part)
{
    ck_assert_str_eq(string_of(result, "status"), "grader_error");
    ck_assert_msg(strstr(string_of(result, "reason"), part) != NULL, "\"%s\" does not contain \"%s\"",
                  string_of(result, "reason"), part);
    ck_assert(json_is_null(json_object_get(result, "points")));
    ck_assert_str_eq(string_of(test_of(result, 0), "verdict"), "grader_error");
    json_decref(result);
}

#endif

/* check_collect.c - the collector's stages, its result.json, and evidence that does not fit together or is hostile. */
#include "made_up_evidence.h"

/* Two tests that pass: what the tests below start from, to break something. */
static void two_passes(void)
{
    passes("first", 11);
    passes("second", 12);
}

static void outcome_is(const char *text)
{
    end_tool();
    write_evidence("outcome", "%s", text);
}

/* ---- the result */

static void has_keys(const json_t *object, const char *const keys[], size_t count)
{
    ck_assert_uint_eq(json_object_size(object), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(json_object_get(object, keys[i]) != NULL, "there is no field %s", keys[i]);
}

#define HAS_KEYS(object, ...) \
    has_keys(object, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

START_TEST(the_result_has_exactly_the_fields_of_its_description)
{
    add_failure(passes("first", 11), VERDICT_STALL, "All wait.", "Nobody waits.");
    valgrind_says(11, INVALID_READ);
    passes("second", 12);
    write_text("compile.log", "a.c:2:9: warning: unused variable 'n' [-Wunused-variable]\n");
    json_t *result = collect();
    HAS_KEYS(result, "version", "exercise", "title", "source", "status", "points", "max_points", "summary", "reason",
             "wall_ms", "cpu_ms", "warnings", "tests");
    const json_t *test = test_of(result, 0);
    HAS_KEYS(test, "id", "says", "why", "points", "max_points", "verdict", "seen", "expected", "where", "lesson",
             "clause", "also", "evidence");
    HAS_KEYS(json_object_get(test, "where"), "file", "line", "text");
    HAS_KEYS(json_object_get(test, "lesson"), "file", "section");
    HAS_KEYS(also_of(result, 0, 0), "verdict", "seen", "expected", "where");
    HAS_KEYS(json_array_get(json_object_get(result, "warnings"), 0), "line", "column", "text", "option");
    json_decref(result);
}
END_TEST

START_TEST(the_facts_of_the_manifest_are_in_it)
{
    two_passes();
    json_t *result = collect();
    ck_assert_int_eq(json_integer_value(json_object_get(result, "version")), 1);
    ck_assert_str_eq(string_of(result, "exercise"), "01-made-up");
    ck_assert_str_eq(string_of(result, "title"), "made up");
    ck_assert_str_eq(string_of(result, "source"), "exercises/01-made-up/a.c");
    ck_assert_int_eq(json_integer_value(json_object_get(result, "max_points")), 3);
    const json_t *test = test_of(result, 0);
    ck_assert_str_eq(string_of(test, "id"), "first");
    ck_assert_str_eq(string_of(test, "says"), "The first promise.");
    ck_assert_str_eq(string_of(test, "why"), "A reason.");
    ck_assert_str_eq(string_of(json_object_get(test, "lesson"), "file"), "exercises/01-made-up/README.md");
    ck_assert_str_eq(string_of(json_object_get(test, "lesson"), "section"), "one");
    ck_assert_str_eq(string_of(test, "clause"), "read(2)");
    ck_assert(json_is_null(json_object_get(test_of(result, 1), "why")));
    ck_assert(json_is_null(json_object_get(result, "reason")));
    json_decref(result);
}
END_TEST

START_TEST(the_compilers_warnings_are_kept)
{
    two_passes();
    write_text("compile.log", "a.c: In function 'run':\n"
                              "a.c:12:9: warning: unused variable 'n' [-Wunused-variable]\n"
                              "   12 |     int n;\n"
                              "a.c:15: warning: something\n");
    json_t *result = collect();
    const json_t *warnings = json_object_get(result, "warnings");
    ck_assert_uint_eq(json_array_size(warnings), 2);
    ck_assert_str_eq(string_of(json_array_get(warnings, 0), "text"), "unused variable 'n'");
    ck_assert_str_eq(string_of(json_array_get(warnings, 0), "option"), "-Wunused-variable");
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(warnings, 0), "column")), 9);
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(warnings, 1), "line")), 15);
    json_decref(result);
}
END_TEST

/* Compiles and links a small submission and suite; returns the address behind the first instruction of run(). */
static uint64_t link_suite(void)
{
    char command[4096];

    write_text("source/a.c", "int run(void)\n{\n    return 7;\n}\n");
    write_text("check_a.c", "int run(void);\nint main(void)\n{\n    return run();\n}\n");
    (void)snprintf(command, sizeof command,
                   "cd %s/source && cc -g -O0 -c -fno-pie -ffile-prefix-map=$PWD=/submission a.c -o ../a.o && cd .. && "
                   "cc -fno-pie -no-pie -g check_a.c a.o -o suite && nm suite | sed -n 's/ T run$//p' >address",
                   folder);
    ck_assert_int_eq(system(command), 0);
    char *text = text_of_file("address");
    uint64_t address = strtoull(text, NULL, 16);
    free(text);
    ck_assert_uint_ne(address, 0);
    return address + 1;
}

START_TEST(addresses_on_the_board_become_lines)
{
    uint64_t address = link_suite();
    char seen[200];
    int test = passes("first", 11);

    (void)snprintf(seen, sizeof seen, "It waits at {@%lx}, made at {@10}; {@} {@zz} stay.", (unsigned long)address);
    add_failure(test, VERDICT_STALL, seen, "")->caller = address;
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "stall", "It waits at line 2, made at an unknown line; {@} {@zz} stay.");
    const json_t *where = json_object_get(test_of(result, 0), "where");
    ck_assert_str_eq(string_of(where, "file"), "a.c");
    ck_assert_int_eq(json_integer_value(json_object_get(where, "line")), 2);
    ck_assert_str_eq(string_of(where, "text"), "{");
    json_decref(result);
}
END_TEST

START_TEST(lines_that_cannot_be_named_are_the_graders_fault)
{
    add_failure(passes("first", 11), VERDICT_STALL, "It waits.", "")->caller = 4096;
    passes("second", 12);
    cannot_tell(collect(), "addr2line"); /* the suite is an empty file here */
}
END_TEST

/* ---- stages at which nothing was run */

static json_t *collect_stage(const char *stage, const char *status)
{
    write_text("stage", stage);
    json_t *result = collect();
    ck_assert_str_eq(string_of(result, "status"), status);
    ck_assert_uint_eq(json_array_size(json_object_get(result, "tests")), 2);
    ck_assert_str_eq(string_of(test_of(result, 1), "verdict"), status);
    ck_assert_int_eq(json_integer_value(json_object_get(result, "max_points")), 3);
    return result;
}

START_TEST(what_was_not_handed_in_is_named)
{
    json_t *result = collect_stage("not_handed_in\n", "not_handed_in");
    ck_assert_str_eq(string_of(result, "reason"), "There is no file exercises/01-made-up/a.c.");
    ck_assert_int_eq(json_integer_value(json_object_get(result, "points")), 0);
    json_decref(result);
}
END_TEST

START_TEST(what_does_not_compile_shows_its_first_errors_and_their_lines)
{
    write_text("compile.log", "a.c:2:5: error: 'buf' undeclared\n   2 | x\n/x/source/a.c:3:1: error: two\n"
                              "a.h:1: fatal error: b.h: No such file or directory\na.c:4:1: error: four\n"
                              "a.c:1:1: warning: a warning\n");
    json_t *result = collect_stage("does_not_compile", "does_not_compile");
    ck_assert_str_eq(string_of(result, "reason"), "a.c:2: 'buf' undeclared\n    buf = malloc(16);\n"
                                                  "a.c:3: two\n    free(buf);\n"
                                                  "a.h:1: b.h: No such file or directory\n"
                                                  "and 1 more error");
    ck_assert_uint_eq(json_array_size(json_object_get(result, "warnings")), 1);
    json_decref(result);
}
END_TEST

START_TEST(a_compiler_that_speaks_otherwise_is_quoted)
{
    write_text("compile.log", "cc: internal trouble\n");
    json_t *result = collect_stage("does_not_compile", "does_not_compile");
    ck_assert_str_eq(string_of(result, "reason"), "cc: internal trouble");
    json_decref(result);
    write_text("compile.log", "");
    result = collect_stage("does_not_compile", "does_not_compile");
    ck_assert_str_eq(string_of(result, "reason"), "The compiler made no object file and gave no reason.");
    json_decref(result);
}
END_TEST

START_TEST(a_refusal_gives_its_sentences)
{
    write_text("inspect.log", "call\tusleep\tcalls usleep(): sleeping is not waiting.\nmissing\trun\ta.c does not "
                              "define run.\n");
    json_t *result = collect_stage("refused", "forbidden_call");
    ck_assert_str_eq(string_of(result, "reason"), "calls usleep(): sleeping is not waiting.\na.c does not define run.");
    json_decref(result);
}
END_TEST

START_TEST(a_refusal_without_a_reason_is_the_graders_fault)
{
    write_text("stage", "refused");
    write_text("inspect.log", "");
    cannot_tell(collect(), "did not say why");
    ck_assert_int_eq(unlink(path_of("inspect.log")), 0);
    cannot_tell(collect(), "inspect.log: No such file");
}
END_TEST

START_TEST(a_step_that_failed_is_quoted)
{
    write_text("stage", "grader_error");
    write_text("error.log", "objcopy: No space left on device\n");
    cannot_tell(collect(), "objcopy: No space left on device");
    write_text("error.log", "");
    cannot_tell(collect(), "left no word");
}
END_TEST

START_TEST(a_stage_that_nobody_knows_is_the_graders_fault)
{
    write_text("stage", "linkt");
    cannot_tell(collect(), "\"linkt\"");
    write_text("stage", "");
    cannot_tell(collect(), "\"\"");
    ck_assert_int_eq(unlink(path_of("stage")), 0);
    cannot_tell(collect(), "stage: No such file");
}
END_TEST

START_TEST(a_suite_that_is_not_there_is_the_graders_fault)
{
    two_passes();
    ck_assert_int_eq(unlink(path_of("suite")), 0);
    cannot_tell(collect(), "suite: No such file");
}
END_TEST

/* ---- evidence that does not fit together */

START_TEST(a_test_without_a_verdict_is_no_pass)
{
    passes("first", 11);
    cannot_tell(collect(), "gave no verdict for the test second");
}
END_TEST

START_TEST(a_suite_that_died_half_way_cannot_be_graded)
{
    passes("first", 11);
    outcome_is("signal 9\ncause normal\nwall_ms 1\ncpu_ms 1\n");
    write_evidence("check.xml", "%s", "<testsuites><suite>");
    cannot_tell(collect(), "Signal 9 ended the suite under memcheck half way");
}
END_TEST

START_TEST(a_run_that_took_too_long_gives_the_rest_that_verdict)
{
    passes("first", 11);
    outcome_is("signal 9\ncause timeout\nwall_ms 1\ncpu_ms 1\n");
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    judged(result, 1, "timeout", "Not run");
    json_decref(result);
}
END_TEST

START_TEST(a_run_that_printed_too_much_fails_the_test_that_ran_and_the_rest)
{
    add_failure(add_test("first", 11, TEST_RUNNING), VERDICT_FAIL, "It prints without end.", "");
    outcome_is("signal 9\ncause output\nwall_ms 1\ncpu_ms 1\n");
    write_evidence("check.xml", "%s", "<testsuites><suite>");
    json_t *result = collect();
    judged(result, 0, "fail", "It prints without end.");
    judged(result, 1, "fail", "Not run");
    json_decref(result);
}
END_TEST

START_TEST(a_test_that_the_manifest_does_not_have_is_a_fault_of_ours)
{
    two_passes();
    passes("third", 13);
    cannot_tell(collect(), "a test third that the manifest");
}
END_TEST

START_TEST(a_test_of_which_only_check_knows_is_no_pass)
{
    passes("first", 11);
    check_says("second", "success", "Passed");
    cannot_tell(collect(), "left nothing on the board");
}
END_TEST

START_TEST(a_test_of_which_only_the_board_knows_is_no_pass)
{
    passes("first", 11);
    add_test("second", 12, TEST_REACHED_END);
    valgrind_says(12, "");
    cannot_tell(collect(), "does not have the test second");
}
END_TEST

START_TEST(a_suite_that_could_not_tell_makes_the_whole_ungraded)
{
    add_failure(passes("first", 11), VERDICT_GRADER_ERROR, "No pipe can be made.", "");
    passes("second", 12);
    cannot_tell(collect(), "In the test first: No pipe can be made.");
}
END_TEST

START_TEST(a_report_of_check_that_is_broken_or_missing_is_no_pass)
{
    two_passes();
    end_tool();
    write_evidence("check.xml", "%s", "<testsuites><suite>");
    cannot_tell(collect(), "Check's report cannot be read");
    ck_assert_int_eq(unlink(path_of("evidence/memcheck/check.xml")), 0);
    cannot_tell(collect(), "check.xml: No such file");
}
END_TEST

START_TEST(an_outcome_that_says_nothing_is_no_pass)
{
    two_passes();
    outcome_is("exit 0\n");
    cannot_tell(collect(), "does not say how the suite ended");
    write_evidence("outcome", "exit 0\ncause whatever\n");
    cannot_tell(collect(), "does not say how the suite ended");
    ck_assert_int_eq(unlink(path_of("evidence/memcheck/outcome")), 0);
    cannot_tell(collect(), "left no outcome");
}
END_TEST

START_TEST(a_board_that_is_none_is_no_pass)
{
    two_passes();
    end_tool();
    write_evidence("board", "%s", "no board");
    cannot_tell(collect(), "no board of this version");
    ck_assert_int_eq(truncate(path_of("evidence/memcheck/board"), sizeof(struct board)), 0);
    cannot_tell(collect(), "no board of this version");
    ck_assert_int_eq(unlink(path_of("evidence/memcheck/board")), 0);
    cannot_tell(collect(), "board: No such file");
    ck_assert_int_eq(mkfifo(path_of("evidence/memcheck/board"), 0666), 0);
    cannot_tell(collect(), "no board of this version");
}
END_TEST

START_TEST(a_board_of_another_kind_or_version_is_no_pass)
{
    two_passes();
    board->magic++;
    cannot_tell(collect(), "no board of this version");
    board = calloc(1, sizeof *board);
    *board = (struct board){.magic = BOARD_MAGIC, .version = BOARD_VERSION + 1, .size = sizeof *board};
    write_bytes("evidence/memcheck/board", board, sizeof *board);
    free(board);
    board = NULL;
    cannot_tell(collect(), "no board of this version");
}
END_TEST

START_TEST(a_board_with_impossible_numbers_is_no_pass)
{
    int test = passes("first", 11);
    passes("second", 12);
    add_failure(test, VERDICT_COUNT, "x", "");
    cannot_tell(collect(), "makes no sense");
}
END_TEST

START_TEST(counts_on_the_board_that_are_too_large_do_no_harm)
{
    two_passes();
    board->process_count = UINT32_MAX;
    board->processes[100].test = 77;
    board->processes[101].test = -3;
    board->processes[100].pid = board->processes[101].pid = 99;
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    json_decref(result);
}
END_TEST

START_TEST(a_valgrind_report_that_is_missing_or_broken_is_no_pass)
{
    two_passes();
    end_tool();
    ck_assert_int_eq(unlink(path_of("evidence/memcheck/memcheck.12.xml")), 0);
    cannot_tell(collect(), "memcheck.12.xml: No such file");
    write_evidence("memcheck.12.xml", "%s", "<valgrindoutput><pid>12</pid>");
    cannot_tell(collect(), "memcheck.12.xml: line");
    write_evidence("memcheck.12.xml", "%s", "<valgrindoutput><pid>13</pid></valgrindoutput>");
    cannot_tell(collect(), "the report of another process");
}
END_TEST

START_TEST(a_child_that_ended_well_and_left_no_report_is_no_pass)
{
    add_process(passes("first", 11), 21, PROCESS_CHILD, 1, "child 1");
    passes("second", 12);
    cannot_tell(collect(), "memcheck.21.xml");
}
END_TEST

START_TEST(of_a_child_that_was_killed_what_is_there_counts)
{
    int test = passes("first", 11);
    add_process(test, 21, PROCESS_CHILD, 1, "child 1")->ended = 0;
    add_process(test, 22, PROCESS_CHILD, 1, "child 2")->ended = 0;
    write_evidence("memcheck.21.xml", "<valgrindoutput><pid>21</pid>%s<error><kind>", INVALID_READ);
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "memory", "Invalid read of 4 bytes; in child 1.");
    judged(result, 1, "pass", "(none)");
    json_decref(result);
}
END_TEST

START_TEST(where_the_test_fails_anyhow_a_broken_report_does_not_matter)
{
    add_failure(passes("first", 11), VERDICT_STALL, "All wait.", "");
    write_evidence("memcheck.11.xml", "%s", "<valgrindoutput>");
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "stall", "All wait.");
    json_decref(result);
}
END_TEST

/* ---- hostile evidence */

/* result.json holds no byte that a terminal would obey, and is valid (collect() has parsed it). */
static void result_is_harmless(void)
{
    char *text = text_of_file("result.json");

    ck_assert(is_harmless(text));
    ck_assert_ptr_null(strstr(text, "\\u001b"));
    ck_assert_ptr_null(strstr(text, "\u202e"));
    free(text);
}

START_TEST(hostile_texts_are_harmless_and_bounded)
{
    int test = passes("first", 11);
    struct board_failure *failure = add_failure(test, VERDICT_FAIL, "", "\033[2J\xff\u202e");

    memset(failure->seen, '\033', sizeof failure->seen); /* without an end, too */
    memset(board->processes[0].role, 'r', sizeof board->processes[0].role);
    passes("second", 12);
    write_text("source/a.c", "1\n2\n3\n\033]0;title\a\xff\u202e \"quoted\" \\ <b>\n");
    valgrind_says(12, INVALID_READ);
    write_text("compile.log", "a.c:1:1: warning: \033[2J\xff\n");
    json_t *result = collect();
    judged(result, 0, "fail", "\\x1b\\x1b\\x1b");
    judged(result, 1, "memory", "Invalid read");
    ck_assert_str_eq(string_of(json_object_get(test_of(result, 1), "where"), "text"),
                     "\\x1b]0;title\\x07\\xff\\u{202e} \"quoted\" \\ <b>");
    result_is_harmless();
    json_decref(result);
}
END_TEST

START_TEST(a_text_without_an_end_does_not_run_into_the_next)
{
    struct board_failure *failure = add_failure(passes("first", 11), VERDICT_FAIL, "", "NEXT");

    memset(failure->seen, 'a', sizeof failure->seen);
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "aaa");
    ck_assert_uint_lt(strlen(string_of(test_of(result, 0), "seen")), sizeof failure->seen);
    json_decref(result);
}
END_TEST

START_TEST(names_on_the_board_without_an_end_do_no_harm)
{
    two_passes();
    memset(board->tests[2].name, 'x', sizeof board->tests[2].name);
    board->tests[2].state = TEST_RUNNING;
    board->test_count = 3;
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    json_decref(result);
}
END_TEST

START_TEST(a_source_that_is_gone_or_a_folder_costs_only_the_text)
{
    passes("first", 11);
    passes("second", 12);
    valgrind_says(11, INVALID_READ);
    ck_assert_int_eq(unlink(path_of("source/a.c")), 0);
    make_subfolder("source/a.c");
    json_t *result = collect();
    judged(result, 0, "memory", "Invalid read");
    ck_assert_str_eq(string_of(json_object_get(test_of(result, 0), "where"), "text"), "");
    json_decref(result);
}
END_TEST

START_TEST(thousands_of_errors_are_a_handful_of_findings)
{
    static char body[60000];
    size_t length = 0;
    int test = passes("first", 11);

    for (int i = 0; i < 200; i++)
        length += (size_t)snprintf(
            body + length, sizeof body - length,
            ERROR("InvalidRead", "Invalid read of size %d", STACK(FRAME("f", "/submission", "a.c", "%d"))), i + 1,
            i + 1);
    valgrind_says(11, body);
    for (int i = 0; i < BOARD_MAX_FAILURES; i++)
        add_failure(test, VERDICT_FAIL, "It gave 3.", "");
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "memory", "Invalid read of 1 byte.");
    ck_assert_uint_le(json_array_size(json_object_get(test_of(result, 0), "also")), 9);
    json_decref(result);
}
END_TEST

/* ---- the program */

START_TEST(usage_is_told_in_one_line)
{
    struct run run = run_program("collect", (const char *const[]){"--manifest", "x", NULL});
    ck_assert_int_eq(run.status, 2);
    ck_assert_ptr_nonnull(strstr(run.err, "usage: collect"));
    ck_assert_ptr_eq(strchr(run.err, '\n'), run.err + strlen(run.err) - 1);
    run_free(&run);
}
END_TEST

START_TEST(a_manifest_that_is_wrong_ends_with_one_line_and_no_result)
{
    write_text("manifest", "title x\npoints 3\n");
    struct run run = run_collect();
    ck_assert_int_eq(run.status, 2);
    ck_assert_ptr_nonnull(strstr(run.err, "manifest:2: there is no word \"points\""));
    ck_assert_ptr_eq(strchr(run.err, '\n'), run.err + strlen(run.err) - 1);
    ck_assert(!exists("result.json"));
    run_free(&run);
}
END_TEST

START_TEST(a_result_that_cannot_be_written_leaves_the_old_one)
{
    two_passes();
    end_tool();
    make_subfolder("result.json"); /* root may write anywhere, but a folder has no file's name */
    struct run run = run_collect();
    ck_assert_int_eq(run.status, 2);
    ck_assert_ptr_nonnull(strstr(run.err, "result.json cannot be written: Is a directory"));
    run_free(&run);
    char command[200];
    (void)snprintf(command, sizeof command, "test \"$(ls %s | grep -c result)\" = 1", folder);
    ck_assert_int_eq(system(command), 0); /* no temporary file is left */
}
END_TEST

START_TEST(a_result_is_replaced_as_a_whole)
{
    two_passes();
    write_text("result.json", "old");
    ck_assert_int_eq(link(path_of("result.json"), path_of("the-old-one")), 0);
    json_decref(collect());
    char *old = text_of_file("the-old-one");
    ck_assert_str_eq(old, "old"); /* it was not written over in its place */
    free(old);
}
END_TEST

START_TEST(closed_standard_descriptors_do_no_harm)
{
    char program[PATH_MAX], command[PATH_MAX * 2];

    link_suite();
    add_failure(passes("first", 11), VERDICT_STALL, "It waits.", "")->caller = 16;
    passes("second", 12);
    end_tool();
    find_program(program, "collect");
    (void)snprintf(
        command, sizeof command,
        "cd %s && %s --manifest manifest --exercise x --work . --source a.c --output result.json <&- >&- 2>&-", folder,
        program);
    ck_assert_int_eq(system(command), 0);
    char *text = text_of_file("result.json");
    ck_assert_ptr_nonnull(strstr(text, "\"status\": \"graded\""));
    free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("collect");

    tcase_add_checked_fixture(tcase, make_work, remove_work);
    tcase_add_test(tcase, the_result_has_exactly_the_fields_of_its_description);
    tcase_add_test(tcase, the_facts_of_the_manifest_are_in_it);
    tcase_add_test(tcase, the_compilers_warnings_are_kept);
    tcase_add_test(tcase, addresses_on_the_board_become_lines);
    tcase_add_test(tcase, lines_that_cannot_be_named_are_the_graders_fault);
    tcase_add_test(tcase, what_was_not_handed_in_is_named);
    tcase_add_test(tcase, what_does_not_compile_shows_its_first_errors_and_their_lines);
    tcase_add_test(tcase, a_compiler_that_speaks_otherwise_is_quoted);
    tcase_add_test(tcase, a_refusal_gives_its_sentences);
    tcase_add_test(tcase, a_refusal_without_a_reason_is_the_graders_fault);
    tcase_add_test(tcase, a_step_that_failed_is_quoted);
    tcase_add_test(tcase, a_stage_that_nobody_knows_is_the_graders_fault);
    tcase_add_test(tcase, a_suite_that_is_not_there_is_the_graders_fault);
    tcase_add_test(tcase, a_test_without_a_verdict_is_no_pass);
    tcase_add_test(tcase, a_suite_that_died_half_way_cannot_be_graded);
    tcase_add_test(tcase, a_run_that_took_too_long_gives_the_rest_that_verdict);
    tcase_add_test(tcase, a_run_that_printed_too_much_fails_the_test_that_ran_and_the_rest);
    tcase_add_test(tcase, a_test_that_the_manifest_does_not_have_is_a_fault_of_ours);
    tcase_add_test(tcase, a_test_of_which_only_check_knows_is_no_pass);
    tcase_add_test(tcase, a_test_of_which_only_the_board_knows_is_no_pass);
    tcase_add_test(tcase, a_suite_that_could_not_tell_makes_the_whole_ungraded);
    tcase_add_test(tcase, a_report_of_check_that_is_broken_or_missing_is_no_pass);
    tcase_add_test(tcase, an_outcome_that_says_nothing_is_no_pass);
    tcase_add_test(tcase, a_board_that_is_none_is_no_pass);
    tcase_add_test(tcase, a_board_of_another_kind_or_version_is_no_pass);
    tcase_add_test(tcase, a_board_with_impossible_numbers_is_no_pass);
    tcase_add_test(tcase, counts_on_the_board_that_are_too_large_do_no_harm);
    tcase_add_test(tcase, a_valgrind_report_that_is_missing_or_broken_is_no_pass);
    tcase_add_test(tcase, a_child_that_ended_well_and_left_no_report_is_no_pass);
    tcase_add_test(tcase, of_a_child_that_was_killed_what_is_there_counts);
    tcase_add_test(tcase, where_the_test_fails_anyhow_a_broken_report_does_not_matter);
    tcase_add_test(tcase, hostile_texts_are_harmless_and_bounded);
    tcase_add_test(tcase, a_text_without_an_end_does_not_run_into_the_next);
    tcase_add_test(tcase, names_on_the_board_without_an_end_do_no_harm);
    tcase_add_test(tcase, a_source_that_is_gone_or_a_folder_costs_only_the_text);
    tcase_add_test(tcase, thousands_of_errors_are_a_handful_of_findings);
    tcase_add_test(tcase, usage_is_told_in_one_line);
    tcase_add_test(tcase, a_manifest_that_is_wrong_ends_with_one_line_and_no_result);
    tcase_add_test(tcase, a_result_that_cannot_be_written_leaves_the_old_one);
    tcase_add_test(tcase, a_result_is_replaced_as_a_whole);
    tcase_add_test(tcase, closed_standard_descriptors_do_no_harm);
    return run_unit_tests("collect", tcase);
}

/* check_report.c - the report: what a student reads, what machines read, and how the program ends. */
#include "made_up.h"

#include <expat.h>
#include <jansson.h>

/* ---- made-up results */

/* A test of a result. */
static json_t *a_test(const char *id, const char *verdict, int points, const char *seen)
{
    bool pass = strcmp(verdict, "pass") == 0;

    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:o, s:o, s:n, s:{s:s, s:s}, s:s, s:[], s:[]}", "id", id, "says",
                     "The promise of a test.", "why", "It matters.", "points", pass ? points : 0, "max_points", points,
                     "verdict", verdict, "seen", pass ? json_null() : json_string(seen), "expected",
                     pass ? json_null() : json_string("Something else."), "where", "lesson", "file",
                     "exercises/02-pipe/README.md", "section", "who-holds-the-write-end", "clause", "pipe(7)", "also",
                     "evidence");
}

/* The result of an exercise with TESTS (taken over). */
static json_t *a_result(const char *exercise, json_t *tests)
{
    size_t i = 0;
    json_t *test = NULL;
    int points = 0, most = 0;

    json_array_foreach(tests, i, test)
    {
        points += (int)json_integer_value(json_object_get(test, "points"));
        most += (int)json_integer_value(json_object_get(test, "max_points"));
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:n, s:i, s:i, s:[], s:o}", "version", 1, "exercise",
                     exercise, "title", "a title", "source", "exercises/02-pipe/pipeline.c", "status", "graded",
                     "points", points, "max_points", most, "summary", "some tests pass", "reason", "wall_ms", 1234,
                     "cpu_ms", 1000, "warnings", "tests", tests);
}

static void set(json_t *object, const char *name, json_t *value)
{
    ck_assert_int_eq(json_object_set_new(object, name, value), 0);
}

/* Writes a result and gives it back to the library. */
static const char *save(const char *name, json_t *result)
{
    ck_assert_ptr_nonnull(result);
    ck_assert_int_eq(json_dump_file(result, path_of("%s", name), 0), 0);
    json_decref(result);
    return path_of("%s", name);
}

static const char *full_marks(void)
{
    return save("full.json",
                a_result("01-fork", json_pack("[o, o]", a_test("one", "pass", 2, ""), a_test("two", "pass", 1, ""))));
}

static json_t *a_stall(void)
{
    json_t *test =
        a_test("travels", "stall", 2, "child 1 waits in read(0) at line 52; the parent holds the write end.");

    set(test, "where", json_pack("{s:s, s:i, s:s}", "file", "pipeline.c", "line", 52, "text", "if (pipe(ends) == -1)"));
    set(test, "also",
        json_pack("[{s:s, s:s, s:s, s:n}]", "verdict", "memory", "seen", "A block is never freed.", "expected", "",
                  "where"));
    return test;
}

static const char *one_failure(void)
{
    return save("failure.json", a_result("02-pipe", json_pack("[o, o]", a_test("one", "pass", 1, ""), a_stall())));
}

static const char *one_skip(void)
{
    return save("skip.json", a_result("06-epoll", json_pack("[o, o]", a_test("one", "pass", 1, ""),
                                                            a_test("two", "skipped", 2, "This kernel has no epoll."))));
}

static const char *no_grade(const char *status, const char *reason)
{
    json_t *result = a_result("03-nonblock", json_pack("[o]", a_test("one", status, 2, "")));

    set(result, "status", json_string(status));
    set(result, "reason", json_string(reason));
    set(json_array_get(json_object_get(result, "tests"), 0), "seen", json_null());
    if (strcmp(status, "grader_error") == 0)
        set(result, "points", json_null());
    return save("no-grade.json", result);
}

/* ---- running it */

#define REPORT(...) run_program("report", (const char *const[]){__VA_ARGS__, NULL})

static void contains(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" does not contain \"%s\"", text, part);
}

static void lacks(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) == NULL, "\"%s\" contains \"%s\"", text, part);
}

static void set_up(void)
{
    make_folder();
    ck_assert_int_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
    ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
}

/* ---- exit status */

START_TEST(full_marks_end_with_0)
{
    struct run run = REPORT(full_marks());
    ck_assert_int_eq(run.status, 0);
    ck_assert_str_eq(run.err, "");
    run_free(&run);
}
END_TEST

START_TEST(missing_points_end_with_1)
{
    struct run run = REPORT(full_marks(), one_failure());
    ck_assert_int_eq(run.status, 1);
    run_free(&run);
    static const char *const statuses[] = {"does_not_compile", "forbidden_call", "not_handed_in"};
    for (size_t i = 0; i < 3; i++) {
        run = REPORT(full_marks(), no_grade(statuses[i], "why"));
        ck_assert_int_eq(run.status, 1);
        run_free(&run);
    }
}
END_TEST

START_TEST(what_could_not_be_graded_ends_with_2)
{
    struct run run = REPORT(full_marks(), one_skip());
    ck_assert_int_eq(run.status, 2);
    run_free(&run);
    run = REPORT(one_failure(), no_grade("grader_error", "The disk is full."));
    ck_assert_int_eq(run.status, 2);
    run_free(&run);
}
END_TEST

static void is_wrong_use(struct run run)
{
    ck_assert_int_eq(run.status, 2);
    ck_assert_str_eq(run.out, "");
    contains(run.err, "report: ");
    run_free(&run);
}

START_TEST(wrong_use_ends_with_2)
{
    is_wrong_use(REPORT("--json"));
    is_wrong_use(REPORT("--nonsense", full_marks()));
    is_wrong_use(REPORT("--width", "abc", full_marks()));
    is_wrong_use(REPORT("--width", "5", full_marks()));
    is_wrong_use(run_program("report", (const char *const[]){NULL}));
}
END_TEST

START_TEST(a_result_that_is_none_ends_with_2_and_a_line)
{
    struct run run = REPORT(full_marks(), path_of("nothing.json"));
    contains(run.err, "nothing.json: No such file or directory; grade first");
    is_wrong_use(run);
    write_text("broken.json", "{\"version\": 1,");
    run = REPORT(path_of("broken.json"));
    contains(run.err, "remove the file and grade again");
    is_wrong_use(run);
    write_text("broken.json", "[]");
    is_wrong_use(REPORT(path_of("broken.json")));
}
END_TEST

START_TEST(a_result_of_another_version_is_refused)
{
    json_t *result = a_result("01-fork", json_pack("[o]", a_test("one", "pass", 2, "")));
    set(result, "version", json_integer(2));
    struct run run = REPORT(save("other.json", result));
    contains(run.err, "\"version\"");
    is_wrong_use(run);
}
END_TEST

START_TEST(a_result_with_a_field_missing_or_wrong_is_refused)
{
    static const char *const fields[] = {"exercise",   "title",   "source", "status",   "points",
                                         "max_points", "summary", "reason", "warnings", "tests"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        json_t *result = a_result("01-fork", json_pack("[o]", a_test("one", "pass", 2, "")));
        (void)json_object_del(result, fields[i]);
        struct run run = REPORT(save("wrong.json", result));
        contains(run.err, fields[i]);
        is_wrong_use(run);
    }
    static const char *const test_fields[] = {"id", "says", "points", "verdict", "where", "lesson", "clause", "also"};
    for (size_t i = 0; i < sizeof test_fields / sizeof test_fields[0]; i++) {
        json_t *test = a_test("one", "pass", 2, "");
        set(test, test_fields[i], json_true());
        struct run run = REPORT(save("wrong.json", a_result("01-fork", json_pack("[o]", test))));
        is_wrong_use(run);
    }
}
END_TEST

/* ---- what a student reads */

START_TEST(a_failure_is_told_in_full)
{
    struct run run = REPORT("--width", "80", full_marks(), one_failure());
    ck_assert_str_eq(run.out, "01-fork        ━━━━━━━━━━━━━━━━━━━━      3/3  some tests pass\n"
                              "02-pipe        ━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌      1/3  some tests pass\n"
                              "\n"
                              "  STALL  The promise of a test. (2 points)\n"
                              "      where     pipeline.c:52: if (pipe(ends) == -1)\n"
                              "      seen      child 1 waits in read(0) at line 52; the parent holds the write\n"
                              "                end.\n"
                              "      expected  Something else.\n"
                              "      why       It matters.\n"
                              "      also      memory: A block is never freed.\n"
                              "      lesson    exercises/02-pipe/README.md#who-holds-the-write-end\n"
                              "      clause    pipe(7)\n"
                              "\n"
                              "Total          ━━━━━━━━━━━━━╌╌╌╌╌╌╌      4/6\n"
                              "Next: exercises/02-pipe/README.md#who-holds-the-write-end, then edit pipeline.c\n"
                              "  and run make grade E=02\n");
    run_free(&run);
}
END_TEST

START_TEST(when_all_is_done_it_says_so)
{
    struct run run = REPORT(full_marks());
    contains(run.out, "make next");
    run_free(&run);
    run = REPORT(full_marks(), full_marks());
    contains(run.out, "All of it is done");
    run_free(&run);
}
END_TEST

START_TEST(an_exercise_that_is_not_begun_leads_to_the_start_of_its_lesson)
{
    struct run run = REPORT(full_marks(), no_grade("not_handed_in", "There is no file."));
    contains(run.out, "Next: exercises/03-nonblock/README.md, then edit pipeline.c");
    run_free(&run);
}
END_TEST

START_TEST(for_somebody_elses_folder_there_is_no_next_step)
{
    struct run run = REPORT("--submission", "/home/student/work", one_failure());
    lacks(run.out, "Next");
    run_free(&run);
}
END_TEST

/* A result with COUNT failing tests and one that passes. */
static const char *failures(int count)
{
    json_t *tests = json_pack("[o]", a_test("good", "pass", 1, ""));

    for (int i = 0; i < count; i++) {
        char seen[32];
        (void)snprintf(seen, sizeof seen, "It gave %d.", i);
        ck_assert_int_eq(json_array_append_new(tests, a_test("bad", "fail", 1, seen)), 0);
    }
    return save("failures.json", a_result("02-pipe", tests));
}

START_TEST(a_stub_that_fails_everything_is_no_flood)
{
    struct run run = REPORT(failures(40));
    contains(run.out, "It gave 2.");
    lacks(run.out, "It gave 3.");
    contains(run.out, "\n  and 37 more (make grade E=02 V=1 shows them):\n  FAIL    The promise of a test.\n");
    run_free(&run);
}
END_TEST

/* The lines of a report, with one for the prompt. */
static size_t rows_of(const char *text)
{
    size_t rows = 1;

    for (; *text != '\0'; text++)
        rows += *text == '\n';
    return rows;
}

START_TEST(the_first_failure_does_not_scroll_away)
{
    for (int height = 5; height <= 60; height++) {
        char rows[12];
        (void)snprintf(rows, sizeof rows, "%d", height);
        struct run run = REPORT("--height", rows, failures(40));
        contains(run.out, "It gave 0.");
        contains(run.out, "Next: ");
        if (height <= 18)
            lacks(run.out, "It gave 1.");
        /* With less room than that the first failure is shown all the same. */
        if (height >= 18)
            ck_assert_uint_le(rows_of(run.out), (size_t)height);
        run_free(&run);
    }
}
END_TEST

START_TEST(only_the_first_exercise_that_is_not_done_takes_the_terminals_room)
{
    struct run run = REPORT("--height", "40", full_marks(), failures(4), one_failure());
    contains(run.out, "It gave 0.");
    lacks(run.out, "holds the write");
    ck_assert_uint_le(rows_of(run.out), 40);
    run_free(&run);
}
END_TEST

START_TEST(verbose_shows_everything)
{
    struct run run = REPORT("--verbose", failures(40));
    contains(run.out, "It gave 39.");
    contains(run.out, "\n  PASS    The promise of a test.\n");
    lacks(run.out, "more");
    run_free(&run);
}
END_TEST

START_TEST(of_four_failures_none_is_held_back)
{
    struct run run = REPORT(failures(4));
    contains(run.out, "It gave 3.");
    lacks(run.out, "more");
    run_free(&run);
}
END_TEST

/* A failing test whose mistake is at LINE. */
static json_t *failure_at(int line, const char *seen)
{
    json_t *test = a_test("bad", "fail", 1, seen);

    set(test, "where", json_pack("{s:s, s:i, s:s}", "file", "pipeline.c", "line", line, "text", "x"));
    return test;
}

START_TEST(one_mistake_is_told_once_however_many_tests_it_fails)
{
    json_t *tests = json_pack("[o, o, o, o, o]", failure_at(7, "first at 7"), failure_at(7, "second at 7"),
                              failure_at(9, "first at 9"), a_test("bad", "fail", 1, "same words"),
                              a_test("bad", "fail", 1, "same words"));
    struct run run = REPORT(save("same.json", a_result("02-pipe", tests)));
    contains(run.out, "first at 7");
    lacks(run.out, "second at 7");
    contains(run.out, "first at 9");
    contains(run.out, "\n  and 2 more, all by the same mistake (make grade E=02 V=1 shows them):\n");
    run_free(&run);
}
END_TEST

START_TEST(mistakes_that_are_not_the_same_are_not_said_to_be)
{
    json_t *other = failure_at(7, "a stall at 7");
    set(other, "verdict", json_string("stall"));
    json_t *tests = json_pack("[o, o, o, o, o, o]", failure_at(7, "a"), other, failure_at(8, "b"), failure_at(8, "c"),
                              failure_at(9, "d"), failure_at(10, "e"));
    struct run run = REPORT(save("other.json", a_result("02-pipe", tests)));
    contains(run.out, "a stall at 7");
    contains(run.out, "and 3 more, some by the same mistake (");
    run_free(&run);
}
END_TEST

START_TEST(a_reason_is_told_line_by_line)
{
    struct run run = REPORT(no_grade("does_not_compile", "a.c:2: 'n' undeclared\n    return n;"));
    contains(run.out, "\n  a.c:2: 'n' undeclared\n      return n;\n");
    lacks(run.out, "The promise");
    run_free(&run);
}
END_TEST

START_TEST(a_skip_says_why_and_is_nothing_to_mend)
{
    struct run run = REPORT(one_skip());
    contains(run.out, "SKIPPED  The promise of a test. (2 points)\n      because   This kernel has no epoll.\n");
    contains(run.out, "not complete");
    lacks(run.out, "Next");
    run_free(&run);
}
END_TEST

START_TEST(warnings_are_told_but_not_beside_errors)
{
    json_t *result = a_result("01-fork", json_pack("[o]", a_test("one", "pass", 2, "")));
    json_t *warnings = json_array();

    for (int i = 1; i < 6; i++)
        (void)json_array_append_new(
            warnings, json_pack("{s:i, s:i, s:s, s:n}", "line", i, "column", 1, "text", "unused variable", "option"));
    set(result, "warnings", warnings);
    json_t *other = json_deep_copy(result);
    struct run run = REPORT(save("warnings.json", result));
    contains(run.out, "\n  warning  pipeline.c:3: unused variable\n  and 2 more warnings");
    run_free(&run);
    set(other, "status", json_string("does_not_compile"));
    set(other, "reason", json_string("a.c:1: an error"));
    run = REPORT(save("warnings.json", other));
    lacks(run.out, "warning");
    run_free(&run);
}
END_TEST

START_TEST(quiet_prints_no_report)
{
    struct run run = REPORT("--quiet", one_failure());
    ck_assert_int_eq(run.status, 1);
    ck_assert_str_eq(run.out, "");
    ck_assert_str_eq(run.err, "");
    run_free(&run);
}
END_TEST

START_TEST(quiet_is_not_silent_about_what_could_not_be_graded)
{
    struct run run = REPORT("--quiet", no_grade("grader_error", "The disk is full."), one_skip());
    ck_assert_int_eq(run.status, 2);
    ck_assert_str_eq(run.out, "");
    ck_assert_str_eq(run.err, "report: 03-nonblock: The disk is full.\n"
                              "report: 06-epoll: this machine cannot run all of its tests\n");
    run_free(&run);
}
END_TEST

/* ---- terminals */

START_TEST(no_line_is_longer_than_the_terminal)
{
    static const char *const widths[] = {"30", "50", "80", "120"};

    for (size_t i = 0; i < 4; i++) {
        struct run run =
            REPORT("--submission", "x", "--width", widths[i], one_skip(), failures(40),
                   no_grade("grader_error", "A reason with quite a number of words, so that it is wrapped, "
                                            "and awordthatislongerthananyterminaliswideandmustbebrokensomewhere"));
        size_t column = 0;
        for (const char *c = run.out; *c != '\0'; c++) {
            /* The exercise's own line and the path of the lesson are never broken. */
            if (*c == '\n') {
                column = 0;
            } else if ((*c & 0xc0) != 0x80 && ++column > (size_t)atoi(widths[i])) {
                const char *start = c;
                while (start > run.out && start[-1] != '\n')
                    start--;
                bool whole =
                    strncmp(start, "      lesson", 12) == 0 || *start != ' ' || strncmp(start, "  and", 5) == 0;
                ck_assert_msg(whole, "at width %s: %.200s", widths[i], start);
            }
        }
        run_free(&run);
    }
}
END_TEST

START_TEST(there_is_no_colour_where_there_is_no_terminal)
{
    struct run run = REPORT(one_failure());
    lacks(run.out, "\033");
    run_free(&run);
}
END_TEST

START_TEST(colour_can_be_asked_for_and_words_say_the_same)
{
    struct run run = REPORT("--color", one_failure());
    contains(run.out, "\033[1;31mSTALL\033[0m");
    run_free(&run);
    run = REPORT("--color", "--no-color", one_failure());
    lacks(run.out, "\033");
    contains(run.out, "STALL");
    run_free(&run);
}
END_TEST

START_TEST(without_utf8_everything_is_ascii)
{
    json_t *test = a_test("one", "fail", 1, "‘n’ is 4 – not 5, 你");
    ck_assert_int_eq(setenv("LC_ALL", "C", 1), 0);
    struct run run = REPORT(save("ascii.json", a_result("02-pipe", json_pack("[o]", test))));
    for (const char *c = run.out; *c != '\0'; c++)
        ck_assert_int_gt(*c, 0);
    contains(run.out, "'n' is 4 - not 5, ?");
    contains(run.out, "....................");
    run_free(&run);
}
END_TEST

START_TEST(hostile_texts_cannot_repaint_the_terminal)
{
    json_t *test = a_test("one", "fail", 1, "\033[2J\u202e\a");
    set(test, "says", json_string("\033]0;title\a"));
    json_t *result = a_result("02-pipe", json_pack("[o]", test));
    set(result, "exercise", json_string("02\033[2J"));
    struct run run = REPORT("--submission", "exercises\033[2J", save("hostile.json", result));
    ck_assert(is_harmless(run.out));
    lacks(run.out, "\u202e");
    run_free(&run);
}
END_TEST

/* ---- what machines read */

START_TEST(the_json_of_a_submission_has_all_exercises)
{
    json_error_t error;
    struct run run = REPORT("--json", path_of("all.json"), "--submission", "/home/student", full_marks(), one_failure(),
                            no_grade("grader_error", "why"));
    json_t *all = json_load_file(path_of("all.json"), JSON_REJECT_DUPLICATES, &error);
    ck_assert_ptr_nonnull(all);
    ck_assert_uint_eq(json_object_size(all), 6);
    ck_assert_int_eq(json_integer_value(json_object_get(all, "version")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(all, "submission")), "/home/student");
    ck_assert_int_eq(json_integer_value(json_object_get(all, "points")), 4);
    ck_assert_int_eq(json_integer_value(json_object_get(all, "max_points")), 8);
    ck_assert(json_is_false(json_object_get(all, "complete")));
    const json_t *exercises = json_object_get(all, "exercises");
    ck_assert_uint_eq(json_array_size(exercises), 3);
    json_t *second = json_load_file(path_of("failure.json"), 0, &error);
    ck_assert(json_equal(json_array_get(exercises, 1), second));
    json_decref(second);
    json_decref(all);
    run_free(&run);
}
END_TEST

/* What the tests look at in a JUnit file. */
struct junit {
    int suites, cases, failures, errors, skips;
    char tests[16], failed[16]; /* attributes of the first testsuite */
    char message[400];          /* of the last failure, error or skip */
};

static void XMLCALL element(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct junit *junit = data;
    bool suite = strcmp(name, "testsuite") == 0;

    junit->suites += suite;
    junit->cases += strcmp(name, "testcase") == 0;
    junit->failures += strcmp(name, "failure") == 0;
    junit->errors += strcmp(name, "error") == 0;
    junit->skips += strcmp(name, "skipped") == 0;
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (suite && strcmp(attributes[i], "tests") == 0)
            (void)snprintf(junit->tests, sizeof junit->tests, "%s", attributes[i + 1]);
        if (suite && strcmp(attributes[i], "failures") == 0)
            (void)snprintf(junit->failed, sizeof junit->failed, "%s", attributes[i + 1]);
        if (strcmp(attributes[i], "message") == 0)
            (void)snprintf(junit->message, sizeof junit->message, "%s", attributes[i + 1]);
    }
}

/* Parses all.xml, which must be well-formed. */
static struct junit read_junit(void)
{
    struct junit junit = {0};
    char *text = text_of_file("all.xml");
    XML_Parser parser = XML_ParserCreate(NULL);

    ck_assert_ptr_nonnull(text);
    XML_SetUserData(parser, &junit);
    XML_SetStartElementHandler(parser, element);
    ck_assert_msg(XML_Parse(parser, text, (int)strlen(text), XML_TRUE) == XML_STATUS_OK, "%s in %s",
                  XML_ErrorString(XML_GetErrorCode(parser)), text);
    XML_ParserFree(parser);
    free(text);
    return junit;
}

START_TEST(the_junit_file_has_all_tests)
{
    struct run run =
        REPORT("--junit", path_of("all.xml"), full_marks(), one_skip(), no_grade("grader_error", "why"), one_failure());
    struct junit junit = read_junit();
    ck_assert_int_eq(junit.suites, 4);
    ck_assert_int_eq(junit.cases, 7);
    ck_assert_int_eq(junit.failures, 1);
    ck_assert_int_eq(junit.errors, 1);
    ck_assert_int_eq(junit.skips, 1);
    ck_assert_str_eq(junit.tests, "2");
    ck_assert_str_eq(junit.failed, "1");
    ck_assert_int_eq(strncmp(junit.message, "child 1 waits in read(0)", 24), 0);
    run_free(&run);
}
END_TEST

START_TEST(what_does_not_compile_fails_every_test_in_junit)
{
    struct run run = REPORT("--junit", path_of("all.xml"), no_grade("does_not_compile", "a.c:2: an error\n    x"));
    struct junit junit = read_junit();
    ck_assert_int_eq(junit.failures, 1);
    ck_assert_str_eq(junit.message, "a.c:2: an error\n    x");
    run_free(&run);
}
END_TEST

START_TEST(hostile_texts_do_not_break_the_junit_file)
{
    json_t *test = a_test("<one>&\"'", "fail", 1, "]]> </failure> \033[2J \uffff & \"<\n");
    struct run run = REPORT("--junit", path_of("all.xml"), "--submission", "\"><x>\xff",
                            save("hostile.json", a_result("02-pipe", json_pack("[o]", test))));
    struct junit junit = read_junit();
    ck_assert_int_eq(junit.failures, 1);
    contains(junit.message, "]]> </failure> \\x1b[2J \\u{ffff} & \"<");
    run_free(&run);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_ends_with_2_and_leaves_the_old_one)
{
    make_subfolder("all.json");
    struct run run = REPORT("--json", path_of("all.json"), full_marks());
    ck_assert_int_eq(run.status, 2);
    contains(run.err, "all.json cannot be written: Is a directory");
    run_free(&run);
    run = REPORT("--junit", path_of("nowhere/all.xml"), full_marks());
    ck_assert_int_eq(run.status, 2);
    contains(run.err, "nowhere/all.xml cannot be written: No such file or directory");
    run_free(&run);
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    char program[PATH_MAX], command[PATH_MAX * 2];

    find_program(program, "report");
    (void)snprintf(command, sizeof command, "%s %s >/dev/full 2>%s", program, full_marks(), path_of("errors"));
    int status = system(command);
    ck_assert_int_eq(WEXITSTATUS(status), 2);
    char *errors = text_of_file("errors");
    contains(errors, "cannot be printed: No space left on device");
    free(errors);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("report");

    tcase_add_checked_fixture(tcase, set_up, remove_folder);
    tcase_add_test(tcase, full_marks_end_with_0);
    tcase_add_test(tcase, missing_points_end_with_1);
    tcase_add_test(tcase, what_could_not_be_graded_ends_with_2);
    tcase_add_test(tcase, wrong_use_ends_with_2);
    tcase_add_test(tcase, a_result_that_is_none_ends_with_2_and_a_line);
    tcase_add_test(tcase, a_result_of_another_version_is_refused);
    tcase_add_test(tcase, a_result_with_a_field_missing_or_wrong_is_refused);
    tcase_add_test(tcase, a_failure_is_told_in_full);
    tcase_add_test(tcase, when_all_is_done_it_says_so);
    tcase_add_test(tcase, an_exercise_that_is_not_begun_leads_to_the_start_of_its_lesson);
    tcase_add_test(tcase, for_somebody_elses_folder_there_is_no_next_step);
    tcase_add_test(tcase, a_stub_that_fails_everything_is_no_flood);
    tcase_add_test(tcase, the_first_failure_does_not_scroll_away);
    tcase_add_test(tcase, only_the_first_exercise_that_is_not_done_takes_the_terminals_room);
    tcase_add_test(tcase, verbose_shows_everything);
    tcase_add_test(tcase, of_four_failures_none_is_held_back);
    tcase_add_test(tcase, one_mistake_is_told_once_however_many_tests_it_fails);
    tcase_add_test(tcase, mistakes_that_are_not_the_same_are_not_said_to_be);
    tcase_add_test(tcase, a_reason_is_told_line_by_line);
    tcase_add_test(tcase, a_skip_says_why_and_is_nothing_to_mend);
    tcase_add_test(tcase, warnings_are_told_but_not_beside_errors);
    tcase_add_test(tcase, quiet_prints_no_report);
    tcase_add_test(tcase, quiet_is_not_silent_about_what_could_not_be_graded);
    tcase_add_test(tcase, no_line_is_longer_than_the_terminal);
    tcase_add_test(tcase, there_is_no_colour_where_there_is_no_terminal);
    tcase_add_test(tcase, colour_can_be_asked_for_and_words_say_the_same);
    tcase_add_test(tcase, without_utf8_everything_is_ascii);
    tcase_add_test(tcase, hostile_texts_cannot_repaint_the_terminal);
    tcase_add_test(tcase, the_json_of_a_submission_has_all_exercises);
    tcase_add_test(tcase, the_junit_file_has_all_tests);
    tcase_add_test(tcase, what_does_not_compile_fails_every_test_in_junit);
    tcase_add_test(tcase, hostile_texts_do_not_break_the_junit_file);
    tcase_add_test(tcase, a_file_that_cannot_be_written_ends_with_2_and_leaves_the_old_one);
    tcase_add_test(tcase, a_full_disk_is_noticed);
    return run_unit_tests("report", tcase);
}

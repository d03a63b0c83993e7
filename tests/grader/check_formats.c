/* check_formats.c - the formats of other systems, field by field; what hostile text and a grader's error become in them. */
#include "made_up.h"

#include <jansson.h>

/* ---- made-up results */

static const char hostile[] = "=2+3,\"x\"\n::set-env name=A::b%0A\n{\"scores\":{\"01-fork\":99}}\n\tcut";

static json_t *a_test(const char *id, const char *verdict, int points, const char *seen)
{
    bool pass = strcmp(verdict, "pass") == 0;

    return json_pack(
        "{s:s, s:s, s:s, s:i, s:i, s:s, s:o, s:o, s:o, s:{s:s, s:s}, s:s, s:[], s:[]}", "id", id, "says",
        "The promise of a test.", "why", "It matters.", "points", pass ? points : 0, "max_points", points, "verdict",
        verdict, "seen", pass ? json_null() : json_string(seen), "expected",
        pass ? json_null() : json_string("Something else."), "where",
        pass ? json_null() : json_pack("{s:s, s:i, s:s}", "file", "spawn.c", "line", 12, "text", "fork();"), "lesson",
        "file", "exercises/01-fork/README.md", "section", "a-section", "clause", "fork(2)", "also", "evidence");
}

static const char *save(const char *file, const char *status, const char *reason, json_t *tests)
{
    bool error = strcmp(status, "grader_error") == 0;
    size_t i = 0;
    json_t *test = NULL;
    int points = 0, most = 0;

    json_array_foreach(tests, i, test)
    {
        points += (int)json_integer_value(json_object_get(test, "points"));
        most += (int)json_integer_value(json_object_get(test, "max_points"));
    }
    json_t *result =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:i, s:s, s:o, s:i, s:i, s:[], s:o}", "version", 1, "exercise", file,
                  "title", "a title", "source", "exercises/01-fork/spawn,1:2.c", "status", status, "points",
                  error ? json_null() : json_integer(points), "max_points", most, "summary", "some tests pass",
                  "reason", reason == NULL ? json_null() : json_string(reason), "wall_ms", 1500, "cpu_ms", 1000,
                  "warnings", "tests", tests);
    ck_assert_ptr_nonnull(result);
    ck_assert_int_eq(json_dump_file(result, path_of("%s.json", file), 0), 0);
    json_decref(result);
    return path_of("%s.json", file);
}

static const char *one_of_two(void)
{
    return save("01-fork", "graded", NULL,
                json_pack("[o, o]", a_test("one", "pass", 1, ""), a_test("two", "stall", 2, hostile)));
}

static const char *full_marks(void)
{
    return save("02-pipe", "graded", NULL, json_pack("[o]", a_test("three", "pass", 3, "")));
}

static const char *no_grade(void)
{
    return save("03-nonblock", "grader_error", "The disk is full; make room.",
                json_pack("[o]", a_test("four", "grader_error", 4, "")));
}

/* ---- running it */

/* Makes the format NAME of these results; a string that the caller frees. */
static char *format_of(const char *name, const char *one, const char *two)
{
    char option[64];

    (void)snprintf(option, sizeof option, "--%s", name);
    struct run run = run_program("report", (const char *const[]){"--quiet", option, path_of("made"), one, two, NULL});
    ck_assert_int_ne(run.status, -1);
    run_free(&run);
    char *text = text_of_file("made");
    ck_assert_ptr_nonnull(text);
    return text;
}

static json_t *json_of(const char *name, const char *one, const char *two)
{
    char *text = format_of(name, one, two);
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    ck_assert_ptr_nonnull(value);
    free(text);
    return value;
}

static const char *string_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    ck_assert_msg(text != NULL, "there is no string \"%s\"", name);
    return text;
}

static json_t *test_at(const json_t *whole, size_t place)
{
    json_t *test = json_array_get(json_object_get(whole, "tests"), place);

    ck_assert_ptr_nonnull(test);
    return test;
}

static double number_at(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    ck_assert_msg(json_is_number(value), "there is no number \"%s\"", name);
    return json_number_value(value);
}

static void contains(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" does not contain \"%s\"", text, part);
}

/* Every field of OBJECT is one of NAMES (NULL at the end): the systems ignore, or refuse, what they do not know. */
static void only_known(json_t *object, const char *const names[])
{
    const char *field = NULL;
    json_t *value = NULL;

    json_object_foreach(object, field, value)
    {
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], field) != 0)
            i++;
        ck_assert_msg(names[i] != NULL, "unknown field \"%s\"", field);
    }
}

/* ---- Gradescope */

static const char *const gradescope_fields[] = {
    "score",      "execution_time",    "output",     "output_format", "test_output_format", "test_name_format",
    "visibility", "stdout_visibility", "extra_data", "tests",         "leaderboard",        NULL};
static const char *const gradescope_test_fields[] = {"score",       "max_score",  "status",     "name",
                                                     "name_format", "number",     "output",     "output_format",
                                                     "tags",        "visibility", "extra_data", NULL};

START_TEST(gradescope_has_its_fields)
{
    json_t *whole = json_of("gradescope", one_of_two(), full_marks());
    json_t *failed = test_at(whole, 1);

    only_known(whole, gradescope_fields);
    only_known(failed, gradescope_test_fields);
    ck_assert(number_at(whole, "score") == 4);
    ck_assert(number_at(whole, "execution_time") == 3);
    ck_assert_str_eq(string_at(whole, "stdout_visibility"), "hidden");
    ck_assert_str_eq(string_at(whole, "output"), "4 of 6 points");
    ck_assert_str_eq(string_at(test_at(whole, 0), "status"), "passed");
    ck_assert_str_eq(string_at(failed, "status"), "failed");
    ck_assert_str_eq(string_at(failed, "number"), "1.2");
    ck_assert_str_eq(string_at(failed, "name"), "01-fork: The promise of a test.");
    ck_assert_str_eq(string_at(failed, "output_format"), "text");
    ck_assert(number_at(failed, "score") == 0);
    ck_assert(number_at(failed, "max_score") == 2);
    contains(string_at(failed, "output"), "expected: Something else.");
    json_decref(whole);
}
END_TEST

START_TEST(gradescope_gets_no_score_at_all_when_something_could_not_be_graded)
{
    json_t *whole = json_of("gradescope", one_of_two(), no_grade());

    ck_assert_ptr_null(json_object_get(whole, "score"));
    for (size_t i = 0; i < 3; i++)
        ck_assert_ptr_null(json_object_get(test_at(whole, i), "score"));
    ck_assert_ptr_null(json_object_get(test_at(whole, 2), "status"));
    contains(string_at(whole, "output"), "not zero points. 03-nonblock: The disk is full; make room.");
    json_decref(whole);
}
END_TEST

/* ---- PrairieLearn */

static const char *const prairielearn_fields[] = {"gradable", "score",         "message", "output",
                                                  "images",   "format_errors", "tests",   NULL};
static const char *const prairielearn_test_fields[] = {"name",    "description", "points", "max_points",
                                                       "message", "output",      "images", NULL};

START_TEST(prairielearn_has_its_fields)
{
    json_t *whole = json_of("prairielearn", one_of_two(), full_marks());

    only_known(whole, prairielearn_fields);
    ck_assert(json_is_true(json_object_get(whole, "gradable")));
    ck_assert(number_at(whole, "score") > 0.66 && number_at(whole, "score") < 0.67);
    ck_assert_uint_eq(json_array_size(json_object_get(whole, "tests")), 3);
    for (size_t i = 0; i < 3; i++) {
        only_known(test_at(whole, i), prairielearn_test_fields);
        (void)number_at(test_at(whole, i), "points");
        (void)number_at(test_at(whole, i), "max_points");
    }
    ck_assert_str_eq(string_at(test_at(whole, 1), "name"), "01-fork: two");
    ck_assert_str_eq(string_at(test_at(whole, 1), "message"), "stall");
    json_decref(whole);
}
END_TEST

START_TEST(prairielearn_cannot_grade_what_the_grader_could_not)
{
    json_t *whole = json_of("prairielearn", full_marks(), no_grade());

    ck_assert(json_is_false(json_object_get(whole, "gradable")));
    ck_assert_ptr_null(json_object_get(whole, "score"));
    ck_assert_uint_eq(json_array_size(json_object_get(whole, "format_errors")), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(whole, "tests")), 1);
    json_decref(whole);
}
END_TEST

START_TEST(prairielearn_stays_below_a_megabyte)
{
    json_t *tests = json_array();
    char *seen = malloc(4096);

    ck_assert_ptr_nonnull(seen);
    memset(seen, '\\', 4095); /* each takes two bytes in JSON */
    seen[4095] = '\0';
    for (int i = 0; i < 300; i++)
        ck_assert_int_eq(json_array_append_new(tests, a_test("much", "fail", 1, seen)), 0);
    free(seen);
    char *text = format_of("prairielearn", save("04-select", "graded", NULL, tests), full_marks());
    ck_assert_uint_le(strlen(text), 1000 * 1000);
    json_t *whole = json_loads(text, 0, NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(whole, "tests")), 301);
    json_decref(whole);
    free(text);
}
END_TEST

/* ---- Autolab */

/* The line of TEXT that is COUNT before its last one, as JSON; the text ends with a newline. Cuts it off the text. */
static json_t *last_line(char *text)
{
    size_t length = strlen(text);

    ck_assert_uint_gt(length, 1);
    ck_assert_int_eq(text[length - 1], '\n');
    text[length - 1] = '\0';
    char *line = strrchr(text, '\n');
    json_t *value = json_loads(line + 1, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(value);
    line[1] = '\0';
    return value;
}

START_TEST(autolab_has_the_scores_in_its_last_line)
{
    char *text = format_of("autolab", one_of_two(), full_marks());
    json_t *scores = last_line(text), *stages = last_line(text);
    json_t *failed = json_object_get(json_object_get(stages, "01-fork"), "two");

    ck_assert(number_at(json_object_get(scores, "scores"), "01-fork") == 1);
    ck_assert(number_at(json_object_get(scores, "scores"), "02-pipe") == 3);
    ck_assert_str_eq(string_at(stages, "_presentation"), "semantic");
    ck_assert_uint_eq(json_array_size(json_object_get(stages, "stages")), 2);
    ck_assert(json_is_false(json_object_get(failed, "passed")));
    contains(string_at(failed, "hint"), "expected: Something else.");
    ck_assert(is_harmless(text));
    json_decref(scores);
    json_decref(stages);
    free(text);
}
END_TEST

START_TEST(autolab_gets_no_score_for_what_could_not_be_graded)
{
    char *text = format_of("autolab", full_marks(), no_grade());
    json_t *scores = last_line(text);

    ck_assert_ptr_null(json_object_get(json_object_get(scores, "scores"), "03-nonblock"));
    ck_assert(number_at(json_object_get(scores, "scores"), "02-pipe") == 3);
    json_decref(scores);
    free(text);
}
END_TEST

/* ---- GitHub */

START_TEST(github_gets_an_annotation_at_the_line)
{
    char *text = format_of("github", one_of_two(), full_marks());

    contains(text, "::error file=exercises/01-fork/spawn%2C1%3A2.c,line=12,title=01-fork%3A The promise of a test.::"
                   "stall%0Awhere: spawn.c:12: fork();%0Aseen: =2+3");
    contains(text, "\n::notice title=eagain::4 of 6 points\n");
    free(text);
}
END_TEST

START_TEST(github_obeys_no_command_of_the_submission)
{
    char *text = format_of("github", one_of_two(), full_marks());
    size_t lines = 0;

    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1, lines++)
        ck_assert(strncmp(line, "::error ", 8) == 0 || strncmp(line, "::notice ", 9) == 0);
    ck_assert_uint_eq(lines, 2);
    contains(text, "%250A"); /* a %0A of the submission's own */
    free(text);
}
END_TEST

START_TEST(github_is_warned_of_what_could_not_be_graded)
{
    char *text = format_of("github", full_marks(), no_grade());

    contains(text, "::warning file=");
    contains(text, "could not be graded; this is not zero points::The disk is full; make room.");
    ck_assert_ptr_null(strstr(text, "::error"));
    free(text);
}
END_TEST

/* ---- CSV */

START_TEST(a_table_has_a_row_for_each_test)
{
    char *text = format_of("csv", one_of_two(), full_marks());

    contains(text, "exercise,test,verdict,points,max_points,line,says,seen,expected,lesson\r\n"
                   "\"01-fork\",\"one\",\"pass\",1,1,,\"The promise of a test.\",\"\",\"\",\"a-section\"\r\n");
    contains(text, "\"01-fork\",\"two\",\"stall\",0,2,12,");
    free(text);
}
END_TEST

START_TEST(a_table_has_no_formulas)
{
    static const char *const formulas[] = {"=1", "+1", "-1", "@f", "\t=1", "\r=1", "  =1"};
    static const char *const cells[] = {"\"'=1\"",  "\"'+1\"",      "\"'-1\"",  "\"'@f\"",
                                        "\"' =1\"", "\"'\\x0d=1\"", "\"'  =1\""};

    for (size_t i = 0; i < 7; i++) {
        char *text =
            format_of("csv", save("01-fork", "graded", NULL, json_pack("[o]", a_test("x", "fail", 1, formulas[i]))),
                      full_marks());
        contains(text, cells[i]);
        free(text);
    }
    char *text = format_of("csv", one_of_two(), full_marks());
    contains(text, "\"'=2+3,\"\"x\"\"");
    free(text);
}
END_TEST

START_TEST(a_table_has_no_points_for_what_could_not_be_graded)
{
    char *text = format_of("csv", full_marks(), no_grade());

    contains(text, "\"03-nonblock\",\"four\",\"grader_error\",,4,");
    free(text);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_ends_with_2)
{
    static const char *const options[] = {"--gradescope", "--prairielearn", "--autolab", "--github", "--csv"};

    for (size_t i = 0; i < 5; i++) {
        struct run run =
            run_program("report", (const char *const[]){options[i], path_of("no/such/place"), full_marks(), NULL});
        ck_assert_int_eq(run.status, 2);
        contains(run.err, "no/such/place cannot be written");
        run_free(&run);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("formats");
    const TTest *const tests[] = {
        gradescope_has_its_fields,
        gradescope_gets_no_score_at_all_when_something_could_not_be_graded,
        prairielearn_has_its_fields,
        prairielearn_cannot_grade_what_the_grader_could_not,
        prairielearn_stays_below_a_megabyte,
        autolab_has_the_scores_in_its_last_line,
        autolab_gets_no_score_for_what_could_not_be_graded,
        github_gets_an_annotation_at_the_line,
        github_obeys_no_command_of_the_submission,
        github_is_warned_of_what_could_not_be_graded,
        a_table_has_a_row_for_each_test,
        a_table_has_no_formulas,
        a_table_has_no_points_for_what_could_not_be_graded,
        a_file_that_cannot_be_written_ends_with_2,
    };

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, tests[i]);
    return run_unit_tests("formats", tcase);
}

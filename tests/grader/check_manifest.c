/* check_manifest.c - manifests are read, and refused with the line that is wrong. */
#include "made_up.h"

#include "manifest.h"

static const char good[] = "# a comment\n"
                           "title     pipe close discipline\n"
                           "source    pipeline.c\n"
                           "header    pipeline.h\n"
                           "export    write_all\n"
                           "export    run_pipeline\n"
                           "\n"
                           "allow     fork  pipe\tpipe2\n"
                           "allow     poll\n"
                           "tool      memcheck\n"
                           "descriptors 4096\n"
                           "threads   64\n"
                           "\n"
                           "test      first_test\n"
                           "points    2\n"
                           "says      A stage sees end of file.  \n"
                           "why       Because.\n"
                           "lesson    who-holds-the-write-end\n"
                           "clause    pipe(7)\n"
                           "  test    second_test\r\n"
                           "points 1\n"
                           "says x\n"
                           "lesson y\n"
                           "clause z";

static struct manifest manifest;
static char error[600];

static int read_text(const char *text)
{
    write_text("manifest", text);
    return manifest_read(&manifest, path_of("manifest"), error, sizeof error);
}

/* The manifest TEXT is refused, and the complaint contains PART. */
static void is_refused(const char *text, const char *part)
{
    ck_assert_int_eq(read_text(text), -1);
    ck_assert_msg(strstr(error, part) != NULL, "\"%s\" does not contain \"%s\"", error, part);
    ck_assert_ptr_null(manifest.bytes);
}

/* The good manifest with FROM replaced by TO. */
static const char *changed(const char *from, const char *to)
{
    static char text[4096];
    const char *at = strstr(good, from);

    ck_assert_ptr_nonnull(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    return text;
}

START_TEST(all_its_facts_are_read)
{
    ck_assert_int_eq(read_text(good), 0);
    ck_assert_str_eq(manifest.title, "pipe close discipline");
    ck_assert_str_eq(manifest.source, "pipeline.c");
    ck_assert_str_eq(manifest.header, "pipeline.h");
    ck_assert_uint_eq(manifest.export_count, 2);
    ck_assert_str_eq(manifest.exports[1], "run_pipeline");
    ck_assert_uint_eq(manifest.call_count, 4);
    ck_assert_str_eq(manifest.calls[2], "pipe2");
    ck_assert_str_eq(manifest.calls[3], "poll");
    ck_assert_uint_eq(manifest.tool_count, 1);
    ck_assert_str_eq(manifest.tools[0], "memcheck");
    ck_assert_int_eq(manifest.descriptors, 4096);
    ck_assert_int_eq(manifest.threads, 64);
    ck_assert_uint_eq(manifest.test_count, 2);
    manifest_free(&manifest);
}
END_TEST

START_TEST(a_test_has_all_its_words)
{
    ck_assert_int_eq(read_text(good), 0);
    const struct manifest_test *test = &manifest.tests[0];
    ck_assert_str_eq(test->name, "first_test");
    ck_assert_int_eq(test->points, 2);
    ck_assert_str_eq(test->says, "A stage sees end of file.");
    ck_assert_str_eq(test->why, "Because.");
    ck_assert_str_eq(test->lesson, "who-holds-the-write-end");
    ck_assert_str_eq(test->clause, "pipe(7)");
    ck_assert_str_eq(manifest.tests[1].name, "second_test");
    ck_assert_ptr_null(manifest.tests[1].why);
    ck_assert_int_eq(manifest_find(&manifest, "second_test"), 1);
    ck_assert_int_eq(manifest_find(&manifest, "third_test"), -1);
    manifest_free(&manifest);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
    ck_assert_int_eq(manifest_read(&manifest, path_of("nothing"), error, sizeof error), -1);
    ck_assert_ptr_nonnull(strstr(error, "nothing: No such file or directory"));
    ck_assert_int_eq(manifest_read(&manifest, folder, error, sizeof error), -1);
    ck_assert_ptr_nonnull(strstr(error, "Invalid argument"));
}
END_TEST

START_TEST(what_is_missing_is_named)
{
    is_refused("", "\"title\" is missing");
    is_refused(changed("header    pipeline.h\n", ""), "\"header\" is missing");
    is_refused(changed("tool      memcheck\n", ""), "no line \"tool\"");
    is_refused("title a\nsource b.c\nheader b.h\nexport f\ntool memcheck\n", "no line \"test\"");
    is_refused(changed("clause    pipe(7)\n", ""), "\"first_test\" has no \"clause\"");
    is_refused(changed("points    2\n", ""), "\"first_test\" has no \"points\"");
}
END_TEST

START_TEST(the_line_of_a_mistake_is_named)
{
    is_refused(changed("points    2", "points    0"), ":15: \"points\" wants a number");
    is_refused(changed("points    2", "points    2x"), ":15: \"points\"");
    is_refused(changed("points    2", "points"), ":15: \"points\" has no value");
    is_refused(changed("why       Because.", "because   Why."), ":17: a test has no word \"because\"");
    is_refused(changed("title ", "titel "), ":2: there is no word \"titel\"");
    is_refused(changed("memcheck", "drd"), ":10: \"tool\" wants memcheck or helgrind");
}
END_TEST

START_TEST(nothing_may_be_given_twice)
{
    is_refused(changed("second_test", "first_test"), "\"first_test\" is there twice");
    is_refused(changed("run_pipeline", "write_all"), "\"export write_all\" is given twice");
    is_refused(changed("points    2", "points 2\npoints 2"), "\"points\" is given twice");
    is_refused(changed("header    pipeline.h", "source x.c"), "\"source\" is given twice");
}
END_TEST

START_TEST(names_lead_nowhere_else)
{
    is_refused(changed("pipeline.c", "../pipeline.c"), "\"source\" wants the name of a file");
    is_refused(changed("pipeline.h", ".h"), "\"header\" wants");
    is_refused(changed("first_test", "first test"), "\"test\" wants a C identifier");
    is_refused(changed("write_all", "write-all"), "\"export\" wants one name");
    is_refused(changed("pipe2", "pipe;2"), "no name of a call");
}
END_TEST

START_TEST(there_are_no_more_tests_than_the_board_has_room_for)
{
    static char text[32000];
    size_t length = (size_t)snprintf(text, sizeof text, "title a\nsource b.c\nheader b.h\nexport f\ntool memcheck\n");

    for (int i = 0; i <= MANIFEST_MAX_TESTS; i++)
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "test t%d\npoints 1\nsays s\nlesson l\nclause c\n", i);
    is_refused(text, "more than 64 tests");
}
END_TEST

START_TEST(a_nul_byte_is_no_text)
{
    write_bytes("manifest", "title a\0b\n", 10);
    ck_assert_int_eq(manifest_read(&manifest, path_of("manifest"), error, sizeof error), -1);
    ck_assert_ptr_nonnull(strstr(error, "NUL"));
}
END_TEST

START_TEST(a_complaint_is_harmless_and_bounded)
{
    char text[2000];

    (void)snprintf(text, sizeof text, "\033[2J%01500d x\n", 0);
    is_refused(text, "no word \"\\x1b[2J000");
    ck_assert(is_harmless(error));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("manifest");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, all_its_facts_are_read);
    tcase_add_test(tcase, a_test_has_all_its_words);
    tcase_add_test(tcase, a_file_that_cannot_be_read_is_named);
    tcase_add_test(tcase, what_is_missing_is_named);
    tcase_add_test(tcase, the_line_of_a_mistake_is_named);
    tcase_add_test(tcase, nothing_may_be_given_twice);
    tcase_add_test(tcase, names_lead_nowhere_else);
    tcase_add_test(tcase, there_are_no_more_tests_than_the_board_has_room_for);
    tcase_add_test(tcase, a_nul_byte_is_no_text);
    tcase_add_test(tcase, a_complaint_is_harmless_and_bounded);
    return run_unit_tests("manifest", tcase);
}

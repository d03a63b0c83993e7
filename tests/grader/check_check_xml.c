/* check_check_xml.c - Check's report is read, and what is no report is said to be none. */
#include "made_up.h"

#include "check_xml.h"

static struct check_report report;
static char why[200];

static enum xml_end read_text(const char *text)
{
    write_text("check.xml", text);
    return check_xml_read(&report, path_of("check.xml"), why, sizeof why);
}

#define BEGIN "<?xml version=\"1.0\"?>\n<testsuites xmlns=\"http://check.sourceforge.net/ns\"><suite><title>s</title>"
#define END "</suite></testsuites>\n"
#define TEST(name, result, message) \
    "<test result=\"" result "\"><id>" name "</id><iteration>0</iteration><message>" message "</message></test>"

START_TEST(a_real_report_is_read)
{
    ck_assert_int_eq(check_xml_read(&report, "tests/grader/samples/check.xml", why, sizeof why), XML_COMPLETE);
    ck_assert_uint_eq(report.count, 3);
    ck_assert_int_eq(check_find(&report, "passes")->result, CHECK_SUCCESS);
    ck_assert_int_eq(check_find(&report, "fails")->result, CHECK_FAILURE);
    ck_assert_str_eq(check_find(&report, "fails")->message, "p is <1> &   \"x\"");
    ck_assert_int_eq(check_find(&report, "ends_early")->result, CHECK_ERROR);
    ck_assert_str_eq(check_find(&report, "ends_early")->message, "Received signal 11 (Segmentation fault)");
    ck_assert_ptr_null(check_find(&report, "something_else"));
}
END_TEST

START_TEST(of_the_iterations_of_a_test_the_worst_counts)
{
    ck_assert_int_eq(read_text(BEGIN TEST("a", "success", "Passed") TEST("a", "failure", "one") TEST("a", "success", "")
                                   TEST("a", "failure", "two") END),
                     XML_COMPLETE);
    ck_assert_uint_eq(report.count, 1);
    ck_assert_int_eq(report.tests[0].result, CHECK_FAILURE);
    ck_assert_str_eq(report.tests[0].message, "one");
}
END_TEST

START_TEST(a_report_that_is_cut_short_is_broken_and_keeps_what_was_there)
{
    ck_assert_int_eq(read_text(BEGIN TEST("a", "success", "Passed") "<test result=\"success\"><id>b</id>"), XML_BROKEN);
    ck_assert_ptr_nonnull(strstr(why, "no element found"));
    ck_assert_uint_eq(report.count, 1);
    ck_assert_ptr_null(check_find(&report, "b"));
}
END_TEST

START_TEST(an_empty_file_is_broken)
{
    ck_assert_int_eq(read_text(""), XML_BROKEN);
    ck_assert_uint_eq(report.count, 0);
}
END_TEST

START_TEST(a_result_that_check_does_not_have_is_broken)
{
    ck_assert_int_eq(read_text(BEGIN TEST("a", "succes", "Passed") END), XML_BROKEN);
    ck_assert_int_eq(read_text(BEGIN "<test><id>a</id></test>" END), XML_BROKEN);
    ck_assert_int_eq(read_text(BEGIN "<test result=\"success\"></test>" END), XML_BROKEN);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_unreadable)
{
    ck_assert_int_eq(check_xml_read(&report, path_of("nothing"), why, sizeof why), XML_UNREADABLE);
    ck_assert_str_eq(why, "No such file or directory");
    ck_assert_int_eq(check_xml_read(&report, folder, why, sizeof why), XML_UNREADABLE);
}
END_TEST

START_TEST(a_fifo_in_its_place_does_not_stop_us)
{
    ck_assert_int_eq(mkfifo(path_of("fifo"), 0666), 0);
    ck_assert_int_eq(check_xml_read(&report, path_of("fifo"), why, sizeof why), XML_BROKEN);
}
END_TEST

START_TEST(entities_are_refused)
{
    ck_assert_int_eq(
        read_text("<?xml version=\"1.0\"?><!DOCTYPE t [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>"
                  "<testsuites>&b;</testsuites>"),
        XML_BROKEN);
    ck_assert_ptr_nonnull(strstr(why, "aborted"));
}
END_TEST

START_TEST(a_hostile_message_is_harmless_and_bounded)
{
    static char text[20000];

    (void)snprintf(text, sizeof text, BEGIN TEST("a", "failure", "\u202e&#127;%09000d") END, 7);
    ck_assert_int_eq(read_text(text), XML_COMPLETE);
    ck_assert_int_eq(strncmp(report.tests[0].message, "\\u{202e}\\x7f000", 15), 0);
    ck_assert(is_harmless(report.tests[0].message));
}
END_TEST

START_TEST(more_tests_than_there_is_room_for_are_counted)
{
    static char text[200000] = BEGIN;
    size_t length = strlen(text);

    for (int i = 0; i < CHECK_MAX_TESTS + 5; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, TEST("t%d", "success", ""), i);
    (void)snprintf(text + length, sizeof text - length, END);
    ck_assert_int_eq(read_text(text), XML_COMPLETE);
    ck_assert_uint_eq(report.count, CHECK_MAX_TESTS);
    ck_assert_uint_eq(report.dropped, 5);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("check_xml");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, a_real_report_is_read);
    tcase_add_test(tcase, of_the_iterations_of_a_test_the_worst_counts);
    tcase_add_test(tcase, a_report_that_is_cut_short_is_broken_and_keeps_what_was_there);
    tcase_add_test(tcase, an_empty_file_is_broken);
    tcase_add_test(tcase, a_result_that_check_does_not_have_is_broken);
    tcase_add_test(tcase, a_file_that_is_not_there_is_unreadable);
    tcase_add_test(tcase, a_fifo_in_its_place_does_not_stop_us);
    tcase_add_test(tcase, entities_are_refused);
    tcase_add_test(tcase, a_hostile_message_is_harmless_and_bounded);
    tcase_add_test(tcase, more_tests_than_there_is_room_for_are_counted);
    return run_unit_tests("check_xml", tcase);
}

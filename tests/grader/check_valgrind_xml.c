/* check_valgrind_xml.c - Valgrind's reports are read: what they say, and whose it is. */
#include "made_up.h"

#include "valgrind_xml.h"

static struct valgrind_report report;
static char why[200];

/* Reads a real report; see samples/README.md. */
static void read_sample(const char *name)
{
    char path[200];

    (void)snprintf(path, sizeof path, "tests/grader/samples/%s.xml", name);
    ck_assert_msg(valgrind_xml_read(&report, path, why, sizeof why) == XML_COMPLETE, "%s: %s", path, why);
}

static enum xml_end read_text(const char *text)
{
    write_text("report.xml", text);
    return valgrind_xml_read(&report, path_of("report.xml"), why, sizeof why);
}

#define BEGIN "<?xml version=\"1.0\"?><valgrindoutput><protocoltool>memcheck</protocoltool><pid>12</pid><ppid>11</ppid>"
#define END "</valgrindoutput>"
#define FRAME(object, function, directory, file, line)                                                 \
    "<frame><ip>0x1</ip><obj>" object "</obj><fn>" function "</fn><dir>" directory "</dir><file>" file \
    "</file><line>" line "</line></frame>"
#define SUBMISSION FRAME("/x/suite", "run", "/submission", "a.c", "7")
#define SUITE FRAME("/x/suite", "body", "/x/tests/01-a", "check_a.c", "9")
#define SUPPORT FRAME("/x/suite", "eagain_read", "/x/tests/support", "calls.c", "9")
#define LIBRARY FRAME("/lib/libc.so.6", "read", "./io", "check_io.c", "26")

START_TEST(what_and_where_of_an_error_are_read)
{
    read_sample("invalid_read");
    ck_assert_str_eq(report.tool, "memcheck");
    ck_assert_int_eq(report.pid, 4711);
    ck_assert_int_eq(report.parent, 4700);
    ck_assert_uint_eq(report.count, 1);
    const struct valgrind_error *error = &report.errors[0];
    ck_assert_str_eq(error->kind, "InvalidRead");
    ck_assert_str_eq(error->what, "Invalid read of size 1");
    ck_assert_uint_eq(error->stack_count, 2);
    ck_assert_str_eq(error->stacks[0].function, "invalid_read");
    ck_assert_str_eq(error->stacks[0].file, "faults.c");
    ck_assert_uint_eq(error->stacks[0].line, 14);
    ck_assert_ptr_nonnull(strstr(error->stacks[1].about, "0 bytes after a block of size 16 alloc'd"));
    ck_assert_str_eq(error->stacks[1].called, "malloc");
    ck_assert_uint_eq(error->stacks[1].line, 13);
    ck_assert(valgrind_is_submissions(&report, error));
    ck_assert(!valgrind_is_leak(error));
}
END_TEST

START_TEST(a_sentence_without_a_stack_is_kept)
{
    read_sample("write_through_null");
    ck_assert_uint_eq(report.errors[0].stack_count, 1);
    ck_assert_str_eq(report.errors[0].more, "Address 0x0 is not stack'd, malloc'd or (recently) free'd");
}
END_TEST

START_TEST(a_fatal_signal_is_read)
{
    read_sample("write_through_null");
    ck_assert_int_eq(report.signal.number, 11);
    ck_assert_str_eq(report.signal.name, "SIGSEGV");
    ck_assert_str_eq(report.signal.event, "Access not within mapped region");
    ck_assert_uint_eq(report.signal.stack.line, 108);
    ck_assert_int_eq(report.signal.stack.innermost, INNERMOST_SUBMISSION);
    read_sample("invalid_read");
    ck_assert_int_eq(report.signal.number, 0);
}
END_TEST

START_TEST(a_leak_has_its_size)
{
    read_sample("leak_of_two_blocks");
    ck_assert_uint_eq(report.count, 1);
    ck_assert(valgrind_is_leak(&report.errors[0]));
    ck_assert_uint_eq(report.errors[0].leaked_bytes, 41);
    ck_assert_uint_eq(report.errors[0].leaked_blocks, 1);
    ck_assert_int_eq(report.errors[0].stacks[0].allocated_depth, ALLOCATED_UNKNOWN);
}
END_TEST

START_TEST(a_race_has_two_stacks_and_two_threads)
{
    read_sample("race");
    const struct valgrind_error *error = &report.errors[0];
    ck_assert_str_eq(report.tool, "helgrind");
    ck_assert_str_eq(error->kind, "Race");
    ck_assert_uint_eq(error->threads[0], 1);
    ck_assert_uint_eq(error->threads[1], 2);
    ck_assert_uint_eq(error->stacks[0].line, 160);
    ck_assert_uint_eq(error->stacks[1].line, 152);
    ck_assert_ptr_nonnull(strstr(error->stacks[1].about, "previous write of size 8 by thread #2"));
    ck_assert(valgrind_thread(&report, 1)->root);
    ck_assert_uint_eq(valgrind_thread(&report, 2)->created.line, 159);
    ck_assert_ptr_null(valgrind_thread(&report, 3));
}
END_TEST

START_TEST(two_sentences_of_one_error_are_joined)
{
    read_sample("join_of_nobody");
    ck_assert_str_eq(report.errors[0].what,
                     "Thread #1's call to pthread_join failed with error code 35 (EDEADLK: Resource "
                     "deadlock would occur)");
}
END_TEST

START_TEST(a_thread_is_the_submissions_that_it_created)
{
    read_sample("thread_keeps_lock");
    ck_assert(!report.errors[0].stacks[0].submission);
    ck_assert(valgrind_is_submissions(&report, &report.errors[0]));
}
END_TEST

START_TEST(an_error_without_a_frame_of_the_submission_is_not_its_own)
{
    ck_assert_int_eq(read_text(BEGIN "<error><kind>InvalidRead</kind><stack>" SUITE "</stack></error>" END),
                     XML_COMPLETE);
    ck_assert_uint_eq(report.count, 1);
    ck_assert(!valgrind_is_submissions(&report, &report.errors[0]));
}
END_TEST

START_TEST(a_block_that_the_submission_freed_makes_the_error_its_own)
{
    ck_assert_int_eq(read_text(BEGIN "<error><kind>InvalidRead</kind><stack>" SUITE
                                     "</stack><auxwhat>freed</auxwhat><stack>" SUBMISSION "</stack></error>" END),
                     XML_COMPLETE);
    ck_assert(valgrind_is_submissions(&report, &report.errors[0]));
}
END_TEST

START_TEST(only_the_folder_of_that_name_is_the_submissions)
{
    ck_assert_int_eq(read_text(BEGIN "<error><kind>K</kind><stack>" FRAME("o", "f", "/submissions", "a.c", "1")
                                   FRAME("o", "f", "/x/submission", "a.c",
                                         "1") "</stack></error>"
                                              "<error><kind>K</kind><stack>" FRAME("o", "f", "/submission/lib", "a.c",
                                                                                   "1") "</stack></error>" END),
                     XML_COMPLETE);
    ck_assert(!valgrind_is_submissions(&report, &report.errors[0]));
    ck_assert(valgrind_is_submissions(&report, &report.errors[1]));
}
END_TEST

START_TEST(libraries_and_the_support_library_are_looked_through)
{
    ck_assert_int_eq(read_text(BEGIN "<fatal_signal><signo>11</signo><stack>" LIBRARY SUPPORT SUBMISSION SUITE
                                     "</stack></fatal_signal>" END),
                     XML_COMPLETE);
    ck_assert_int_eq(report.signal.stack.innermost, INNERMOST_SUBMISSION);
    ck_assert_int_eq(read_text(BEGIN "<fatal_signal><signo>11</signo><stack>" LIBRARY SUPPORT SUITE SUBMISSION
                                     "</stack></fatal_signal>" END),
                     XML_COMPLETE);
    ck_assert_int_eq(report.signal.stack.innermost, INNERMOST_SUITE);
    ck_assert(report.signal.stack.submission);
}
END_TEST

START_TEST(the_generation_of_an_allocation_is_read_from_its_frame)
{
    static const struct {
        const char *name;
        int depth;
    } cases[] = {{"allocated_in_parent", 0},
                 {"allocated_in_child_2", 2},
                 {"allocated_in_child_", INT_MAX},
                 {"allocated_in_child_x", INT_MAX},
                 {"allocate", ALLOCATED_UNKNOWN}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[2000];
        (void)snprintf(text, sizeof text,
                       BEGIN "<error><kind>Leak_DefinitelyLost</kind><stack>" FRAME("/x/suite", "%s", "/x", "c.c", "1")
                           SUBMISSION "</stack></error>" END,
                       cases[i].name);
        ck_assert_int_eq(read_text(text), XML_COMPLETE);
        ck_assert_int_eq(report.errors[0].stacks[0].allocated_depth, cases[i].depth);
    }
}
END_TEST

START_TEST(of_a_report_that_is_cut_short_the_whole_errors_count)
{
    ck_assert_int_eq(read_text(BEGIN "<error><kind>InvalidRead</kind><stack>" SUBMISSION
                                     "</stack></error><error><kind>InvalidWrite</kind><stack>" SUBMISSION),
                     XML_BROKEN);
    ck_assert_uint_eq(report.count, 1);
    ck_assert_str_eq(report.errors[0].kind, "InvalidRead");
}
END_TEST

START_TEST(no_cut_anywhere_does_harm)
{
    FILE *file = fopen("tests/grader/samples/race.xml", "r");
    static char text[20000];

    ck_assert_ptr_nonnull(file);
    size_t size = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    for (size_t length = 0; length < size - 20; length += 7) {
        write_bytes("report.xml", text, length);
        ck_assert_int_eq(valgrind_xml_read(&report, path_of("report.xml"), why, sizeof why), XML_BROKEN);
    }
}
END_TEST

START_TEST(errors_without_number_are_counted_and_not_kept)
{
    static char text[200000] = BEGIN;
    size_t length = strlen(text);

    for (int i = 0; i < VALGRIND_MAX_ERRORS + 3; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "<error><kind>K%d</kind></error>", i);
    (void)snprintf(text + length, sizeof text - length, END);
    ck_assert_int_eq(read_text(text), XML_COMPLETE);
    ck_assert_uint_eq(report.count, VALGRIND_MAX_ERRORS);
    ck_assert_uint_eq(report.dropped, 3);
    ck_assert_str_eq(report.errors[0].kind, "K0");
}
END_TEST

START_TEST(stacks_and_frames_without_number_do_no_harm)
{
    static char text[400000] = BEGIN "<error><kind>K</kind>";
    size_t length = strlen(text);

    for (int i = 0; i < 50; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "<auxwhat>a%d</auxwhat><stack>", i);
        for (int k = 0; k < 30; k++)
            length += (size_t)snprintf(text + length, sizeof text - length, SUBMISSION);
        length += (size_t)snprintf(text + length, sizeof text - length, "</stack>");
    }
    (void)snprintf(text + length, sizeof text - length, "</error>" END);
    ck_assert_int_eq(read_text(text), XML_COMPLETE);
    ck_assert_uint_eq(report.errors[0].stack_count, VALGRIND_MAX_STACKS);
}
END_TEST

START_TEST(hostile_names_are_harmless_and_bounded)
{
    static char text[20000];

    (void)snprintf(text, sizeof text,
                   BEGIN "<error><kind>K</kind><what>&#127;%05000d</what><stack>" FRAME(
                       "o", "\u202e%0500d", "/submission", "%0500d", "99999999999999999999") "</stack></error>" END,
                   1, 2, 3);
    ck_assert_int_eq(read_text(text), XML_COMPLETE);
    ck_assert(is_harmless(report.errors[0].what));
    ck_assert_int_eq(strncmp(report.errors[0].stacks[0].function, "\\u{202e}000", 11), 0);
    ck_assert_uint_eq(report.errors[0].stacks[0].line, 0);
}
END_TEST

START_TEST(other_xml_in_its_place_is_read_as_nothing)
{
    ck_assert_int_eq(read_text("<a><frame><fn>x</fn></frame><stack/><kind>K</kind></a>"), XML_COMPLETE);
    ck_assert_uint_eq(report.count, 0);
    ck_assert_int_eq(report.pid, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("valgrind_xml");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, what_and_where_of_an_error_are_read);
    tcase_add_test(tcase, a_sentence_without_a_stack_is_kept);
    tcase_add_test(tcase, a_fatal_signal_is_read);
    tcase_add_test(tcase, a_leak_has_its_size);
    tcase_add_test(tcase, a_race_has_two_stacks_and_two_threads);
    tcase_add_test(tcase, two_sentences_of_one_error_are_joined);
    tcase_add_test(tcase, a_thread_is_the_submissions_that_it_created);
    tcase_add_test(tcase, an_error_without_a_frame_of_the_submission_is_not_its_own);
    tcase_add_test(tcase, a_block_that_the_submission_freed_makes_the_error_its_own);
    tcase_add_test(tcase, only_the_folder_of_that_name_is_the_submissions);
    tcase_add_test(tcase, libraries_and_the_support_library_are_looked_through);
    tcase_add_test(tcase, the_generation_of_an_allocation_is_read_from_its_frame);
    tcase_add_test(tcase, of_a_report_that_is_cut_short_the_whole_errors_count);
    tcase_add_test(tcase, no_cut_anywhere_does_harm);
    tcase_add_test(tcase, errors_without_number_are_counted_and_not_kept);
    tcase_add_test(tcase, stacks_and_frames_without_number_do_no_harm);
    tcase_add_test(tcase, hostile_names_are_harmless_and_bounded);
    tcase_add_test(tcase, other_xml_in_its_place_is_read_as_nothing);
    return run_unit_tests("valgrind_xml", tcase);
}

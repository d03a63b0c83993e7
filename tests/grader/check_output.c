/* check_output.c - the head and the tail of what a run prints. */
#define _GNU_SOURCE
#include "output.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct output output;
static int ends[2];
static char path[] = "/tmp/eagain-check-output-XXXXXX";
static char written[2 * (OUTPUT_HEAD + OUTPUT_TAIL)];

static void set_up(void)
{
    memset(&output, 0, sizeof output);
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    int fd = mkstemp(path);
    ck_assert_int_ne(fd, -1);
    (void)close(fd);
}

static void tear_down(void)
{
    (void)unlink(path);
    (void)strcpy(path + strlen(path) - 6, "XXXXXX");
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Prints SIZE bytes of a letter into the pipe and lets the output take them. */
static void print(char letter, size_t size)
{
    char bytes[1024];

    memset(bytes, letter, sizeof bytes);
    while (size > 0) {
        size_t part = size < sizeof bytes ? size : sizeof bytes;
        ck_assert_int_eq(write(ends[1], bytes, part), (ssize_t)part);
        size -= part;
        ck_assert(output_take(&output, ends[0]));
    }
}

static size_t write_and_read(void)
{
    ck_assert(output_write(&output, path));
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(written, 1, sizeof written - 1, file);
    written[length] = '\0';
    (void)fclose(file);
    return length;
}

START_TEST(little_output_is_kept_whole)
{
    print('a', 10);
    ck_assert_uint_eq(write_and_read(), 10);
    ck_assert_str_eq(written, "aaaaaaaaaa");
}
END_TEST

START_TEST(head_and_tail_without_a_gap_are_kept_whole)
{
    print('a', OUTPUT_HEAD);
    print('b', OUTPUT_TAIL);
    ck_assert_uint_eq(write_and_read(), OUTPUT_HEAD + OUTPUT_TAIL);
    ck_assert_int_eq(written[OUTPUT_HEAD - 1], 'a');
    ck_assert_int_eq(written[OUTPUT_HEAD], 'b');
}
END_TEST

START_TEST(the_middle_of_much_output_is_left_out_and_counted)
{
    print('a', OUTPUT_HEAD);
    print('b', 5000);
    print('c', OUTPUT_TAIL);
    size_t length = write_and_read();
    ck_assert_uint_lt(length, OUTPUT_HEAD + OUTPUT_TAIL + 100);
    ck_assert_ptr_nonnull(strstr(written, "[... 5000 bytes left out ...]"));
    ck_assert_ptr_null(strchr(strstr(written, "]"), 'b'));
    ck_assert_int_eq(written[length - 1], 'c');
}
END_TEST

START_TEST(the_end_of_the_output_is_told)
{
    ck_assert(output_take(&output, ends[0]));
    ck_assert(!output.took_something);
    (void)close(ends[1]);
    ck_assert(!output_take(&output, ends[0]));
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_told)
{
    ck_assert(!output_write(&output, "/nowhere/at/all"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tcase = tcase_create("output");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, little_output_is_kept_whole);
    tcase_add_test(tcase, head_and_tail_without_a_gap_are_kept_whole);
    tcase_add_test(tcase, the_middle_of_much_output_is_left_out_and_counted);
    tcase_add_test(tcase, the_end_of_the_output_is_told);
    tcase_add_test(tcase, a_file_that_cannot_be_written_is_told);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

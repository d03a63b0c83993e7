/* check_board.c - making, opening and writing the board. */
#define _GNU_SOURCE
#include "board.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64];
static struct board *board;

static void set_up(void)
{
    (void)snprintf(path, sizeof path, "/tmp/eagain-check-board-%d", (int)getpid());
    board = board_create(path);
    ck_assert_ptr_nonnull(board);
}

static void tear_down(void)
{
    board_close(board);
    (void)unlink(path);
}

START_TEST(a_new_board_is_empty)
{
    ck_assert_int_eq(board->current, -1);
    ck_assert_uint_eq(board->process_count, 0);
    ck_assert_uint_eq(board->tests[0].state, TEST_NOT_RUN);
}
END_TEST

START_TEST(who_opens_it_sees_what_was_written)
{
    struct board *other = board_open(path);

    ck_assert_ptr_nonnull(other);
    board->tests[3].pid = 4711;
    ck_assert_int_eq(other->tests[3].pid, 4711);
    board_close(other);
}
END_TEST

START_TEST(a_file_of_another_size_is_no_board)
{
    ck_assert_int_eq(truncate(path, 100), 0);
    ck_assert_ptr_null(board_open(path));
    ck_assert_int_eq(errno, EINVAL);
    /* What is mapped beyond the end must not be touched any more. */
    ck_assert_int_eq(truncate(path, (off_t)sizeof(struct board)), 0);
}
END_TEST

START_TEST(another_version_is_refused)
{
    board->version++;
    ck_assert_ptr_null(board_open(path));
    ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(a_missing_file_is_told)
{
    ck_assert_ptr_null(board_open("/nowhere/at/all"));
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_told)
{
    ck_assert_ptr_null(board_create("/nowhere/at/all"));
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(slots_run_out_without_harm)
{
    for (int i = 0; i < BOARD_MAX_PROCESSES; i++)
        ck_assert_ptr_nonnull(board_new_process(board));
    ck_assert_ptr_null(board_new_process(board));
    ck_assert_uint_eq(board->process_count, BOARD_MAX_PROCESSES);
}
END_TEST

START_TEST(the_newest_process_of_a_number_is_found)
{
    board_new_process(board)->pid = 7;
    struct board_process *second = board_new_process(board);
    second->pid = 7;
    ck_assert_ptr_eq(board_process(board, 7), second);
    ck_assert_ptr_null(board_process(board, 8));
}
END_TEST

START_TEST(failures_beyond_the_room_are_counted)
{
    for (int i = 0; i < BOARD_MAX_FAILURES; i++)
        ck_assert_ptr_nonnull(board_failure(board, 2, VERDICT_FAIL));
    ck_assert_ptr_null(board_failure(board, 2, VERDICT_FAIL));
    ck_assert_uint_eq(board->tests[2].failure_count, BOARD_MAX_FAILURES + 1);
    ck_assert_ptr_null(board_failure(board, -1, VERDICT_FAIL));
    ck_assert_ptr_null(board_failure(board, BOARD_MAX_TESTS, VERDICT_FAIL));
}
END_TEST

START_TEST(processes_take_different_slots)
{
    enum { CHILDREN = 4, EACH = 50 };

    for (int child = 0; child < CHILDREN; child++) {
        if (fork() == 0) {
            for (int i = 0; i < EACH; i++)
                board_new_process(board)->exit_code++;
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    ck_assert_uint_eq(board->process_count, CHILDREN * EACH);
    for (int i = 0; i < CHILDREN * EACH; i++)
        ck_assert_int_eq(board->processes[i].exit_code, 1);
}
END_TEST

START_TEST(verdicts_have_names)
{
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        ck_assert_int_eq(verdict_from_name(verdict_name((enum verdict)verdict)), verdict);
    ck_assert_int_eq(verdict_from_name("nonsense"), VERDICT_COUNT);
    for (int kind = 0; kind < CALL_KINDS; kind++)
        ck_assert_ptr_nonnull(call_kind_name((enum call_kind)kind));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("board");
    TCase *tcase = tcase_create("board");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_new_board_is_empty);
    tcase_add_test(tcase, who_opens_it_sees_what_was_written);
    tcase_add_test(tcase, a_file_of_another_size_is_no_board);
    tcase_add_test(tcase, another_version_is_refused);
    tcase_add_test(tcase, a_missing_file_is_told);
    tcase_add_test(tcase, a_folder_that_cannot_be_written_is_told);
    tcase_add_test(tcase, slots_run_out_without_harm);
    tcase_add_test(tcase, the_newest_process_of_a_number_is_found);
    tcase_add_test(tcase, failures_beyond_the_room_are_counted);
    tcase_add_test(tcase, processes_take_different_slots);
    tcase_add_test(tcase, verdicts_have_names);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* check_judge.c - the rules by which a test gets its verdict (docs/architecture.md), one after the other. */
#include "made_up_evidence.h"

/* ---- pass */

START_TEST(what_reached_its_end_and_has_no_findings_passes)
{
    passes("first", 11);
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    judged(result, 1, "pass", "(none)");
    ck_assert_int_eq(json_integer_value(json_object_get(result, "points")), 3);
    ck_assert_str_eq(string_of(result, "summary"), "all 2 tests pass");
    json_decref(result);
}
END_TEST

START_TEST(a_test_that_fails_takes_no_points_from_another)
{
    int test = passes("first", 11);
    add_failure(test, VERDICT_FAIL, "It gave 3.", "4");
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "It gave 3.");
    judged(result, 1, "pass", "(none)");
    ck_assert_str_eq(string_of(test_of(result, 0), "expected"), "4");
    ck_assert_int_eq(json_integer_value(json_object_get(result, "points")), 1);
    json_decref(result);
}
END_TEST

/* ---- rule 2: crashes */

START_TEST(a_fatal_signal_in_the_submission_is_a_crash)
{
    check_says("first", "error", "Received signal 11 (Segmentation fault)");
    add_test("first", 11, TEST_RUNNING);
    valgrind_says(11, INVALID_READ SIGNAL("11", "SIGSEGV", IN_SUBMISSION("4") IN_SUITE));
    passes("second", 12);
    json_t *result = collect();
    /* The read is the cause: it is told with the crash, and not a second time. */
    judged(result, 0, "crash", "A crash, SIGSEGV: invalid read of 4 bytes.");
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(test_of(result, 0), "where"), "line")), 4);
    ck_assert_uint_eq(json_array_size(json_object_get(test_of(result, 0), "also")), 0);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(test_of(result, 0), "evidence"), 0)),
                     "evidence/memcheck/memcheck.11.xml");
    json_decref(result);
}
END_TEST

START_TEST(a_crash_of_a_child_is_one_too_and_says_which_child)
{
    int test = passes("first", 11);
    add_process(test, 21, PROCESS_CHILD, 1, "child 2")->ended = 0;
    valgrind_says(21, SIGNAL("8", "SIGFPE", IN_SUBMISSION("4") IN_SUITE));
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "crash", "A crash, SIGFPE: an impossible division; in child 2.");
    json_decref(result);
}
END_TEST

START_TEST(a_body_of_the_suite_that_kills_itself_is_no_crash)
{
    int test = passes("first", 11);
    add_process(test, 21, PROCESS_CHILD, 1, "child 1");
    valgrind_says(21, SIGNAL("6", "SIGABRT", IN_LIBRARY IN_SUITE IN_SUBMISSION("4") IN_SUITE));
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    json_decref(result);
}
END_TEST

START_TEST(a_signal_that_is_not_fatal_by_fault_is_no_crash)
{
    int test = passes("first", 11);
    add_process(test, 21, PROCESS_CHILD, 1, "child 1");
    valgrind_says(21, SIGNAL("15", "SIGTERM", IN_SUBMISSION("4")));
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    json_decref(result);
}
END_TEST

START_TEST(a_jump_to_nowhere_is_a_crash_though_its_stack_is_lost)
{
    check_says("first", "error", "Received signal 11 (Segmentation fault)");
    add_test("first", 11, TEST_RUNNING);
    valgrind_says(11, ERROR("InvalidJump", "Jump", STACK(IN_SUITE) "<auxwhat>Address 0x0 is not stack'd</auxwhat>")
                          SIGNAL("11", "SIGSEGV", IN_SUITE));
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "crash", "a call through a null function pointer");
    ck_assert(json_is_null(json_object_get(test_of(result, 0), "where")));
    json_decref(result);
}
END_TEST

/* ---- rule 3: memory */

START_TEST(a_memory_error_comes_before_what_the_suite_noted)
{
    int test = passes("first", 11);
    add_failure(test, VERDICT_STALL, "All wait.", "Nobody waits.");
    valgrind_says(11, INVALID_READ LEAK(ALLOCATED("allocated_in_parent") IN_SUBMISSION("2")));
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "memory", "Invalid read of 4 bytes.");
    ck_assert_str_eq(string_of(also_of(result, 0, 0), "verdict"), "stall");
    ck_assert_str_eq(string_of(also_of(result, 0, 0), "expected"), "Nobody waits.");
    ck_assert_str_eq(string_of(also_of(result, 0, 1), "seen"),
                     "A block of 16 bytes that was allocated at line 2 (`buf = malloc(16)`) is never freed.");
    json_decref(result);
}
END_TEST

START_TEST(the_same_error_in_many_children_is_one_finding)
{
    int test = passes("first", 11);
    for (int i = 0; i < 5; i++) {
        char role[32];
        (void)snprintf(role, sizeof role, "child %d", i + 1);
        add_process(test, 21 + i, PROCESS_CHILD, 1, role);
        valgrind_says(21 + i, INVALID_READ);
    }
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "memory", "Invalid read of 4 bytes; in child 1 and 4 other processes.");
    ck_assert_uint_eq(json_array_size(json_object_get(test_of(result, 0), "also")), 0);
    json_decref(result);
}
END_TEST

START_TEST(errors_of_the_suite_its_peers_and_the_runner_do_not_count)
{
    int test = passes("first", 11);
    valgrind_says(11, ERROR("InvalidRead", "Invalid read of size 4", STACK(IN_SUITE)));
    add_process(test, 21, PROCESS_PEER, 1, "the suite's writer");
    valgrind_says(21, INVALID_READ);
    valgrind_says(100, INVALID_READ);
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    judged(result, 1, "pass", "(none)");
    json_decref(result);
}
END_TEST

START_TEST(what_right_code_may_cause_does_not_count)
{
    passes("first", 11);
    valgrind_says(11, ERROR("FishyValue", "Argument 'size' is fishy", STACK(IN_SUBMISSION("2"))));
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    json_decref(result);
}
END_TEST

START_TEST(a_process_that_nobody_entered_on_the_board_belongs_to_its_parents_test)
{
    int test = passes("first", 11);
    add_process(test, 21, PROCESS_CHILD, 1, "child 1");
    valgrind_says(21, "");
    write_evidence("memcheck.31.xml", "<valgrindoutput><pid>31</pid><ppid>21</ppid>%s</valgrindoutput>", INVALID_READ);
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "memory", "in a child of child 1.");
    json_decref(result);
}
END_TEST

/* ---- rule 5: leaks */

/* One leak in a process of the first test; the verdict must be MEMORY or not. */
static void leak_in(enum process_kind kind, unsigned depth, bool ended, const char *leak, bool counts)
{
    int test = passes("first", 11);
    int pid = 11;
    if (kind == PROCESS_CHILD) {
        pid = 21;
        add_process(test, pid, kind, depth, "child 1")->ended = ended;
    }
    valgrind_says(pid, leak);
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, counts ? "memory" : "pass", counts ? "is never freed" : "(none)");
    json_decref(result);
}

START_TEST(a_leak_of_the_parents_counts_in_the_parent)
{
    leak_in(PROCESS_TEST, 0, true, LEAK(ALLOCATED("allocated_in_parent") IN_SUBMISSION("2")), true);
}
END_TEST

START_TEST(a_copy_of_the_parents_block_in_a_child_does_not_count)
{
    leak_in(PROCESS_CHILD, 1, true, LEAK(ALLOCATED("allocated_in_parent") IN_SUBMISSION("2")), false);
}
END_TEST

START_TEST(a_leak_of_a_childs_own_counts_in_the_child)
{
    leak_in(PROCESS_CHILD, 1, true, LEAK(ALLOCATED("allocated_in_child_1") IN_SUBMISSION("2")), true);
}
END_TEST

START_TEST(a_copy_of_a_childs_block_in_a_grandchild_does_not_count)
{
    leak_in(PROCESS_CHILD, 2, true, LEAK(ALLOCATED("allocated_in_child_1") IN_SUBMISSION("2")), false);
}
END_TEST

START_TEST(a_child_that_was_killed_has_leaked_nothing)
{
    leak_in(PROCESS_CHILD, 1, false, LEAK(ALLOCATED("allocated_in_child_1") IN_SUBMISSION("2")), false);
}
END_TEST

START_TEST(what_the_library_allocated_for_the_submission_counts_in_the_parent)
{
    leak_in(PROCESS_TEST, 0, true, LEAK(IN_LIBRARY IN_SUBMISSION("2")), true);
}
END_TEST

START_TEST(what_the_library_allocated_does_not_count_in_a_child)
{
    leak_in(PROCESS_CHILD, 1, true, LEAK(IN_LIBRARY IN_SUBMISSION("2")), false);
}
END_TEST

START_TEST(a_leak_of_the_suites_own_does_not_count)
{
    leak_in(PROCESS_TEST, 0, true, LEAK(IN_LIBRARY IN_SUITE), false);
}
END_TEST

START_TEST(only_what_is_definitely_lost_counts)
{
    leak_in(PROCESS_TEST, 0, true,
            ERROR("Leak_PossiblyLost", "lost", STACK(ALLOCATED("allocated_in_parent") IN_SUBMISSION("2"))), false);
}
END_TEST

START_TEST(a_test_that_was_broken_off_has_leaked_nothing)
{
    check_says("first", "failure", "x");
    int test = add_test("first", 11, TEST_RUNNING);
    add_failure(test, VERDICT_FAIL, "It gave 3.", "4");
    valgrind_says(11, LEAK(ALLOCATED("allocated_in_parent") IN_SUBMISSION("2")));
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "It gave 3.");
    ck_assert_uint_eq(json_array_size(json_object_get(test_of(result, 0), "also")), 0);
    json_decref(result);
}
END_TEST

/* ---- rule 6: what Check says, and the end that was not reached */

START_TEST(exit_in_the_middle_of_a_test_is_no_pass)
{
    check_says("first", "success", "Passed");
    add_test("first", 11, TEST_RUNNING);
    valgrind_says(11, "");
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "ended before the test did, and with status 0");
    json_decref(result);
}
END_TEST

START_TEST(a_process_that_was_gone_early_fails_with_checks_words)
{
    check_says("first", "error", "Received signal 9 (Killed)");
    add_test("first", 11, TEST_RUNNING);
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "ended before the test did. Check says: Received signal 9 (Killed).");
    json_decref(result);
}
END_TEST

START_TEST(checks_message_is_told_if_the_board_has_nothing)
{
    check_says("first", "failure", "Assertion failed");
    add_test("first", 11, TEST_RUNNING);
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "Assertion failed");
    json_decref(result);
}
END_TEST

START_TEST(checks_word_does_not_hide_what_the_board_says)
{
    check_says("first", "failure", "Assertion failed");
    int test = add_test("first", 11, TEST_RUNNING);
    add_failure(test, VERDICT_PROCESSES, "A zombie was left.", "");
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "processes", "A zombie was left.");
    ck_assert_uint_eq(json_array_size(json_object_get(test_of(result, 0), "also")), 0);
    json_decref(result);
}
END_TEST

START_TEST(a_failure_after_the_end_was_reached_counts_too)
{
    check_says("first", "error", "Early exit with return value 1");
    add_test("first", 11, TEST_REACHED_END);
    valgrind_says(11, "");
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "Early exit with return value 1");
    json_decref(result);
}
END_TEST

START_TEST(a_failure_that_was_cut_off_is_one_all_the_same)
{
    int test = passes("first", 11);
    board->tests[test].failure_count = 1; /* counted, and never filled in */
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "ended before it could say what");
    json_decref(result);
}
END_TEST

/* ---- rule 6: skipped; Check calls that a failure, as the test was ended early */

START_TEST(a_skipped_test_gives_no_points_and_says_why)
{
    check_says("first", "failure", "skipped");
    int test = add_test("first", 11, TEST_SKIPPED);
    add_failure(test, VERDICT_SKIPPED, "This kernel has no epoll.", "");
    valgrind_says(11, "");
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "skipped", "This kernel has no epoll.");
    ck_assert_int_eq(json_integer_value(json_object_get(result, "points")), 1);
    ck_assert_str_eq(string_of(result, "summary"), "1 of 2 tests pass, 1 skipped");
    json_decref(result);
}
END_TEST

START_TEST(what_was_found_before_a_skip_counts)
{
    check_says("first", "failure", "skipped");
    int test = add_test("first", 11, TEST_SKIPPED);
    add_failure(test, VERDICT_FAIL, "It gave 3.", "4");
    add_failure(test, VERDICT_SKIPPED, "This kernel has no epoll.", "");
    valgrind_says(11, "");
    passes("second", 12);
    json_t *result = collect();
    judged(result, 0, "fail", "It gave 3.");
    json_decref(result);
}
END_TEST

/* ---- several tools */

/* Ends the first tool and begins with Helgrind, which the manifest then has too. */
static void helgrind_too(void)
{
    char text[sizeof manifest_text + 20];

    end_tool();
    const char *at = strstr(manifest_text, "test first");
    (void)snprintf(text, sizeof text, "%.*stool helgrind\n%s", (int)(at - manifest_text), manifest_text, at);
    write_text("manifest", text);
    begin_tool("helgrind");
}

START_TEST(a_test_passes_if_it_passes_under_every_tool)
{
    passes("first", 11);
    passes("second", 12);
    helgrind_too();
    passes("first", 51);
    passes("second", 52);
    valgrind_says(
        52, ERROR("Race", "Possible data race during write of size 8 at 0x1 by thread #2", STACK(IN_SUBMISSION("4"))));
    json_t *result = collect();
    judged(result, 0, "pass", "(none)");
    judged(result, 1, "memory", "Data race: line 4 (`line four`) writes 8 bytes in thread 2");
    ck_assert_int_eq(json_integer_value(json_object_get(result, "wall_ms")), 240);
    json_decref(result);
}
END_TEST

START_TEST(what_both_runs_found_is_told_once)
{
    add_failure(passes("first", 11), VERDICT_FAIL, "It gave 3.", "4");
    passes("second", 12);
    helgrind_too();
    add_failure(passes("first", 51), VERDICT_FAIL, "It gave 3.", "4");
    passes("second", 52);
    json_t *result = collect();
    judged(result, 0, "fail", "It gave 3.");
    ck_assert_uint_eq(json_array_size(json_object_get(test_of(result, 0), "also")), 0);
    json_decref(result);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("judge");

    tcase_add_checked_fixture(tcase, make_work, remove_work);
    tcase_add_test(tcase, what_reached_its_end_and_has_no_findings_passes);
    tcase_add_test(tcase, a_test_that_fails_takes_no_points_from_another);
    tcase_add_test(tcase, a_fatal_signal_in_the_submission_is_a_crash);
    tcase_add_test(tcase, a_crash_of_a_child_is_one_too_and_says_which_child);
    tcase_add_test(tcase, a_body_of_the_suite_that_kills_itself_is_no_crash);
    tcase_add_test(tcase, a_signal_that_is_not_fatal_by_fault_is_no_crash);
    tcase_add_test(tcase, a_jump_to_nowhere_is_a_crash_though_its_stack_is_lost);
    tcase_add_test(tcase, a_memory_error_comes_before_what_the_suite_noted);
    tcase_add_test(tcase, the_same_error_in_many_children_is_one_finding);
    tcase_add_test(tcase, errors_of_the_suite_its_peers_and_the_runner_do_not_count);
    tcase_add_test(tcase, what_right_code_may_cause_does_not_count);
    tcase_add_test(tcase, a_process_that_nobody_entered_on_the_board_belongs_to_its_parents_test);
    tcase_add_test(tcase, a_leak_of_the_parents_counts_in_the_parent);
    tcase_add_test(tcase, a_copy_of_the_parents_block_in_a_child_does_not_count);
    tcase_add_test(tcase, a_leak_of_a_childs_own_counts_in_the_child);
    tcase_add_test(tcase, a_copy_of_a_childs_block_in_a_grandchild_does_not_count);
    tcase_add_test(tcase, a_child_that_was_killed_has_leaked_nothing);
    tcase_add_test(tcase, what_the_library_allocated_for_the_submission_counts_in_the_parent);
    tcase_add_test(tcase, what_the_library_allocated_does_not_count_in_a_child);
    tcase_add_test(tcase, a_leak_of_the_suites_own_does_not_count);
    tcase_add_test(tcase, only_what_is_definitely_lost_counts);
    tcase_add_test(tcase, a_test_that_was_broken_off_has_leaked_nothing);
    tcase_add_test(tcase, exit_in_the_middle_of_a_test_is_no_pass);
    tcase_add_test(tcase, a_process_that_was_gone_early_fails_with_checks_words);
    tcase_add_test(tcase, checks_message_is_told_if_the_board_has_nothing);
    tcase_add_test(tcase, checks_word_does_not_hide_what_the_board_says);
    tcase_add_test(tcase, a_failure_after_the_end_was_reached_counts_too);
    tcase_add_test(tcase, a_failure_that_was_cut_off_is_one_all_the_same);
    tcase_add_test(tcase, a_skipped_test_gives_no_points_and_says_why);
    tcase_add_test(tcase, what_was_found_before_a_skip_counts);
    tcase_add_test(tcase, a_test_passes_if_it_passes_under_every_tool);
    tcase_add_test(tcase, what_both_runs_found_is_told_once);
    return run_unit_tests("judge", tcase);
}

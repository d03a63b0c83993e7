/* check_words.c - Valgrind's errors are told in sentences for a student; the reports are real ones, in samples/. */
#include "made_up.h"

#include "collect.h"

static struct source_lines lines;
static struct valgrind_report report;
static struct finding finding;

static void read_sample(const char *name)
{
    char path[202], why[202];

    (void)snprintf(path, sizeof path, "tests/grader/samples/%s.xml", name);
    ck_assert_msg(valgrind_xml_read(&report, path, why, sizeof why) == XML_COMPLETE, "%s: %s", path, why);
    source_lines_begin(&lines, "tests/grader/samples", "faults.c", "suite");
}

/* The first error of the report NAME is at LINE of faults.c, and is told as SEEN. */
static void is_told(const char *name, unsigned line, const char *seen)
{
    read_sample(name);
    ck_assert_uint_ge(report.count, 1);
    describe_error(&finding, &lines, &report, &report.errors[0]);
    ck_assert_int_eq(finding.verdict, VERDICT_MEMORY);
    ck_assert_str_eq(finding.seen, seen);
    ck_assert_str_ne(finding.expected, "");
    ck_assert_str_eq(finding.where.file, "faults.c");
    ck_assert_uint_eq(finding.where.line, line);
    ck_assert(source_lines_end(&lines));
}

/* The crash of the report NAME is told as SEEN; its cause is the first error, if it has one. */
static void crash_is_told(const char *name, unsigned line, const char *seen)
{
    read_sample(name);
    describe_crash(&finding, &lines, &report, report.count > 0 ? &report.errors[0] : NULL);
    ck_assert_int_eq(finding.verdict, VERDICT_CRASH);
    ck_assert_str_eq(finding.seen, seen);
    ck_assert_str_ne(finding.expected, "");
    ck_assert_uint_eq(finding.where.line, line);
    ck_assert(source_lines_end(&lines));
}

START_TEST(accesses)
{
    is_told(
        "invalid_read", 14,
        "Invalid read of 1 byte, 0 bytes after a block of 16 that was allocated at line 13 (`char *buf = malloc(16)`)");
    ck_assert_str_eq(finding.where.text, "int byte = buf[16];");
    is_told("invalid_write_after_free", 23,
            "Invalid write of 1 byte, 1999 bytes inside a block of 2000 that was freed at line 22 (`free(buf)`)");
    is_told("write_through_null", 108, "Invalid write of 4 bytes, through a null pointer");
    is_told("field_behind_null", 116,
            "Invalid write of 4 bytes, at address 0xc: a field or an element behind a null pointer");
}
END_TEST

START_TEST(frees)
{
    is_told("freed_twice", 30, "free of a block of 16 that is freed already, at line 29 (`free(buf)`)");
    is_told("free_of_the_middle", 36,
            "free of a pointer that is not the start of a block, 4 bytes inside a block of 16 that was allocated at "
            "line 35 (`char *buf = malloc(16)`)");
    is_told("free_of_a_variable", 43, "free of a pointer that malloc did not return");
}
END_TEST

START_TEST(values_that_were_never_set)
{
    is_told("uninitialised_condition", 50,
            "A decision (if, while, a comparison) depends on a value that was never set");
    is_told("uninitialised_index", 60, "A value that was never set is used as an address or an index");
    is_told("uninitialised_bytes_written", 68,
            "write(buf) is given bytes that were never set, from byte 0 of a block of 16 that was allocated at line 66 "
            "(`char *buf = malloc(16)`)");
}
END_TEST

START_TEST(system_calls_with_dead_memory)
{
    is_told("read_into_freed_memory", 81,
            "read(buf) is given memory that is not the program's, or no longer, 0 bytes inside a block of 16 that was "
            "freed at line 78 (`free(buf)`)");
}
END_TEST

START_TEST(copies_that_overlap)
{
    is_told("overlapping_copy", 89, "The source and the destination of strncpy overlap");
}
END_TEST

START_TEST(leaks)
{
    is_told("leak_of_two_blocks", 94,
            "A block of 41 bytes that was allocated at line 94 (`char **list = malloc(sizeof *list)`) is never freed");
    is_told("leak_from_the_library", 101,
            "A block of 6 bytes that was allocated at line 101 (`char *copy = strdup(\"hello\")`) is never freed");
}
END_TEST

START_TEST(crashes)
{
    crash_is_told("write_through_null", 108, "A crash, SIGSEGV: invalid write of 4 bytes, through a null pointer");
    crash_is_told("aborted", 127,
                  "A crash, SIGABRT: abort() was called, by the code or by the C library that found its "
                  "memory damaged");
    crash_is_told("divided", 133, "A crash, SIGFPE: an impossible division");
    crash_is_told("endless", 137,
                  "A crash, SIGSEGV: the stack is used up, as by a function that calls itself without end");
    crash_is_told("write_to_a_literal", 243,
                  "A crash, SIGSEGV: memory is written that may only be read, such as a string literal");
    crash_is_told("call_of_null", 0, "A crash, SIGSEGV: a call through a null function pointer");
}
END_TEST

START_TEST(races)
{
    is_told(
        "race", 160,
        "Data race: line 160 (`shared = 3`) writes 8 bytes in the main thread, and line 152 (`shared++`) writes them "
        "in thread 2, with no mutex that both hold and nothing that puts one before the other");
    is_told(
        "race_of_equals", 152,
        "Data race: line 152 (`shared++`) reads 8 bytes in thread 3, and the same line writes them in thread 2, with "
        "no mutex that both hold and nothing that puts one before the other");
}
END_TEST

START_TEST(locks)
{
    is_told("lock_order", 180,
            "Two mutexes are locked in one order at line 176 (`pthread_mutex_lock(&second)`) and in the other order at "
            "line 180 (`pthread_mutex_lock(&first)`): two threads can wait for each other for ever");
    is_told("unlock_foreign", 193, "A mutex is unlocked that another thread holds");
    is_told("thread_keeps_lock", 215, "A thread ends while it holds a mutex");
    is_told("woken_without_lock", 225, "A waiter is woken while nobody holds the mutex");
    is_told("wait_without_lock", 231,
            "A wait on a condition begins with a mutex that nobody has locked or initialised");
    is_told("join_of_nobody", 237,
            "The call of pthread_join failed with error code 35 (EDEADLK: Resource deadlock would occur)");
}
END_TEST

START_TEST(an_error_of_an_unknown_kind_is_told_in_valgrinds_words)
{
    read_sample("invalid_read");
    (void)snprintf(report.errors[0].kind, sizeof report.errors[0].kind, "SomethingNew");
    describe_error(&finding, &lines, &report, &report.errors[0]);
    ck_assert_str_eq(finding.seen, "Valgrind says: Invalid read of size 1");
    ck_assert(source_lines_end(&lines));
}
END_TEST

/* An error with nothing but its kind, as a report that somebody damaged may have it. */
START_TEST(an_error_that_says_nothing_does_no_harm)
{
    static const char *const kinds[] = {"InvalidRead", "InvalidFree", "UninitValue",       "SyscallParam",
                                        "Overlap",     "InvalidJump", "Leak_PossiblyLost", "Race",
                                        "LockOrder",   "Misc",        "PthAPIerror",       ""};

    source_lines_begin(&lines, "tests/grader/samples", "faults.c", "suite");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        report = (struct valgrind_report){.count = 1};
        (void)snprintf(report.errors[0].kind, sizeof report.errors[0].kind, "%s", kinds[i]);
        describe_error(&finding, &lines, &report, &report.errors[0]);
        ck_assert_str_ne(finding.seen, "");
    }
    ck_assert(source_lines_end(&lines));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("words");

    tcase_add_test(tcase, accesses);
    tcase_add_test(tcase, frees);
    tcase_add_test(tcase, values_that_were_never_set);
    tcase_add_test(tcase, system_calls_with_dead_memory);
    tcase_add_test(tcase, copies_that_overlap);
    tcase_add_test(tcase, leaks);
    tcase_add_test(tcase, crashes);
    tcase_add_test(tcase, races);
    tcase_add_test(tcase, locks);
    tcase_add_test(tcase, an_error_of_an_unknown_kind_is_told_in_valgrinds_words);
    tcase_add_test(tcase, an_error_that_says_nothing_does_no_harm);
    return run_unit_tests("words", tcase);
}

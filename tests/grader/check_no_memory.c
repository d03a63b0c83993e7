/*
 * check_no_memory.c - without memory there is no report, instead of a wrong one.
 *
 * Every allocation of jansson's is made to fail, one after the other: each time the function has to say so, and to
 * leave no file.
 */
#include "made_up.h"

#include <errno.h>

#include "class.h"
#include "report_platform.h"

enum { NEVER = -1, MOST_ALLOCATIONS = 5000 };

static long left = NEVER; /* allocations that succeed */

static void *allocate(size_t size)
{
    if (left == 0) {
        errno = ENOMEM;
        return NULL;
    }
    if (left > 0)
        left--;
    return malloc(size);
}

static json_t *a_test(const char *verdict, int points, json_t *seen, json_t *expected, json_t *where)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:o, s:o, s:o, s:{s:s, s:s}, s:s, s:[], s:[]}", "id", verdict,
                     "says", "The promise of a test.", "why", "It matters.", "points", points, "max_points", 2,
                     "verdict", verdict, "seen", seen, "expected", expected, "where", where, "lesson", "file",
                     "exercises/01-fork/README.md", "section", "a-section", "clause", "fork(2)", "also", "evidence");
}

static struct results results;

/* An exercise with a test that passed and one that failed, and one that could not be graded. */
static void begin(void)
{
    make_folder();
    json_t *passed = a_test("pass", 2, json_null(), json_null(), json_null());
    json_t *failed = a_test("fail", 0, json_string("seen"), json_string("expected"),
                            json_pack("{s:s, s:i, s:s}", "file", "a.c", "line", 3, "text", "fork();"));
    json_t *graded = json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:n, s:i, s:i, s:[], s:[o, o]}", "version", 1,
                               "exercise", "01-fork", "title", "a title", "source", "exercises/01-fork/a.c", "status",
                               "graded", "points", 2, "max_points", 4, "summary", "1 of 2 tests passes", "reason",
                               "wall_ms", 1, "cpu_ms", 1, "warnings", "tests", passed, failed);
    json_t *not_graded = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:n, s:i, s:s, s:s, s:i, s:i, s:[], s:[]}", "version", 1, "exercise", "02-pipe",
        "title", "a title", "source", "exercises/02-pipe/b.c", "status", "grader_error", "points", "max_points", 4,
        "summary", "could not be graded", "reason", "the disk is full", "wall_ms", 1, "cpu_ms", 1, "warnings", "tests");

    results = (struct results){.exercises = json_array(), .submission = "exercises", .complete = true};
    ck_assert(results_add(&results, graded));
    ck_assert(results_add(&results, not_graded));
    json_set_alloc_funcs(allocate, free);
}

static void end(void)
{
    results_free(&results);
    remove_folder();
}

/* The class of one student with these results, and one of whom nothing could be graded. NULL for want of memory. */
static json_t *make_class(void)
{
    struct student student = {.name = "A", .file = "A"}, lost = {.name = "B", .file = "B", .problem = "no archive"};
    json_t *class = class_begin();

    if (class != NULL && class_add(class, &student, &results) && class_add(class, &lost, &results))
        return class;
    json_decref(class);
    return NULL;
}

static int write_class(const struct results *unused, const char *path)
{
    json_t *class = make_class();

    (void)unused;
    if (class == NULL) {
        errno = ENOMEM;
        return -1;
    }
    int written = class_page(class, "", "", path);
    json_decref(class);
    return written;
}

static void fails_without_memory(int (*write)(const struct results *results, const char *path))
{
    for (long enough = 0; enough < MOST_ALLOCATIONS; enough++) {
        left = enough;
        errno = 0;
        int written = write(&results, path_of("report"));
        int saved = errno;
        left = NEVER;
        if (written == 0) {
            ck_assert_int_gt(enough, 0);
            ck_assert_int_eq(access(path_of("report"), F_OK), 0);
            return;
        }
        ck_assert_int_eq(saved, ENOMEM);
        ck_assert_int_eq(access(path_of("report"), F_OK), -1);
    }
    ck_abort_msg("it never succeeds");
}

START_TEST(the_whole_submission)
{
    fails_without_memory(results_write);
}
END_TEST

START_TEST(gradescope)
{
    fails_without_memory(report_gradescope);
}
END_TEST

START_TEST(prairielearn)
{
    fails_without_memory(report_prairielearn);
}
END_TEST

START_TEST(autolab)
{
    fails_without_memory(report_autolab);
}
END_TEST

START_TEST(a_class)
{
    fails_without_memory(write_class);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("no_memory");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, the_whole_submission);
    tcase_add_test(tcase, gradescope);
    tcase_add_test(tcase, prairielearn);
    tcase_add_test(tcase, autolab);
    tcase_add_test(tcase, a_class);
    return run_unit_tests("no_memory", tcase);
}

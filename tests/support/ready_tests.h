/*
 * ready_tests.h - what select_ready and poll_ready promise alike, as tests. Included after merge_tests.h, with
 *
 *     #define READY select_ready
 *     #define READY_WAIT CALL_SELECT
 *
 * The clock stands still in all tests that are about time: a wait takes as long as the test says, and no real time.
 */
#ifndef EAGAIN_READY_TESTS_H
#define EAGAIN_READY_TESTS_H

#include <limits.h>
#include <stdlib.h>

#include "merge_tests.h"

#define READY_NAME MERGE_TEXT(READY)

enum { MARKS_MAX = 8 };

static bool marks[MARKS_MAX];

/* Calls it with marks that were all WAS before. */
static int look(const int fds[], size_t n, int timeout_ms, bool was)
{
    for (size_t i = 0; i < MARKS_MAX; i++)
        marks[i] = was;
    return CALL(READY(fds, n, marks, timeout_ms));
}

/* WANT says for each entry whether it is to be marked: "0110". */
static void expect_marks(const char *want, const char *what)
{
    char seen[MARKS_MAX + 1] = "";

    for (size_t i = 0; want[i] != '\0'; i++)
        seen[i] = marks[i] ? '1' : '0';
    expect(strcmp(seen, want) == 0, "Every entry is marked: true if its descriptor is ready, false if not.",
           READY_NAME ", %s, marked the entries %s; right is %s (1: ready).", what, seen, want);
}

/* So much virtual time has passed, to within a millisecond: a right answer may round. */
static void expect_elapsed(long want, const char *what, ...) __attribute__((format(printf, 2, 3)));
static void expect_elapsed(long want, const char *what, ...)
{
    char text[160];
    va_list arguments;
    long elapsed = clock_advanced();

    va_start(arguments, what);
    (void)vsnprintf(text, sizeof text, what, arguments);
    va_end(arguments);
    expect(elapsed >= want - 1 && elapsed <= want + 2, "The wait lasts as long as it was told, and no longer.",
           READY_NAME ", %s, came back after %ld ms instead of %ld.", text, elapsed, want);
}

/* ---- marks and counts ------------------------------------------------------------------------------------------------ */

TEST(ready_marks_exactly_what_can_be_read)
{
    set_stage(4);
    stage.fds[2] = move_fd(stage.fds[2], 900); /* the highest is silent, and is not the last */
    says(1, BYTES("x"));
    leaves(3);
    expect_int(look(stage.fds, 4, 1000, true), 2,
               READY_NAME ", for two silent pipes, one with data and one at its end,");
    expect_marks("0101", "for pipes of which 1 has data and 3 is at its end");
    expect_int(look(stage.fds, 4, 1000, false), 2, READY_NAME ", for the same once more,");
    expect_marks("0101", "for pipes of which 1 has data and 3 is at its end");
}

TEST(ready_counts_every_entry_of_a_descriptor_named_twice)
{
    set_stage(2);
    const int fds[] = {stage.fds[0], stage.fds[1], stage.fds[0]};

    says(0, BYTES("x"));
    expect_int(look(fds, 3, 1000, false), 2, READY_NAME ", for {a, b, a}, where a has data,");
    expect_marks("101", "for {a, b, a}, where a has data");
}

TEST(ready_takes_thousands_of_entries)
{
    enum { ENTRIES = 5000 };
    int *fds = shared_memory(ENTRIES * sizeof *fds);
    bool *ready = malloc(ENTRIES); /* its end is Valgrind's to watch */

#ifdef MERGE_SKIPS_NEGATIVE
    need_open_files(ENTRIES); /* poll takes no more entries than that */
#endif
    set_stage(2);
    says(1, BYTES("x"));
    for (size_t i = 0; i < ENTRIES; i++)
        fds[i] = stage.fds[i % 2];
    int count = CALL(READY(fds, ENTRIES, ready, 1000));
    free(ready);
    expect_int(count, ENTRIES / 2, READY_NAME ", for %d entries, every other one with data,", ENTRIES);
}

TEST(ready_takes_descriptor_0)
{
    int kept = fcntl(0, F_DUPFD_CLOEXEC, 100);
    const int zero = 0;

    set_stage(1);
    says(0, BYTES("x"));
    (void)dup2(stage.fds[0], 0);
    int result = look(&zero, 1, 1000, false);
    int error = errno;
    (void)dup2(kept, 0);
    (void)close(kept);
    errno = error;
    expect_int(result, 1, READY_NAME ", for descriptor 0, a pipe with data,");
    expect_marks("1", "for descriptor 0, a pipe with data");
}

/* ---- time-outs --------------------------------------------------------------------------------------------------------- */

TEST(ready_only_looks_when_the_time_out_is_zero)
{
    set_stage(1);
    expect_int(look(stage.fds, 1, 0, false), 0, READY_NAME ", for a silent pipe, with a time-out of 0,");
    expect_elapsed(0, "with a time-out of 0");
    says(0, BYTES("x"));
    expect_int(look(stage.fds, 1, 0, false), 1, READY_NAME ", for a pipe with data, with a time-out of 0,");
}

TEST(ready_clears_every_mark_when_the_time_is_over)
{
    set_stage(3);
    expect_int(look(stage.fds, 3, 5, true), 0, READY_NAME ", for three silent pipes, when the time was over,");
    expect_marks("000", "when the time was over");

    const int writable[] = {stage.fds[0], make_socketpair().read};
    expect_int(look(writable, 2, 5, true), 0,
               READY_NAME ", for a silent pipe and a silent socket that could be written, when the time was over,");
    expect_marks("00", "for a socket that can be written and not read");
}

TEST(ready_waits_as_long_as_it_is_told)
{
    static const int timeouts[] = {1, 999, 1000, 1500, 61001};

    set_stage(1);
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        stop_the_clock(); /* from 0 again */
        expect_int(look(stage.fds, 1, timeouts[i], true), 0,
                   READY_NAME ", for a silent pipe, with a time-out of %d ms,", timeouts[i]);
        expect_elapsed(timeouts[i], "with a time-out of %d ms", timeouts[i]);
    }
}

static bool source_0_speaks(void *arg)
{
    (void)arg;
    if (stage.written[0] > 0)
        return false;
    says(0, BYTES("x"));
    return true;
}

TEST(ready_waits_for_ever_when_the_time_out_is_negative)
{
    static const int timeouts[] = {-1, -1000};
    const long days = 24L * 60 * 60 * 1000;

    for (size_t i = 0; i < 2; i++) {
        unsigned before = calls_made(READY_WAIT);

        set_stage(1);
        interrupt_wait(IN_PARENT, READY_WAIT, before + 1, 100 * days);
        interrupt_wait(IN_PARENT, READY_WAIT, before + 2, 100 * days);
        when_idle(source_0_speaks, NULL);
        expect_int(look(stage.fds, 1, timeouts[i], false), 1,
                   READY_NAME ", with a time-out of %d, a signal every 100 days, and then data,", timeouts[i]);
    }
}

TEST(ready_takes_the_longest_time_out_there_is)
{
    static const int timeouts[] = {INT_MAX, INT_MAX / 1000 + 1, 4294968};

    for (size_t i = 0; i < 3; i++) {
        set_stage(1);
        interrupt_wait(IN_PARENT, READY_WAIT, calls_made(READY_WAIT) + 1, 1000);
        when_idle(source_0_speaks, NULL);
        expect_int(look(stage.fds, 1, timeouts[i], false), 1,
                   READY_NAME ", with a time-out of %d ms and data after the first second,", timeouts[i]);
    }
}

/* ---- signals ------------------------------------------------------------------------------------------------------------ */

TEST(ready_goes_on_with_the_remaining_time_after_an_interruption)
{
    set_stage(1);
    for (unsigned k = 1; k <= 3; k++)
        interrupt_wait(IN_PARENT, READY_WAIT, k, 300);
    expect_int(look(stage.fds, 1, 1000, true), 0, READY_NAME ", with a time-out of 1000 ms and a signal every 300 ms,");
    expect_elapsed(1000, "with a time-out of 1000 ms and a signal every 300 ms");
}

TEST(ready_finds_what_comes_after_an_interruption)
{
    set_stage(2);
    interrupt_wait(IN_PARENT, READY_WAIT, 1, 300);
    interrupt_wait(IN_PARENT, READY_WAIT, 2, 300);
    when_idle(source_0_speaks, NULL);
    expect_int(look(stage.fds, 2, 1000, true), 1, READY_NAME ", with a time-out of 1000 ms, two signals, then data,");
    expect_marks("10", "with two signals and then data from source 0");
}

/* After a thousand signals there is peace, so that everybody comes to an end. */
static void end_of_storm(void *arg)
{
    (void)arg;
    if (calls_made(READY_WAIT) == 1000)
        steer_no_more();
}

TEST(ready_ends_in_time_under_a_storm_of_signals)
{
    set_stage(1);
    interrupt_wait_soon(IN_PARENT, READY_WAIT, EVERY_CALL, 400);
    after_call(IN_PARENT, READY_WAIT, EVERY_CALL, end_of_storm, NULL);
    expect_int(look(stage.fds, 1, 100, true), 0, READY_NAME ", with a time-out of 100 ms and a signal every 0.4 ms,");
    expect(clock_advanced() >= 98 && clock_advanced() <= 150, "It goes on with the time that is left.",
           READY_NAME ", with a time-out of 100 ms and a signal every 0.4 ms, came back after %ld ms.",
           clock_advanced());
}

TEST(ready_ends_when_a_signal_comes_after_the_time)
{
    set_stage(1);
    interrupt_wait_late(IN_PARENT, READY_WAIT, 1, 700);
    expect_int(look(stage.fds, 1, 1000, true), 0,
               READY_NAME ", with a time-out of 1000 ms, interrupted when 1700 ms had passed,");
    expect_elapsed(1700, "with a time-out of 1000 ms, interrupted when 1700 ms had passed");
}

TEST(ready_lets_no_blocked_signal_in)
{
    set_stage(1);
    send_blocked_signal();
    int result = look(stage.fds, 1, 100, false);
    expect_still_blocked(READY_NAME);
    expect_int(result, 0, READY_NAME ", for a silent pipe, while a signal was blocked and pending,");
}

/* ---- nothing to watch, and errors --------------------------------------------------------------------------------------- */

TEST(ready_waits_for_the_time_alone_when_there_is_nothing_to_watch)
{
    stop_the_clock();
    expect_int(CALL(READY(NULL, 0, NULL, 250)), 0, READY_NAME ", with n == 0 and a time-out of 250 ms,");
    expect_elapsed(250, "with n == 0 and a time-out of 250 ms");
    expect_int(CALL(READY(NULL, 0, NULL, 0)), 0, READY_NAME ", with n == 0 and a time-out of 0,");
}

TEST(ready_refuses_to_wait_for_ever_for_nothing)
{
    expect_error(CALL(READY(NULL, 0, NULL, -1)), EINVAL, READY_NAME ", with n == 0 and a negative time-out,");
}

TEST(ready_says_ebadf_for_a_descriptor_that_is_not_open)
{
    set_stage(2);
    const int fds[] = {stage.fds[0], closed_number(), stage.fds[1]};

    says(0, BYTES("x"));
    expect_error(look(fds, 3, 1000, false), EBADF, READY_NAME ", for three descriptors of which one is not open,");
    const int last[] = {stage.fds[0], stage.fds[1], fds[1]};
    expect_error(look(last, 3, 1000, false), EBADF,
                 READY_NAME ", for three descriptors of which the last is not open,");
}

TEST(ready_passes_on_the_error_of_a_wait)
{
    set_stage(1);
    make_fail(IN_PARENT, READY_WAIT, EVERY_CALL, ENOMEM);
    expect_error(look(stage.fds, 1, 1000, false), ENOMEM, READY_NAME ", when its wait failed with ENOMEM,");
}

#endif

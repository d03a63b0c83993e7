/*
 * fails: write_all_goes_on_after_a_short_write fail "bytes, when each write accepted"
 * fails: large_amounts_arrive_whole fail "write_all of 300,001 bytes to a file gave"
 * fails: write_all_repeats_an_interrupted_write fail "write_all, when signals had interrupted four of its writes, gave"
 * fails: write_all_reports_the_error_of_a_write fail "write_all to a pipe that nobody can read gave"
 * fails: read_all_stops_when_there_is_no_room fail "read_all with room for"
 * fails: read_all_reports_the_error_of_a_read fail "bytes were read and the second read had failed with EIO, gave"
 * fails: every_byte_is_data fail "bytes from 0 to 255, NUL and newline among them, gave"
 * fails: moving_nothing_calls_nothing fail "bytes to a descriptor that is not open gave -"
 * fails: eagain_is_an_error_like_any_other fail "read_all from a non-blocking pipe that is empty gave"
 * fails: sizes_may_be_larger_than_2_gib stall "for room in a full pipe that nobody reads. Its read end is open in the"
 * fails: descriptor_0_is_written_and_read_like_any_other fail "the read end of a pipe, gave"
 * fails: bytes_go_from_in_through_the_stages_to_out fail "run_pipeline, for stages that return"
 * fails: each_stage_runs_in_a_child_of_its_own fail "run_pipeline, for two stages that return"
 * fails: the_result_is_the_code_of_the_last_stage fail "run_pipeline, for stages that returned"
 * fails: a_killed_last_stage_gives_128_and_the_signal fail "run_pipeline, when SIGKILL had killed the first stage and the last ret"
 * fails: the_last_stage_is_the_last_in_line_not_in_time fail "run_pipeline, when the last stage had returned"
 * fails: run_pipeline_neither_spins_nor_sleeps fail "run_pipeline, for a stage that returned"
 * fails: a_stopped_stage_has_not_ended fail "run_pipeline, for a stage that was stopped by SIGSTOP, was continued,"
 * fails: all_stages_run_at_once fail "run_pipeline, for a mebibyte that goes through three stages, gave"
 * fails: end_of_file_travels_down_the_line fail "run_pipeline, for three stages of which the first writes"
 * fails: a_stage_that_closes_its_output_ends_the_next fail "run_pipeline, for three stages of which the first closes its output an"
 * fails: a_stage_that_ends_early_stops_the_writer_before_it fail "run_pipeline, whose last stage reads one byte, ends and returns"
 * fails: a_stage_that_closes_its_input_stops_the_writer_before_it fail "run_pipeline, for three stages of which the second closes its input an"
 * fails: a_stage_holds_its_own_two_descriptors_and_no_others fail "run_pipeline, for stages that look at their descriptors and return"
 * fails: the_callers_other_descriptors_stay_open_in_the_stages fail "run_pipeline, for stages that look at their descriptors and return"
 * fails: stages_are_joined_by_blocking_pipes fail "run_pipeline, for two stages that look at the pipe between them and re"
 * fails: in_and_out_may_be_one_descriptor fail "with in and out one and the same socket, gave"
 * fails: a_stage_may_close_its_descriptors_itself fail "run_pipeline, for stages that close their descriptors themselves and r"
 * fails: pipes_may_have_the_numbers_0_1_and_2 fail "run_pipeline, for stages that return"
 * fails: in_and_out_may_be_1_and_0 fail "run_pipeline, for stages that return"
 * fails: a_stage_leaves_exit_handlers_and_stdio_alone fail "run_pipeline, for two stages that return"
 * fails: a_stage_sees_the_callers_signals fail "run_pipeline, for two stages that look at their signals and return"
 * fails: the_callers_other_children_are_left_alone fail "run_pipeline, for two stages that return"
 * fails: an_interrupted_wait_is_repeated fail "run_pipeline, when a signal handler had run during its waits, and the"
 * fails: close_is_not_repeated processes "was never waited for"
 * fails: a_pipeline_of_no_stages_is_einval fail "run_pipeline, for n =="
 * fails: a_failed_fork_ends_the_pipeline_in_good_order fail "run_pipeline, when the first of three forks had failed with EAGAIN, ga"
 * fails: a_failed_pipe_ends_the_pipeline_in_good_order processes "was never waited for"
 * fails: running_out_of_memory_is_an_error processes "was never waited for"
 * fails: n_has_no_limit_but_memory_and_the_systems fail "A fork had failed, and run_pipeline called fork again, and would have"
 *
 * What is wrong: a tutorial's program, as faithful as this exercise allows: the writer is buffered, so "hello"
 * is on its way only when somebody flushes or closes; the reader reads a line of text; nobody waits for the
 * child.
 */
#include "pipeline.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* w = os.fdopen(w, "w"); w.write(text): it goes into a buffer, and on from there when the stream is closed. */
int write_all(int fd, const void *buf, size_t len)
{
    FILE *w = fdopen(fd, "w");
    if (w == NULL)
        return -1;
    return fwrite(buf, 1, len, w) == len ? 0 : -1;
}

/* r = os.fdopen(r); text = r.readline() */
ssize_t read_all(int fd, void *buf, size_t cap)
{
    FILE *r = fdopen(fd, "r");
    if (r == NULL)
        return -1;
    if (fgets(buf, (int)cap, r) == NULL)
        return 0;
    return (ssize_t)strlen(buf);
}

/* os.pipe(), os.fork(); the ends are closed in good order, but nobody waits for a child. */
int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    int from = in;
    pid_t pid = -1;
    for (size_t i = 0; i < n; i++) {
        int ends[2] = {-1, out};
        if (i < n - 1 && pipe(ends) == -1)
            return -1;
        pid = fork();
        if (pid == 0) {
            if (i < n - 1)
                close(ends[0]);
            if (i > 0 && in != ends[1])
                close(in);
            if (i < n - 1 && out != from)
                close(out);
            _exit(stages[i](from, ends[1]));
        }
        if (i > 0)
            close(from);
        if (i < n - 1)
            close(ends[1]);
        from = ends[0];
    }
    return pid;
}

/*
 * fails: bytes_go_from_in_through_the_stages_to_out x "x"
 * fails: each_stage_runs_in_a_child_of_its_own x "x"
 * fails: the_result_is_the_code_of_the_last_stage x "x"
 * fails: a_killed_last_stage_gives_128_and_the_signal x "x"
 * fails: the_last_stage_is_the_last_in_line_not_in_time x "x"
 * fails: a_stopped_stage_has_not_ended x "x"
 * fails: all_stages_run_at_once x "x"
 * fails: end_of_file_travels_down_the_line x "x"
 * fails: a_stage_that_closes_its_output_ends_the_next x "x"
 * fails: a_stage_that_ends_early_stops_the_writer_before_it x "x"
 * fails: a_stage_that_closes_its_input_stops_the_writer_before_it x "x"
 * fails: a_stage_holds_its_own_two_descriptors_and_no_others x "x"
 * fails: the_callers_other_descriptors_stay_open_in_the_stages x "x"
 * fails: stages_are_joined_by_blocking_pipes x "x"
 * fails: in_and_out_may_be_one_descriptor x "x"
 * fails: a_stage_may_close_its_descriptors_itself x "x"
 * fails: pipes_may_have_the_numbers_0_1_and_2 x "x"
 * fails: in_and_out_may_be_1_and_0 x "x"
 * fails: a_stage_leaves_exit_handlers_and_stdio_alone x "x"
 * fails: a_stage_sees_the_callers_signals x "x"
 * fails: the_callers_other_children_are_left_alone x "x"
 * fails: an_interrupted_wait_is_repeated x "x"
 * fails: close_is_not_repeated x "x"
 * fails: a_failed_fork_ends_the_pipeline_in_good_order x "x"
 * fails: a_failed_pipe_ends_the_pipeline_in_good_order x "x"
 * fails: running_out_of_memory_is_an_error x "x"
 *
 * What is wrong: a tutorial's program, as faithful as this exercise allows: the reader reads 5 bytes, because
 * it knows that "hello" will come; the writer asks nobody how much was accepted; nobody waits for the child.
 */
#include "pipeline.h"

#include <unistd.h>

/* os.write(w, b"hello") */
int write_all(int fd, const void *buf, size_t len)
{
    return write(fd, buf, len) == -1 ? -1 : 0;
}

/* os.read(r, 5) */
ssize_t read_all(int fd, void *buf, size_t cap)
{
    return read(fd, buf, cap < 5 ? cap : 5);
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

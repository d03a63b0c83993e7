/*
 * fails: bytes_go_from_in_through_the_stages_to_out processes "second caller"
 * fails: each_stage_runs_in_a_child_of_its_own processes "second caller"
 * fails: the_result_is_the_code_of_the_last_stage processes "second caller"
 * fails: a_killed_last_stage_gives_128_and_the_signal processes "second caller"
 * fails: the_last_stage_is_the_last_in_line_not_in_time processes "second caller"
 * fails: run_pipeline_neither_spins_nor_sleeps processes "returned from the function and went on in the caller's code"
 * fails: a_stopped_stage_has_not_ended processes "second caller"
 * fails: all_stages_run_at_once processes "second caller"
 * fails: end_of_file_travels_down_the_line processes "second caller"
 * fails: a_stage_that_closes_its_output_ends_the_next processes "second caller"
 * fails: a_stage_that_ends_early_stops_the_writer_before_it processes "second caller"
 * fails: a_stage_that_closes_its_input_stops_the_writer_before_it processes "second caller"
 * fails: a_stage_holds_its_own_two_descriptors_and_no_others processes "second caller"
 * fails: the_callers_other_descriptors_stay_open_in_the_stages processes "second caller"
 * fails: stages_are_joined_by_blocking_pipes processes "second caller"
 * fails: in_and_out_may_be_one_descriptor processes "second caller"
 * fails: a_stage_may_close_its_descriptors_itself processes "second caller"
 * fails: pipes_may_have_the_numbers_0_1_and_2 processes "second caller"
 * fails: in_and_out_may_be_1_and_0 processes "second caller"
 * fails: a_stage_leaves_exit_handlers_and_stdio_alone processes "second caller"
 * fails: a_stage_sees_the_callers_signals processes "second caller"
 * fails: the_callers_other_children_are_left_alone processes "second caller"
 * fails: an_interrupted_wait_is_repeated processes "second caller"
 * fails: close_is_not_repeated processes "second caller"
 * fails: a_failed_fork_ends_the_pipeline_in_good_order processes "second caller"
 * fails: a_failed_pipe_ends_the_pipeline_in_good_order processes "second caller"
 * fails: running_out_of_memory_is_an_error processes "second caller"
 *
 * What is wrong: a stage's process returns from run_pipeline, into the caller's code.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    const char *next = buf;
    while (len > 0) {
        ssize_t n = write(fd, next, len);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
        next += n;
        len -= (size_t)n;
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    char *next = buf;
    size_t count = 0;
    while (count < cap) {
        ssize_t n = read(fd, next + count, cap - count);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
        if (n == 0)
            break;
        count += (size_t)n;
    }
    return (ssize_t)count;
}

static void close_end(int fd)
{
    int error = errno;
    if (fd != -1)
        close(fd);
    errno = error;
}

static int my_code;

static void run_stage(stage_fn stage, int my_in, int my_out, int in, int out)
{
    if (in != my_in && in != my_out)
        close_end(in);
    if (out != in && out != my_in && out != my_out)
        close_end(out);
    my_code = stage(my_in, my_out);
}

static size_t start_stages(const stage_fn stages[], size_t n, int in, int out, pid_t pids[])
{
    int carried = -1;
    for (size_t i = 0; i < n; i++) {
        int ends[2] = {-1, -1};
        if (i < n - 1 && pipe(ends) == -1) {
            close_end(carried);
            return i;
        }
        pids[i] = fork();
        if (pids[i] == 0) {
            close_end(ends[0]);
            run_stage(stages[i], i == 0 ? in : carried, i == n - 1 ? out : ends[1], in, out);
            return 0;
        }
        close_end(carried);
        close_end(ends[1]);
        if (pids[i] == -1) {
            close_end(ends[0]);
            return i;
        }
        carried = ends[0];
    }
    return n;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    pid_t *pids = calloc(n, sizeof(*pids));
    if (pids == NULL)
        return -1;
    size_t started = start_stages(stages, n, in, out, pids);
    int error = errno;
    int code = -1;
    for (size_t i = 0; i < started; i++)
        code = wait_for(pids[i]);
    free(pids);
    if (started == n)
        return code;
    errno = error;
    return -1;
}

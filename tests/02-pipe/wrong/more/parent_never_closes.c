/*
 * fails: bytes_go_from_in_through_the_stages_to_out descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: each_stage_runs_in_a_child_of_its_own descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: the_result_is_the_code_of_the_last_stage descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: a_killed_last_stage_gives_128_and_the_signal descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: the_last_stage_is_the_last_in_line_not_in_time descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: all_stages_run_at_once descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: end_of_file_travels_down_the_line stall "file. So nobody can go on, and nobody will ever wake them"
 * fails: a_stage_that_closes_its_output_ends_the_next stall "file. So nobody can go on, and nobody will ever wake them"
 * fails: a_stage_that_ends_early_stops_the_writer_before_it stall "it yet. So nobody can go on, and nobody will ever wake them"
 * fails: a_stage_that_closes_its_input_stops_the_writer_before_it stall "more. So nobody can go on, and nobody will ever wake them"
 * fails: a_stage_holds_its_own_two_descriptors_and_no_others descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: the_callers_other_descriptors_stay_open_in_the_stages descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: stages_are_joined_by_blocking_pipes descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: in_and_out_may_be_one_descriptor descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: a_stage_may_close_its_descriptors_itself descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: pipes_may_have_the_numbers_0_1_and_2 descriptors "were closed before the call, and after it descriptor"
 * fails: in_and_out_may_be_1_and_0 descriptors "were closed before the call, and after it descriptor"
 * fails: a_stage_leaves_exit_handlers_and_stdio_alone descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: a_stage_sees_the_callers_signals descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: the_callers_other_children_are_left_alone descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: an_interrupted_wait_is_repeated descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: close_is_not_repeated descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: a_failed_fork_ends_the_pipeline_in_good_order stall "reads. Its read end is open in the parent, as descriptor"
 * fails: a_failed_pipe_ends_the_pipeline_in_good_order descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: running_out_of_memory_is_an_error descriptors "after the call: the read end of a pipe, opened by pipe() at"
 * fails: n_has_no_limit_but_memory_and_the_systems descriptors "after the call: the read end of a pipe, opened by pipe() at"
 *
 * What is wrong: the parent closes no pipe end at all.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int write_all(int fd, const void *buf, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(fd, (const char *)buf + done, len - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

ssize_t read_all(int fd, void *buf, size_t cap)
{
    size_t done = 0;
    while (done < cap) {
        ssize_t n = read(fd, (char *)buf + done, cap - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            break;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)done;
}

static void run_stage(const stage_fn stages[], size_t i, size_t n, int (*pipes)[2], int in, int out)
{
    int my_in = i == 0 ? in : pipes[i - 1][0];
    int my_out = i == n - 1 ? out : pipes[i][1];
    for (size_t k = 0; k < n - 1; k++) {
        if (pipes[k][0] != my_in)
            close(pipes[k][0]);
        if (pipes[k][1] != my_out)
            close(pipes[k][1]);
    }
    if (in != my_in && in != my_out)
        close(in);
    if (out != in && out != my_in && out != my_out)
        close(out);
    _exit(stages[i](my_in, my_out));
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_pipeline(const stage_fn stages[], size_t n, int in, int out)
{
    if (n == 0) {
        errno = EINVAL;
        return -1;
    }
    int(*pipes)[2] = malloc(n * sizeof(*pipes));
    pid_t *pids = malloc(n * sizeof(*pids));
    size_t made = 0;
    size_t started = 0;
    int error = 0;
    if (pipes == NULL || pids == NULL)
        error = ENOMEM;
    while (error == 0 && made < n - 1) {
        if (pipe(pipes[made]) == -1)
            error = errno;
        else
            made++;
    }
    while (error == 0 && started < n) {
        pid_t pid = fork();
        if (pid == 0)
            run_stage(stages, started, n, pipes, in, out);
        if (pid == -1)
            error = errno;
        else
            pids[started++] = pid;
    }
    int code = -1;
    for (size_t i = 0; i < started; i++)
        code = wait_for(pids[i]);
    free(pipes);
    free(pids);
    if (error == 0)
        return code;
    errno = error;
    return -1;
}

/*
 * check_select_merge.c - the suite of 04-select: select_ready and select_merge.
 *
 * What they have in common with the functions of 05 and 06 is in tests/support/ready_tests.h and merge_tests.h; here is
 * what only select has: sets with an end.
 */
#define _GNU_SOURCE
#include "select_merge.h"

#include <sys/select.h>

#define MERGE select_merge
#define MERGE_WAIT CALL_SELECT
#define MERGE_WAITS_IN "select"
#include "merge_tests.h"

#define READY select_ready
#define READY_WAIT CALL_SELECT
#include "ready_tests.h"

/* Numbers that no set can hold; the first is that of a descriptor which is open. */
static const int unfit[] = {FD_SETSIZE, -1, INT_MAX, INT_MIN, FD_SETSIZE + 1};
enum { UNFIT = sizeof unfit / sizeof *unfit };

/* Two sources: one with data, which has ended too, and another one for the bad number to stand in place of. */
static void set_stage_with_unfit(void)
{
    need_open_files(FD_SETSIZE + 1);
    set_stage(2);
    (void)move_fd(stage.fds[1], FD_SETSIZE);
    says(0, BYTES("abc"));
    leaves(0);
}

TEST(ready_refuses_what_does_not_fit_a_set)
{
    set_stage_with_unfit();
    for (size_t i = 0; i < UNFIT; i++) {
        const int fds[] = {stage.fds[0], unfit[i]};

        expect_error(look(fds, 2, 0, false), EINVAL, "select_ready, for a pipe with data and descriptor %d,", unfit[i]);
    }
}

TEST(ready_takes_the_highest_number_that_fits)
{
    need_open_files(FD_SETSIZE);
    set_stage(1);
    stage.fds[0] = move_fd(stage.fds[0], FD_SETSIZE - 1);
    says(0, BYTES("x"));
    expect_int(look(stage.fds, 1, 1000, false), 1, "select_ready, for descriptor %d, which has data,", FD_SETSIZE - 1);
}

TEST(merge_refuses_what_does_not_fit_a_set)
{
    set_stage_with_unfit();
    for (size_t i = 0; i < UNFIT; i++) {
        const int fds[] = {stage.fds[0], unfit[i]};

        expect_error(merge(fds, 2), EINVAL, "select_merge, for a pipe with data and descriptor %d,", unfit[i]);
        expect(audience.calls == 0 && calls_made(CALL_READ) == 0,
               "What does not fit a set is refused before anything is read.",
               "select_merge refused descriptor %d, but had read from another one before.", unfit[i]);
    }
}

TEST(merge_takes_as_many_sources_as_fit)
{
    int *fds = shared_memory(FD_SETSIZE * sizeof *fds);
    size_t n = 0;

    need_open_files(FD_SETSIZE);
    set_stage(2);
    says(0, BYTES("abc"));
    leaves(0);
    leaves(1);
    fds[n++] = move_fd(stage.fds[0], FD_SETSIZE - 1);
    for (int fd = 20; fd < FD_SETSIZE - 1; fd++)
        if (fcntl(fd, F_GETFD) == -1) /* not one that the suite program was started with */
            fds[n++] = own_fd(dup2(stage.fds[1], fd));
    expect_int(merge(fds, n), 0, "select_merge, for %zu sources,", n);
    expect_heard(0, BYTES("abc"));
}

int main(void)
{
    return run_suite("04-select");
}

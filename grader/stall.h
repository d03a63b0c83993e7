/*
 * stall.h - telling that a test cannot go on, and why.
 */
#ifndef EAGAIN_STALL_H
#define EAGAIN_STALL_H

#include <stdbool.h>
#include <stddef.h>

#include "../tests/support/board.h"
#include "procfs.h"

/*
 * True if every task of the tree waits for something that only another task of the tree could bring about: no call
 * with a time-out, none that we do not know, no thread that only waits for its turn in Valgrind. FD_LIMIT: Valgrind's own
 * descriptors have numbers from there on.
 */
bool nobody_can_go_on(const struct tree *tree, int fd_limit);

/*
 * Writes into TEXT, as sentences for a student, which process waits in which call for what, and who keeps it from
 * happening. TREE holds the processes from the test's own (TEST_PID, as /proc numbers them) on; others are left out.
 * *CALLER gets the address of a call of the submission that waits, or 0. In the text {@HEX} stands for such addresses.
 */
void explain_stall(struct board *board, const struct tree *tree, pid_t test_pid, int fd_limit, char *text, size_t size,
                   uint64_t *caller);

#endif

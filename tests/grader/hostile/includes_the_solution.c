/*
 * refused: "solutions/01-fork/spawn.c: a submission includes only"
 *
 * What it tries: the solution is the submission.
 */
#include "FAR/solutions/01-fork/spawn.c"

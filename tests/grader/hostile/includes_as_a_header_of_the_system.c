/*
 * refused: "solutions/01-fork/spawn.c: a submission includes only"
 *
 * What it tries: what a header of the system includes is the system's. So the file includes itself, and says that
 * it is one.
 */
#if __INCLUDE_LEVEL__ == 0
#include __FILE__
#else
#pragma GCC system_header
#include "FAR/solutions/01-fork/spawn.c"
#endif

/* check_twice.c - the suite of the exercise for the grader's own tests. */
#include "twice.h"

#include <unistd.h>

#include "suite.h"

TEST(a_number_is_doubled)
{
    expect_int(CALL(twice(21)), 42, "twice, for 21,");
}

TEST(a_negative_number_is_doubled)
{
    expect_int(CALL(twice(-1)), -2, "twice, for -1,");
}

TEST(one_byte_is_read)
{
    struct ends ends = make_pipe();

    put_bytes(ends.write, "x", 1);
    expect_int(CALL(read_one(ends.read)), 1, "read_one, with a byte in the pipe,");
}

int main(void)
{
    return run_suite("90-toy");
}

#!/bin/sh
# make coverage: what is counted, and that nothing is lost.
#
#   coverage.sh BUILD WORK
set -u

build=$1
work=$2

say()
{
    what=$1
    shift
    if "$@"; then echo "pass $what"; else echo "fail $what"; fi
}

# How often the line of spawn.c that holds these words ran.
count_of()
{
    line=$(grep -nF "$1" solutions/01-fork/spawn.c | head -n 1 | cut -d: -f1)
    sed -n "s/^DA:$line,\([0-9]*\).*/\1/p" "$work/out/01-fork.info"
}

grader/coverage "$build" "$work/out" solutions 01-fork >"$work/log" 2>&1
say "the coverage of a reference solution is measured" [ -s "$work/out/01-fork.info" ]

# Every fork that spawn() makes comes back to the parent; in all of them but a few, which tests make fail or only seem to make, there is a child.
children=$(count_of '_exit(body(arg))')
say "children are counted that end in _exit, or are killed" [ "${children:-0}" -ge $(($(count_of 'return pid;') - 3)) ]

grader/coverage-report "$work/out" "$work/out/01-fork.info" >"$work/table" 2>&1
say "the table has a line for each file" grep -q '^solutions/01-fork/spawn.c  *[0-9.]* %' "$work/table"
say "there is a page to look at" [ -s "$work/out/html/index.html" ]

mkdir -p "$work/student/01-fork"
cp solutions/01-fork/spawn.c "$work/student/01-fork/spawn.c"
cat >>"$work/student/01-fork/spawn.c" <<'END'
static void nobody_calls_me(void) __attribute__((unused));
static void nobody_calls_me(void)
{
}
END
grader/coverage "$build" "$work/other" "$work/student" 01-fork 02-pipe >"$work/log" 2>&1
say "what is not there is said" grep -q "02-pipe: there is no $work/student/02-pipe/pipeline.c" "$work/log"
grader/coverage-report "$work/other" "$work/other/01-fork.info" >"$work/table" 2>&1
say "lines that no test reaches are listed" grep -q 'never reached: line' "$work/table"

#!/bin/sh
# Make as the scheduler: what has not changed is not graded again; an interrupted run leaves nothing half done.
#
#   incremental.sh BUILD WORK
set -u

build=$1
work=$2
tests/grader/toy/make-house "$build" "$work/house" || exit 1
cd "$work/house" || exit 1

say()
{
    what=$1
    shift
    if "$@"; then echo "pass $what"; else echo "fail $what"; fi
}

for name in 91-second 92-third; do
    cp -r tests/90-toy "tests/$name"
    cp -r exercises/90-toy "exercises/$name"
done

# A number that changes whenever the suite of an exercise has run.
ran() { ls -i --time-style=full-iso -l "$(find build/grade -path "*/$1/evidence/memcheck/outcome")" 2>/dev/null; }
same() { [ "$1" = "$2" ]; }
differ() { [ "$1" != "$2" ]; }

grader/grade --quiet
say "three exercises are graded" same $? 0
first=$(ran 90-toy) second=$(ran 91-second) third=$(ran 92-third)

grader/grade --quiet
say "nothing changed: no suite runs" same "$first$second$third" "$(ran 90-toy)$(ran 91-second)$(ran 92-third)"

touch exercises/91-second/twice.c
grader/grade --quiet
say "a touched file with the same text is not graded again" same "$second" "$(ran 91-second)"

echo '/* edited */' >>exercises/91-second/twice.c
grader/grade --quiet
say "an edited file is graded again" differ "$second" "$(ran 91-second)"
say "the others are not" same "$first$third" "$(ran 90-toy)$(ran 92-third)"

rm exercises/92-third/twice.c
grader/grade --quiet
say "a file taken away is noticed" same $? 1
cp exercises/90-toy/twice.c exercises/92-third/twice.c
grader/grade --quiet
say "and brought back, too" same $? 0

second=$(ran 91-second)
echo '# a comment' >>tests/91-second/manifest
sed -i 's/doubled,/doubled, always,/; s/twice, for 21,/twice, for the number 21,/' tests/91-second/check_twice.c
grader/grade --quiet
say "a changed suite is run again" differ "$second" "$(ran 91-second)"

# The processes of a session: in /proc/PID/stat, the fourth field behind the name in brackets.
of_session()
{
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/ (.*) / /' | awk -v session="$1" '$5 == session && $2 != "Z" { print $1 }'
}

# An interruption: the submission tells, by a file, that its test has begun; then the whole run is interrupted.
cat >exercises/90-toy/twice.c <<END
#include "twice.h"
#include <unistd.h>
int twice(int number) { volatile int go = 1; (void)!write(1, "begun\n", 6); while (go) ; return 2 * number; }
int read_one(int fd) { char byte; return (int)read(fd, &byte, 1); }
END
setsid grader/grade --quiet --exercise 90 --json result.json >log 2>&1 &
grade=$!
board=
while [ -z "$board" ]; do
    board=$(find build/grade -path '*/90-toy/evidence/memcheck/memcheck.*.xml' | head -n 1)
    kill -0 "$grade" 2>/dev/null || break
done
pids=$(of_session "$grade")
kill -TERM "-$grade" # not INT: a shell starts background jobs with that ignored
wait "$grade"
status=$?
say "an interrupted run does not end with 0 or 1" [ "$status" -ge 2 ]
say "an interrupted run writes no result" [ ! -e result.json ]
say "there was something to interrupt" [ -n "$pids" ]
# Killed processes take a moment to be gone; there is no signal to wait for, so we look, a bounded number of times.
looks=0
while [ -n "$(of_session "$grade")" ] && [ "$looks" -lt 2000 ]; do
    looks=$((looks + 1))
done
say "an interrupted run leaves no process" [ -z "$(of_session "$grade")" ]
cp exercises/91-second/twice.c exercises/90-toy/twice.c
grader/grade --quiet
say "after an interruption it grades as before" same $? 0

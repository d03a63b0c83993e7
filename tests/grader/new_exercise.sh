#!/bin/sh
# make new-exercise: the skeleton can be graded as it is, and is what the rules of the house want.
#
#   new_exercise.sh BUILD WORK
set -u

build=$1
work=$2
tests/grader/toy/make-house "$build" "$work/house" || exit 1
mkdir -p "$work/house/tests/grader" "$work/house/build/selftest"
cp -a .clang-format "$work/house"
cp -a tests/new-exercise tests/selftest tests/progress tests/summary "$work/house/tests"
cp -a tests/grader/verify.c tests/grader/verify_class.c "$work/house/tests/grader"
cp -a "$build/selftest/verify" "$build/selftest/verify_class" "$work/house/build/selftest"
cd "$work/house" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL

say()
{
    what=$1
    shift
    if "$@"; then echo "pass $what"; else echo "fail $what"; fi
}

new() { make -s new-exercise "$@" >out 2>err; }
one_line() { [ "$(grep -vc '^make' err)" -eq 1 ] && grep -q -- "$1" err; }
# The first value of a field in a result (a field a line).
field() { sed -n "s/^ *\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$1" | head -n 1; }
is() { [ "$(field "$1" "$2")" = "$3" ]; }

new
say "without a name: one line and an error" one_line 'NAME=16-topic'
new NAME=topic
say "a name without a number: one line and an error" one_line 'NAME=16-topic'
new NAME=91-signal
say "a header of the system's is not hidden" one_line 'FILE=my_signal'
say "a refusal leaves nothing behind" [ ! -e exercises/91-signal ]

new NAME=91-two-words
say "the skeleton is made" [ -e tests/91-two-words/manifest ]
new NAME=91-two-words
say "what is there is not written over" one_line 'is there already'

make -s test E=91 >log 2>&1
say "make test is content with reference, stub, right and wrong one" grep -q '^4 passed, 0 failed' log
grep -q '^4 passed, 0 failed' log || sed 's/^/  /' log

grade() { EAGAIN_VALGRIND=no grader/grade --quiet --exercise 91 --json result.json "$@"; }
mkdir -p full wrong
cp -r solutions/91-two-words full
grade --submission full
say "the reference has full marks" is result.json points 1
mkdir -p wrong/91-two-words
cp tests/91-two-words/wrong/*.c wrong/91-two-words/two_words.c
grade --submission wrong
say "the wrong one has none" is result.json points 0
say "and fails by the suite's verdict" is result.json verdict fail
grade
say "the stub has none" is result.json points 0
grader/student hint 91 >said_hint
say "there is a hint" grep -q '^- What does your function do' said_hint
grader/student reset 91 >said_reset
say "the stub is where make reset looks for it" grep -q 'is the stub already' said_reset

clang-format --dry-run --Werror exercises/91-two-words/*.[ch] solutions/91-two-words/*.c tests/91-two-words/*.c 2>format
say "the format is clang-format's" [ ! -s format ]
for compiler in gcc clang; do
    for source in exercises/91-two-words/*.c solutions/91-two-words/*.c tests/91-two-words/*/*.c \
        tests/91-two-words/check_*.c; do
        "$compiler" -std=gnu11 -O1 -fsyntax-only -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Iexercises/91-two-words -Itests/support "$source"
    done
done >warnings 2>&1
say "no compiler warns" [ ! -s warnings ]

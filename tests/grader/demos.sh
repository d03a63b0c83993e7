#!/bin/sh
# The tutorial's programs run on the reference solutions, and end; and on the stubs they end, too.
#
#   demos.sh BUILD WORK
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL # we may be run by a make with options of its own
export LC_ALL=C

build=$(cd "$1" && pwd -P) || exit 1
work=$(cd "$2" && pwd -P) || exit 1

. grader/facts
mkdir -p "$work/house/tests"
cp -a Makefile grader exercises "$work/house"
cp -a tests/test.mk "$work/house/tests"
for exercise in solutions/*/; do
    exercise=$(basename "$exercise")
    mkdir "$work/house/tests/$exercise"
    cp "tests/$exercise/manifest" "tests/$exercise/stub.c" "$work/house/tests/$exercise"
done

# demo EXERCISE: make demo, as a student says it. (The time-out is for a demo that fails this test: it takes a second.)
demo() { (cd "$work/house" && EAGAIN_BUILD=$build/demos timeout 120 make -s demo "E=$1" >"$work/out" 2>"$work/err" </dev/null); }

for folder in solutions/*/; do
    exercise=$(basename "$folder")
    facts "tests/$exercise/manifest"

    cp "solutions/$exercise/$source" "$work/house/exercises/$exercise/$source"
    if demo "$exercise" && grep -q '^(CPU time: ' "$work/out" && [ "$(wc -l <"$work/out")" -gt 4 ]; then
        echo "pass $exercise: the demo runs on the solution"
    else
        echo "fail $exercise: the demo runs on the solution"
        head -n 5 "$work/out" "$work/err"
    fi

    cp "tests/$exercise/stub.c" "$work/house/exercises/$exercise/$source"
    demo "$exercise"
    if [ $? -ne 124 ]; then
        echo "pass $exercise: the demo ends on the stub"
    else
        echo "fail $exercise: the demo ends on the stub"
    fi
done
exit 0

#!/bin/sh
# A small class whose every verdict is known: what is right, wrong, broken and missing gets what it must, under any
# name. (make class-trial does the same with 200 students.)
#
#   class_verdicts.sh BUILD WORK
set -u

build=$1
work=$(CDPATH='' cd -- "$2" && pwd -P)
export EAGAIN_VALGRIND=no VALGRIND=no STUDENTS=3 SEED=8
# (Where there can be no sandbox, the rest can be tested all the same; sandbox.sh says that it is so.)
grader/sandbox --try >/dev/null || export SANDBOX=off
unset MAKEFLAGS MFLAGS MAKELEVEL EAGAIN_BUILD LAUNCH JOBS E S HOSTILE ALIKE

# In a repository of its own: the results of a class in this one are not to be touched.
house=$work/house
mkdir -p "$house/build" || exit 1
cp -a Makefile grader exercises solutions tests "$house"
cp -a "$build/compiler" "$build/grader" "$build/support" "$build/suites" "$house/build"
verify=$(CDPATH='' cd -- "$build/selftest" && pwd -P)/verify_class
cd "$house" || exit 1

tests/synthetic-class "$work/class" 2>"$work/made"
tests/synthetic-class "$work/again" 2>>"$work/made"
if [ -s "$work/class/expected" ] && cmp -s "$work/class/expected" "$work/again/expected"; then
    echo "pass the same seed is the same class"
else
    echo "fail the same seed is the same class"
    cat "$work/made"
fi

grader/class "$work/class/submissions" "$work/grades" >"$work/log" 2>&1 </dev/null
if "$verify" "$work/class/expected" "$work/grades/class.json" >"$work/differences" 2>&1; then
    echo "pass everybody gets what they must"
else
    echo "fail everybody gets what they must"
    tail -n 1 "$work/log"
    cat "$work/differences"
fi

# The comparison itself: it has to see a verdict that is another.
sed 's/graded\t0$/graded\t1/; s/reference\(.*\)\t[0-9]*$/reference\1\t1/' "$work/class/expected" >"$work/bent"
if "$verify" "$work/bent" "$work/grades/class.json" >"$work/differences" 2>&1; then
    echo "fail a verdict that is another would be seen"
else
    echo "pass a verdict that is another would be seen"
fi

#!/bin/sh
# What a student asks for besides a grade: make, make list, next, hint, reset, demo, debug.
#
#   student.sh BUILD WORK
set -u

build=$1
work=$2
tests/grader/toy/make-house "$build" "$work/house" || exit 1
cd "$work/house" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL

say()
{
    what=$1
    shift
    if "$@"; then echo "pass $what"; else echo "fail $what"; fi
}

student()
{
    make -s "$@" >out 2>err </dev/null
    status=$?
}

is() { [ "$status" -eq "$1" ]; }
says() { grep -q -- "$1" out; }
one_line() { [ "$(grep -vc '^make' err)" -eq 1 ] && grep -q -- "$1" err; }

cp exercises/90-toy/twice.c tests/90-toy/stub.c
sed -i 's/return 2 \* number/return 3 * number/' exercises/90-toy/twice.c
echo '/* mine */' >>exercises/90-toy/twice.c
cat >exercises/90-toy/hints <<'END'
# doubling
- Add it to itself.
- 2 + 2 is 4,
  as everybody knows.
END

student
say "make alone says where to begin" says 'Begin with exercises/01-fork/README.md'
student list
say "make list grades, and has a line for the exercise" says '^90-toy .*/'
say "make list ends with 0 though points are missing" is 0
student
say "make alone shows where one stands" says '^90-toy .*/'
student next
say "make next shows what fails" says 'README.md#doubling'
say "make next says which file to edit" says 'To edit: exercises/90-toy/twice.c'

student hint E=90
say "the first hint" says 'Add it to itself'
sentence=$(awk '$1 == "says" { sub(/^says +/, ""); print; exit }' tests/90-toy/manifest)
say "and the test it is for, by its sentence" grep -qxF "The test: $sentence" out
say "and no more than that" grep -q '1 of 2 hints' out
student hint E=90
say "the second hint, over two lines" says 'as everybody knows'
say "the last one is said to be the last" says 'That was the last one'
student hint
say "a hint for no exercise is one line and an error" one_line 'Say which exercise'
student hint E=55
say "a hint for an unknown exercise is one line and an error" one_line "No exercise is called '55'"

cp exercises/90-toy/twice.c twice.c.kept
echo 'int }' >>exercises/90-toy/twice.c
student hint E=90
say "what does not compile gets no hint, but is said not to compile" one_line 'it does not compile'
cp twice.c.kept exercises/90-toy/twice.c
student grade 90-toy
say "an exercise without E= is one line and an error" one_line 'make grade E=90'

student debug E=90 T=no_such_test
say "an unknown test is one line and an error" one_line "has no test 'no_such_test'"

student reset E=90
say "make reset brings the stub back" cmp -s exercises/90-toy/twice.c tests/90-toy/stub.c
say "make reset keeps the work" grep -q 'mine' exercises/90-toy/twice.c.1
student reset E=90
say "a second reset changes nothing" [ ! -e exercises/90-toy/twice.c.2 ]
student hint E=90
say "with full marks there is nothing to hint at" says 'full marks'
student next
say "when all is done, that is said" says 'Well done'

# ---- make debug, make demo, make watch ------------------------------------------------------------------------------------

cp tests/90-toy/stub.c exercises/90-toy/twice.c
test=$(awk '$1 == "test" { print $2; exit }' tests/90-toy/manifest)
student debug E=90 "T=$test" WITH=strace
say "make debug shows the command" says "CK_RUN_CASE=$test strace"
say "and the system calls of that test" grep -q 'exited with' err
student debug E=90 "T=$test" WITH=ltrace
say "another tool is one line and an error" one_line 'WITH is gdb or strace'

if command -v inotifywait >/dev/null 2>&1; then
    # It begins to look at some moment after its first line: so the file is saved until the grade is there.
    setsid make -s watch >watched 2>&1 </dev/null &
    watcher=$!
    saves=0
    until grep -q '^Total' watched || [ "$saves" -eq 1000 ]; do
        echo '/* saved */' >>exercises/90-toy/twice.c
        student list
        saves=$((saves + 1))
    done
    say "make watch grades what is saved" grep -q '^90-toy' watched
    kill -- "-$watcher"
    wait "$watcher" 2>err || : # it was killed, and says so
else
    echo "skip make watch: there is no inotifywait here"
fi

#!/bin/sh
# The students' copy of the repository: nothing in it answers an exercise, and it grades.
#
#   handout.sh BUILD WORK
set -u
export EAGAIN_VALGRIND=no
unset MAKEFLAGS MFLAGS MAKELEVEL EAGAIN_BUILD LAUNCH JOBS E S

build=$(CDPATH='' cd -- "$1" && pwd -P)
work=$(CDPATH='' cd -- "$2" && pwd -P)
copy=$work/copy

say()
{
    what=$1
    shift
    if "$@"; then echo "pass $what"; else echo "fail $what"; fi
}
none() { [ ! -s "$1" ]; }
is() { [ "$1" = "$2" ]; }

make handout OUT="$copy" >"$work/log" 2>&1
say "it is made" is $? 0
make handout OUT="$copy" >"$work/log" 2>&1
say "what is there is not written over" is $? 2

# ---- nothing that answers ------------------------------------------------------------------------------------------------

find "$copy" -path "$copy/.git" -prune -o \( -name solutions -o -name right -o -name wrong \) -print >"$work/folders"
say "there is no folder of answers" none "$work/folders"
find "$copy" -path "$copy/.git" -prune -o -type f -exec sha256sum {} + | cut -d ' ' -f 1 | sort -u >"$work/there"
sha256sum solutions/*/*.c tests/*/right/*.c tests/*/right/more/*.c tests/*/wrong/*.c tests/*/wrong/more/*.c | cut -d ' ' -f 1 | sort -u >"$work/answers"
comm -12 "$work/there" "$work/answers" >"$work/leaked"
say "no file is an answer" none "$work/leaked"
grep -rlE 'solutions/|/right/|/wrong/' "$copy" --include='*.md' --include='*akefile' --include='*.mk' --include='*.[ch]' >"$work/named"
say "nothing names the answers" none "$work/named"

# Every page that a page links to is there.
for page in "$copy"/*.md "$copy"/docs/*.md; do
    grep -oE '\]\([^)#:]+' "$page" | sed 's/^](//' | while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || echo "$page: $link"
    done
done >"$work/links"
say "no link leads nowhere" none "$work/links"

# ---- it grades -----------------------------------------------------------------------------------------------------------------

# The grader's programs need not be compiled again for this: sources are copied with their times.
mkdir "$copy/build"
cp -a "$build/compiler" "$build/grader" "$build/support" "$build/suites" "$copy/build"

cd "$copy" || exit 1
make grade E=01 >out 2>err
say "make grade grades the stub" is $? 0
say "the stub has points to gain" grep -q 'Next: ' out
cp "$OLDPWD/solutions/01-fork/spawn.c" exercises/01-fork/spawn.c
make grade E=01 >out 2>err
say "make grade gives a right answer full marks" grep -qE '^Total .* ([0-9]+)/\1( |$)' out
for target in test coverage-grader handout examples; do
    make -s "$target" >out 2>err
    say "make $target says that it cannot" grep -q "make $target is not in the students' copy" err
done
make -s reset E=01 >out 2>err
say "make reset brings the stub back" cmp -s exercises/01-fork/spawn.c "$OLDPWD/tests/01-fork/stub.c"
grep -oE 'docs/[a-z]+\.md' grader/grade grader/student | cut -d : -f 2 | sort -u | while read -r page; do
    [ -e "$page" ] || [ "$page" = docs/security.md ] || echo "$page"
done >"$work/pages"
say "no command points to a page that is not there" none "$work/pages"
make >out 2>err
say "make alone says what can be done" grep -q 'make grade' out

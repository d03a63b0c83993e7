#!/bin/sh
# Every command that the documentation shows is one that a test runs.
#
#   shown.sh BUILD WORK
#
# The table below says which. A command that is new in the documentation fails here until it is in the table, and a line of
# the table that is not true any more fails, too.
# shellcheck disable=SC2016 # the backquotes are Markdown's
set -u
unset MAKEFLAGS MFLAGS MAKELEVEL # we may be run by a make with options of its own
export LC_ALL=C

build=$(cd "$1" && pwd -P) || exit 1
work=$(cd "$2" && pwd -P) || exit 1

# The target of make; the script of tests/grader/ in which it is run ("-": the tests of this repository themselves, and
# what takes longer than all of them: make -n sees that it can be run); and how it is said there.
table()
{
    cat <<'END_OF_TABLE'
grade         student.sh       next
list          student.sh       student list
next          student.sh       student next
hint          student.sh       student hint
reset         student.sh       student reset
watch         student.sh       make -s watch
debug         student.sh       student debug
demo          demos.sh         make -s demo
coverage      coverage.sh      coverage
class         class.sh         class
handout       handout.sh       handout
new-exercise  new_exercise.sh  new-exercise
conformance   style.sh         docs/make-conformance
format        style.sh         check-format
clean         shown.sh         clean
which-one     shown.sh         which-one
compile_commands.json shown.sh compile_commands.json
test          -
test-all      -
test-valgrind -
soak          -
fuzz          -
measure       -
examples      -
synthetic-class class_verdicts.sh tests/synthetic-class
class-trial   -
slurm-trial   -
coverage-grader -
END_OF_TABLE
}

# say WHAT FILE: passes if FILE is empty.
none()
{
    if [ ! -s "$2" ]; then
        echo "pass $1"
    else
        echo "fail $1"
        head -n 20 "$2"
    fi
}

# A line "TARGET PAGE" for each make that stands in a block of code or between backquotes.
find . \( -name build -o -name .git \) -prune -o -name '*.md' -print | sort | while read -r page; do
    awk '/^ *```/ { code = !code; next }
        code { print; next }
        { while (match($0, /`[^`]+`/)) { print substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, RSTART + RLENGTH) } }' "$page" |
        sed -n 's/.*\(^\|&& \|[^a-z0-9./ -] *\|\$ \)make \([a-z][a-z0-9_.-]*\).*/\2/p' | sort -u | sed "s|\$| $page|"
done >"$work/shown"
[ "$(wc -l <"$work/shown")" -gt 30 ] || echo "fewer commands are shown than there are" >"$work/few"
: >>"$work/few"
none "the commands are found" "$work/few"

table >"$work/table"
awk 'NR == FNR { known[$1] = 1; next } !($1 in known) { print $2 ": make " $1 }' "$work/table" "$work/shown" >"$work/unknown"
none "every make that is shown is one that a test runs" "$work/unknown"

# (A build folder of its own: make -n runs what calls make again, and this one's is locked while it is tested.)
mkdir -p "$work/build"
while read -r target script said; do
    make -n "$target" "B=$work/build" E=01 NAME=99-x OUT=x SUBMISSIONS=x >"$work/out" 2>&1 </dev/null || echo "make $target: there is no such thing"
    [ "$script" = - ] || grep -qF -- "$said" "tests/grader/$script" || echo "$target: $script does not run it"
done <"$work/table" >"$work/untrue"
none "the table of what runs them is true" "$work/untrue"

# The options that are shown are options.
grader/grade --help >"$work/help"
grep -rhoE --include='*.md' --include='*.yml' 'grader/grade( +--[a-z]+( +[A-Za-z./$"{}-][^ `]*)?)+' . | grep -oE -- '--[a-z-]+' | sort -u |
    while read -r option; do
        grep -qF -- "$option" "$work/help" || echo "grader/grade $option"
    done >"$work/options"
none "every option of grader/grade that is shown exists" "$work/options"

make -s B="$build/shown" compile_commands.json >"$work/out" 2>&1
grep -q '"file".*spawn.c' "$build/shown/compile_commands.json" 2>/dev/null || echo "no compile_commands.json" >"$work/commands"
: >>"$work/commands"
none "make compile_commands.json makes what editors read" "$work/commands"

# (A build folder of its own, since make clean removes it.)
make -s B="$build/shown" which-one >"$work/out" 2>&1 || cat "$work/out" >"$work/which"
grep -qE '^ *1000 +epoll' "$work/out" || echo "no figures for 1,000" >>"$work/which"
: >>"$work/which"
none "make which-one measures" "$work/which"

make -s B="$build/shown" clean >"$work/out" 2>&1
[ ! -e "$build/shown" ] || echo "$build/shown is still there" >>"$work/out"
none "make clean removes what was made, and says nothing" "$work/out"
exit 0

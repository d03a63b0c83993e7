#!/bin/sh
# The house's own rules that a program can check: warnings, format, shell scripts, no sleeps in suites.
#
#   style.sh BUILD WORK
set -u
export LC_ALL=C

work=$2

# none WHAT FILE: passes if FILE is empty, and shows it otherwise.
none()
{
    if [ -s "$2" ]; then
        echo "fail $1"
        sed 's/^/  /' "$2" | head -n 20
    else
        echo "pass $1"
    fi
}

# Our own C. The submissions in right/ and wrong/ are to be as students write.
sources=$(ls grader/*.c tests/support/*.c tests/grader/*.c tests/*/check_*.c exercises/*/*.c solutions/*/*.c)
# (Files of shared tests are none: the suite that includes them says what they are about.)
headers=$(ls exercises/*/*.h tests/support/*.h grader/*.h | grep -v '_tests\.h$')

compile_all()
{
    for source in $sources; do
        folder=$(basename "$(dirname "$source")")
        "$1" -std=gnu11 -O1 -fsyntax-only -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -pthread \
            "-Iexercises/$folder" -Itests/support -Igrader "$source" 2>&1
    done
    for header in $headers; do # a header stands alone
        echo "#include \"$header\"" |
            "$1" -std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -I. -Itests/support -Igrader -x c - 2>&1
    done
}

for compiler in gcc clang; do
    compile_all "$compiler" >"$work/$compiler"
    none "no warnings under $compiler" "$work/$compiler"
done

MAKEFLAGS='' make -s check-format >"$work/format" 2>&1
none "the format is clang-format's (make format mends it)" "$work/format"

scripts=
for file in setup.sh .ci/run grader/* tests/* tests/grader/* tests/grader/toy/* docs/*; do
    [ -f "$file" ] || continue
    read -r first <"$file"
    case $first in '#!'*sh) scripts="$scripts $file" ;; esac
done
# shellcheck disable=SC2086
shellcheck $scripts >"$work/shell" 2>&1
none "shell scripts pass shellcheck" "$work/shell"

grep -nE '\b(usleep|nanosleep|sleep|alarm) *\(' tests/*/check_*.c tests/support/*.[ch] grader/*.c |
    grep -v '^tests/grader/' >"$work/sleeps"
none "no suite, and nothing of the grader, sleeps" "$work/sleeps"

# A lesson's section that a test points to is a heading there, as GitHub makes anchors of headings.
for manifest in tests/*/manifest; do
    exercise=$(basename "$(dirname "$manifest")")
    sed -n 's/^##* //p' "exercises/$exercise/README.md" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-' >"$work/anchors"
    awk '$1 == "lesson" { print $2 }' "$manifest" | sort -u | grep -vxFf "$work/anchors" | sed "s|^|$exercise: |"
done >"$work/missing"
none "every lesson that a test names is a section of the lesson" "$work/missing"

# Each test is tested: some wrong submission names it.
for manifest in tests/*/manifest; do
    folder=$(dirname "$manifest")
    awk '$1 == "test" { print $2 }' "$manifest" | while read -r test; do
        grep -q "^ \* fails: $test " "$folder"/wrong/*.c || echo "$folder: no wrong submission fails $test"
    done
done >"$work/untested"
none "every test of a suite is failed by a wrong submission" "$work/untested"

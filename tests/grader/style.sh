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
sources=$(ls grader/*.c tests/support/*.c tests/support/coverage/*.c tests/grader/*.c tests/fuzz/*.c tests/*/check_*.c \
    exercises/*/*.c exercises/*/*/*.c solutions/*/*.c)
# (Files of shared tests are none: the suite that includes them says what they are about.)
headers=
for header in exercises/*/*.h tests/support/*.h tests/fuzz/*.h grader/*.h; do
    case $header in *_tests.h) ;; *) headers="$headers $header" ;; esac
done

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
for file in setup.sh .ci/run grader/* tests/* tests/grader/* tests/grader/toy/* tests/grader/hostile/* tests/fuzz/* docs/*; do
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

# The headings of a page, as GitHub makes anchors of them.
anchors() { sed -n 's/^##* //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-'; }

# A lesson's section that a test points to is a heading there.
for manifest in tests/*/manifest; do
    exercise=$(basename "$(dirname "$manifest")")
    anchors "exercises/$exercise/README.md" >"$work/anchors"
    awk '$1 == "lesson" { print $2 }' "$manifest" | sort -u | grep -vxFf "$work/anchors" | sed "s|^|$exercise: |"
done >"$work/missing"
none "every lesson that a test names is a section of the lesson" "$work/missing"

# Whoever asks for a hint gets one: two at least for each such section (make hint, grader/student).
for manifest in tests/*/manifest; do
    exercise=$(basename "$(dirname "$manifest")")
    awk '$1 == "lesson" { print $2 }' "$manifest" | sort -u | while read -r section; do
        awk -v section="$section" -v exercise="$exercise" '
            /^# / { on = $2 == section }
            on && /^- / { hints++ }
            END { if (hints < 2) print exercise ": " section " has " hints + 0 " hints" }' "exercises/$exercise/hints" 2>&1
    done
    awk -v exercise="$exercise" '
        !/^(# [^ ]+$|- |  [^ ]|$)/ || length > 78 { print exercise ", hints, line " NR ": " $0 }' "exercises/$exercise/hints" 2>&1
done >"$work/hints"
none "every lesson that a test names has two hints, in lines of 78 columns" "$work/hints"

# Each test is tested: some wrong submission names it.
for manifest in tests/*/manifest; do
    folder=$(dirname "$manifest")
    awk '$1 == "test" { print $2 }' "$manifest" | while read -r test; do
        grep -q "^ \* fails: $test " "$folder"/wrong/*.c || echo "$folder: no wrong submission fails $test"
    done
done >"$work/untested"
none "every test of a suite is failed by a wrong submission" "$work/untested"

docs/make-conformance "$work/conformance.md"
{ diff docs/conformance.md "$work/conformance.md" 2>&1 || true; } >"$work/conformance"
none "docs/conformance.md is what the manifests say (make conformance mends it)" "$work/conformance"

# Links in the documentation lead somewhere: to a file that is there, and to a heading in it.
find . \( -name build -o -name .git \) -prune -o -name '*.md' -print | sort | while read -r page; do
    # A line for each [text](target); code blocks hold none.
    awk '/^ *```/ { code = !code }
        !code { while (match($0, /\]\([^) ]+\)/)) { print substr($0, RSTART + 2, RLENGTH - 3); $0 = substr($0, RSTART + RLENGTH) } }' \
        "$page" | grep -v '^[a-z]*:' | while read -r target; do
        file=$(dirname "$page")/${target%%#*}
        [ -n "${target%%#*}" ] || file=$page
        if [ ! -e "$file" ]; then
            echo "$page: $target is not there"
        else
            case $target in
            *.md'#'* | '#'*) anchors "$file" | grep -qxF -- "${target#*#}" || echo "$page: $target is no heading there" ;;
            esac
        fi
    done
done >"$work/links"
none "every link in the documentation leads to a file and a heading" "$work/links"

# The workflow for forks is the one for a course's repositories, but for its first line and its condition.
sed 1d docs/platforms/github/grade.yml >"$work/course.yml"
sed -e 1d -e '/^    if: github/d' .github/workflows/grade.yml | diff "$work/course.yml" - >"$work/workflows" 2>&1
none "the workflow for forks is that of docs/platforms/github" "$work/workflows"

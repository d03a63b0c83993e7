#!/bin/sh
# Nobody cheats the grader: hostile submissions fail, each in its own way, and leave nothing behind.
#
#   hostile.sh BUILD WORK
#
# The gallery is tests/grader/hostile/, one file a trick; docs/security.md says what is promised.
set -u
export LC_ALL=C

build=$(cd "$1" && pwd -P) || exit 1
work=$(cd "$2" && pwd -P) || exit 1

say()
{
    what=$1
    shift
    if "$@"; then echo "pass $what"; else echo "fail $what"; fi
}

# What must be the same afterwards: this machine's settings, and the grader's own programs and suites.
machine()
{
    cat /proc/self/limits
    umask
    cat /proc/sys/kernel/pid_max /proc/sys/kernel/core_pattern /proc/sys/fs/pipe-max-size /proc/sys/fs/file-max
    cksum "$build"/grader/collect "$build"/grader/report "$build"/grader/supervise "$build"/suites/*.o "$build"/support/*.a
}

# The files that the gallery tries to leave bear this name.
traces() { find /tmp /dev/shm /var/tmp "$HOME" . -maxdepth 1 -name 'eagain_hostile*' 2>/dev/null; }

before=$(machine)

# ---- the gallery ------------------------------------------------------------------------------------------------------

# hostile/more/ holds what takes long; make test-all and make test-valgrind have MORE set.
gallery=$(echo tests/grader/hostile/*.c ${MORE:+tests/grader/hostile/more/*.c})
# shellcheck disable=SC2086 # names without spaces
printf '%s\n' $gallery |
    xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 1 tests/grader/hostile/grade-one "$build" "$work"
for file in $gallery; do
    cat "$work/$(basename "$file" .c)/verdict"
done

# ---- sources that are no sources ---------------------------------------------------------------------------------------

# given NAME: the folder of a submission of 01-fork; its spawn.c is to be made.
given()
{
    rm -rf "${work:?}/$1"
    mkdir -p "$work/$1/01-fork"
    printf '%s\n' "$work/$1/01-fork/spawn.c"
}

# gets WHAT NAME STATUS PHRASE: the submission NAME gets no point, in these words.
gets()
{
    EAGAIN_BUILD=$build EAGAIN_VALGRIND=no grader/grade --submission "$work/$2" --exercise 01-fork --json "$work/$2.json" \
        --no-color >"$work/$2.report" 2>&1 </dev/null
    status=$?
    if [ "$status" -eq 1 ] && grep -q "\"status\": *\"$3\"" "$work/$2.json" && grep -q '"points": *0' "$work/$2.json" &&
        tr -s ' \n' ' ' <"$work/$2.report" | grep -q "$4"; then
        echo "pass $1"
    else
        echo "fail $1"
        printf '  status %d\n' "$status"
        head -n 5 "$work/$2.report" | sed 's/^/  /'
    fi
}

ln -s "$PWD/solutions/01-fork/spawn.c" "$(given link)"
gets "a link to the solution is no answer" link not_handed_in 'leads out of the submission'
rm -r "$(dirname "$(given folder_link)")"
ln -s "$PWD/solutions/01-fork" "$work/folder_link/01-fork"
gets "a link to the solution's folder is no answer" folder_link not_handed_in 'leads out of the submission'
ln -s /dev/zero "$(given device)"
gets "a link to a device is not read" device not_handed_in 'leads out of the submission'
mkfifo "$(given fifo)"
gets "a pipe is not waited for" fifo not_handed_in 'not handed in'
mkdir "$(given directory)"
gets "a folder is no source" directory not_handed_in 'not handed in'
: >"$(given empty)"
gets "an empty file defines nothing" empty forbidden_call 'does not define the function spawn'
truncate -s 5G "$(given gigantic)"
gets "a gigantic file is not even copied" gigantic does_not_compile 'larger than'
head -c 100000 /bin/sh >"$(given binary)"
gets "a binary is no source" binary does_not_compile 'spawn.c'
say "a binary does not steer the terminal" [ -z "$(tr -d '\n\t' <"$work/binary.report" | grep '[[:cntrl:]]')" ]

# ---- what is right is not refused -----------------------------------------------------------------------------------------

# inspected EXERCISE FILE: the lines of reasons to refuse it. Nothing is run.
. grader/facts
inspected()
{
    place=$work/inspected
    facts "tests/$1/manifest"
    rm -rf "$place"
    mkdir -p "$place/source"
    cp "$2" "$place/source/$source"
    cp "exercises/$1/$header" "$place/source"
    CC=${CC:-cc}
    grader/compile "$place" "tests/$1/manifest" "$CC"
    CC=$CC grader/inspect "$place" "tests/$1/manifest" "$build/support/diverted"
    cat "$place/stage" "$place/inspect.log"
}

# That they get their marks is seen by make test; this looks at all of them once more, and at nothing but the refusal.
for manifest in ${MORE:+tests/*/manifest}; do
    exercise=$(basename "$(dirname "$manifest")")
    for file in "solutions/$exercise"/*.c "tests/$exercise/right"/*.c "tests/$exercise/right/more"/*.c; do
        [ -e "$file" ] || continue
        words=$(inspected "$exercise" "$file")
        [ -z "$words" ] || printf '  %s: %s\n' "$file" "$words"
    done
done >"$work/refused"
if [ -z "${MORE:-}" ]; then
    :
elif [ -s "$work/refused" ]; then
    echo "fail no right submission is refused"
    cat "$work/refused"
else
    echo "pass no right submission is refused"
fi

# ---- what is left ------------------------------------------------------------------------------------------------------------

traces >"$work/traces"
say "no file is left outside of the build folder" [ ! -s "$work/traces" ]
say "the machine, and the grader's own files, are as they were" [ "$before" = "$(machine)" ]
exit 0

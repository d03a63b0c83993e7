#!/bin/sh
# The samples of the fuzz targets, each given to its target once (make fuzz gives them random bytes): what was found,
# and mended, is looked for again.
#
#   fuzz.sh BUILD WORK
set -u

build=$(CDPATH='' cd -- "$1" && pwd -P)
work=$(CDPATH='' cd -- "$2" && pwd -P)
home=$PWD

# The samples of one target, in a folder of its own.
replay()
{
    program=$build/selftest/fuzz/$1
    [ -x "$program" ] || { echo "there is no $program; make fuzz-replays makes it" && return 1; }
    mkdir -p "$work/$1" && cd "$work/$1" || return
    if [ "$1" = archive_names ]; then
        "$program" "$home/grader/class_unpack" replay "$home/tests/fuzz/corpus/$1"/*
    else
        "$program" "$home/tests/fuzz/corpus/$1"/*
    fi
}

for source in tests/fuzz/fuzz_*.c tests/fuzz/archive_names.c; do
    target=$(basename "$source" .c)
    target=${target#fuzz_}
    if (replay "$target") >"$work/$target.log" 2>&1; then
        echo "pass $target keeps its promises for $(find "tests/fuzz/corpus/$target" -type f | wc -l) samples"
    else
        echo "fail $target does not keep its promises; the last sample is the one"
        grep -aE 'promise was not kept|ERROR|SUMMARY|runtime error' "$work/$target.log" | head -n 20 | sed 's/^/  /'
        tail -n 3 "$work/$target.log" | sed 's/^/  /'
    fi
done

tests/fuzz/run check false 2>"$work/check"
status=$?
if [ "$status" -eq 2 ] && [ "$(wc -l <"$work/check")" -eq 1 ] && grep -q 'install clang' "$work/check"; then
    echo "pass a compiler that cannot fuzz is one line and 2"
else
    echo "fail a compiler that cannot fuzz is one line and 2"
fi

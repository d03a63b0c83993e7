#!/bin/sh
# The command line of grader/grade: exit statuses, one clear line for bad input, results whole or not at all.
#
#   command_line.sh BUILD WORK
set -u

build=$1
work=$2
tests/grader/toy/make-house "$build" "$work/house" || exit 1
cd "$work/house" || exit 1

# say WHAT CONDITION...: a verdict for the runner.
say()
{
    what=$1
    shift
    if "$@"; then echo "pass $what"; else echo "fail $what"; fi
}

# Runs the grader; leaves $status, and the files out and err.
grade()
{
    grader/grade "$@" >out 2>err
    status=$?
}

# A submission folder with this text as twice.c.
submission()
{
    mkdir -p "$1/90-toy"
    cat >"$1/90-toy/twice.c"
}

right_rest='#include <unistd.h>
int read_one(int fd) { char byte; return (int)read(fd, &byte, 1); }'

one_line() { [ "$(wc -l <err)" -eq 1 ] && grep -q "$1" err; }
is() { [ "$status" -eq "$1" ]; }
refused() { is 2 && one_line "$1"; }
all_there() { for file in "$@"; do [ -s "$file" ] || return 1; done; }
says() { grep -q "$1" out; }

# ---- what it was asked -------------------------------------------------------------------------------------------------

grade
say "full marks end with 0" is 0
grade --help
say "--help explains and ends with 0" says 'Exit status'
grade --nonsense
say "an unknown option is one line and 2" refused "unknown option '--nonsense'"
grade --json
say "an option without its value is one line and 2" refused 'needs a value'
grade --exercise 55
say "an unknown exercise is one line and 2" refused "no exercise is called '55'"
grade --submission "$work/nowhere"
say "a folder that is not there is one line and 2" refused 'there is no folder'
mkdir -p tests/91-toys && sed 's/a toy/toys/' tests/90-toy/manifest >tests/91-toys/manifest
grade --exercise toy
say "a part of a name that fits two is one line and 2" refused 'may be any of'
grade --exercise 90-t
say "a part of a name that fits one will do" is 0
rm -r tests/91-toys

# ---- what it is given ----------------------------------------------------------------------------------------------------

mkdir -p empty
grade --submission empty
say "nothing handed in ends with 1" is 1
say "nothing handed in is said" says 'empty/90-toy/twice.c'

submission 'a b/ü "x"' <exercises/90-toy/twice.c
grade --submission 'a b/ü "x"' --json 'a b/out file.json'
say "a path with spaces and quotes is just a path" is 0
say "the JSON goes where it was asked" [ -s 'a b/out file.json' ]

submission broken <<'END'
#include "twice.h"
int twice(int number) { return 2 * number
END
grade --submission broken
say "what does not compile ends with 1" is 1
say "what does not compile is shown with its line" says 'twice.c:2'

submission three_wrong <<END
#include "twice.h"
int twice(int number) { return 3 * number; }
$right_rest
END
grade --submission three_wrong --json three.json --junit three.xml
say "missing points end with 1" is 1
say "JUnit is written" grep -q '<testsuite' three.xml
grade --submission three_wrong --quiet --gradescope a.json --prairielearn "b c.json" --autolab c.txt --github d.txt --csv e.csv
say "the formats of other systems are written" all_there a.json "b c.json" c.txt d.txt e.csv

printf '%s\n' '#include "twice.h"' 'int twice(int number) { return 2 * number; }' | submission half
grade --submission half
say "a missing function ends with 1" is 1
say "a missing function is named" says 'does not define the function read_one'

submission with_main <<END
#include "twice.h"
int twice(int number) { return 2 * number; }
int main(void) { return 0; }
$right_rest
END
grade --submission with_main
say "a main is refused in words" says 'defines main()'

submission with_ck <<END
#include "twice.h"
int ck_assert_msg(int x) { return x; }
int twice(int number) { return 2 * number; }
$right_rest
END
grade --submission with_ck
say "a name of the framework is refused in words" says 'defines ck_assert_msg'

submission sleepy <<END
#include "twice.h"
#include <unistd.h>
int twice(int number) { sleep(1); return 2 * number; }
$right_rest
END
grade --submission sleepy
say "a forbidden call is named, with the reason" says 'sleeping is not waiting'

submission with_helpers <<END
#include "twice.h"
#include <stddef.h>
int count;
char buffer[10];
int read_all_(int x) { return x; }
int helper(int x) { return x; }
void *malloc_(size_t n) { (void)n; return NULL; }
int main_loop(int x) { return x; }
int fail(int x) { return x; }
int test(int x) { return x; }
int error(int x) { return x; }
int remove_(int x) { return x; }
static int dup3_(int x) { return x; }
int twice(int number) { count++; buffer[0] = 1; return fail(helper(read_all_(test(error(dup3_(remove_(main_loop(2 * number)))))))); }
$right_rest
END
grade --submission with_helpers
say "helpers with common names collide with nothing" is 0

submission own_header <exercises/90-toy/twice.c
echo '#error not this one' >own_header/90-toy/twice.h
grade --submission own_header
say "the course's header is the one that counts" is 0

# ---- where it runs ---------------------------------------------------------------------------------------------------------

: >a_file
EAGAIN_BUILD=a_file/build grader/grade >out 2>err
status=$?
say "a build folder that cannot be written is one line and 2" refused 'cannot write to'

mkdir -p few
for tool in sh dirname cksum mkdir cat cp mv cmp rm make cc nm objcopy objdump readelf addr2line flock getconf grep head pwd; do
    place=$(command -v "$tool") && ln -sf "$place" "few/$tool"
done
PATH=$PWD/few grader/grade >out 2>err
status=$?
say "a missing tool is one line and 2" refused 'valgrind is missing; run ./setup.sh'

echo before >kept.json
chmod a-w kept.json
grade --json nowhere/at/all.json
say "a result that cannot be written is one line and 2" refused 'nowhere/at/all.json'

# ---- what it must not run ----------------------------------------------------------------------------------------------------

# refuses NAME WHAT PHRASE: the submission on standard input is refused in these words, and gets nothing.
refuses()
{
    submission "$1"
    grade --submission "$1" --json "$1.json"
    if is 1 && grep -q '"points": *0' "$1.json" && grep -q "$3" "$1.json"; then echo "pass $2"; else echo "fail $2"; fi
}

: >tests/90-toy/manifest.h
refuses includes_tests "a file of the tests is not included, though it is there" 'includes .*manifest.h' <<END
#include "twice.h"
#include "$PWD/tests/90-toy/manifest.h"
int twice(int number) { return 2 * number; }
$right_rest
END
refuses has_assembler "assembler is refused" 'contains assembler' <<END
#include "twice.h"
int twice(int number) { __asm__ volatile ("nop"); return 2 * number; }
$right_rest
END
refuses has_pasted_assembler "assembler is refused, however it is spelled" 'contains assembler' <<END
#include "twice.h"
#define PASTE(a, b) a##b
int twice(int number) { PASTE(__as, m__) volatile ("nop"); return 2 * number; }
$right_rest
END
refuses has_system_call "a system call instruction is refused" 'system call by an instruction' <<END
#include "twice.h"
int twice(int number) { __asm__ volatile ("syscall" : : "a"(231), "D"(0) : "rcx", "r11"); return 2 * number; }
$right_rest
END
refuses uses_syscall "syscall() is refused" 'cannot be looked at' <<END
#include "twice.h"
#include <unistd.h>
#include <sys/syscall.h>
int twice(int number) { syscall(SYS_exit_group, 0); return 2 * number; }
$right_rest
END
refuses has_constructor "a constructor is refused" 'runs by itself' <<END
#include "twice.h"
__attribute__((constructor)) static void first(void) { }
int twice(int number) { return 2 * number; }
$right_rest
END
refuses has_section "code in a section of its own is refused" 'section of its own' <<END
#include "twice.h"
__attribute__((section("hidden"))) int twice(int number) { return 2 * number; }
$right_rest
END
refuses has_line "another file's name is refused" '#line' <<END
#include "twice.h"
#line 1 "check_twice.c"
int twice(int number) { return 2 * number; }
$right_rest
END
refuses has_write "a redefined call is refused" 'defines write()' <<END
#include "twice.h"
#include <unistd.h>
ssize_t write(int fd, const void *data, size_t size) { (void)fd; (void)data; return (ssize_t)size; }
int twice(int number) { return 2 * number; }
$right_rest
END

submission mentions_assembler <<END
#include "twice.h" /* no asm here, \\
only in a comment */
int twice(int number) { return 2 * number; }
$right_rest
END
grade --submission mentions_assembler
say "the word in a comment is no assembler" is 0

submission exits <<END
#include "twice.h"
#include <stdlib.h>
int twice(int number) { exit(0); return 2 * number; }
$right_rest
END
grade --submission exits
say "exit(0) is no pass" is 1
say "exit(0) is told" says 'exit(0)'

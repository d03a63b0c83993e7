#!/bin/sh
# The sandbox: what runs in it sees and harms nothing but what it was given, and nothing of it outlives it.
#
#   sandbox.sh BUILD WORK
# shellcheck disable=SC2016,SC2317 # what is in single quotes is for the shell inside; say() calls functions by name
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
not() { ! "$@"; }

if ! why=$(grader/sandbox --try); then
    echo "skip the sandbox: $why"
    exit 0
fi

# ---- what is seen in it -------------------------------------------------------------------------------------------------

mkdir -p "$work/given" "$work/own" "$work/other"
echo given >"$work/given/file"
echo secret >"$work/other/file"

# inside COMMAND: sh -c COMMAND in the sandbox, with the two folders.
inside()
{
    SECRET=environment SANDBOX=on grader/sandbox --read "$work/given" --write "$work/own" -- sh -c "$1" inside "$work" \
        >"$work/out" 2>"$work/err" </dev/null
}

inside 'cat "$1/given/file"' && say "a path to read can be read" [ "$(cat "$work/out")" = given ]
inside 'echo x >"$1/given/file"; echo x >"$1/given/new"'
say "a path to read cannot be written" [ "$(cat "$work/given"/*)" = given ]
inside 'echo mine >"$1/own/file"' && say "a path to write can be written" [ "$(cat "$work/own/file")" = mine ]
inside 'ls -A "$1"'
say "what lies beside them is not there" [ "$(tr '\n' ' ' <"$work/out")" = 'given own ' ]
inside 'find . -type f'
say "no other file of this repository is there" [ "$(grep -c . "$work/out")" -eq 2 ]
inside 'find / -path /proc -prune -o -path /usr -prune -o -path "*/lib*" -prune -o -name "*.[cho]" -print 2>"$1/own/err"'
say "no solution and no suite is anywhere" [ ! -s "$work/out" ]
inside 'ls -A /home /root /etc /var /tmp 2>/dev/null | grep -vE "^(alternatives|ld.so.cache|/[a-z]*:|)$"'
case $work in
/home/* | /root/* | /var/* | /tmp/*) ;; # the paths that were given lie there themselves
*) say "nobody's home is there, and nothing of /etc but what links programs" [ ! -s "$work/out" ] ;;
esac
say "no file can be made in the system's folders" not inside 'for d in / /usr /bin /dev /dev/shm /etc; do : >$d/eagain_x && exit 0; done; exit 1'
say "/tmp can be written, and is its own" inside ': >/tmp/eagain_x'
say "... and is gone afterwards" [ ! -e /tmp/eagain_x ]
say "/tmp is small" not inside 'head -c 100000000 /dev/zero >/tmp/eagain_x'

# ---- what is not there ----------------------------------------------------------------------------------------------------

inside 'env'
say "the environment is cleared" not grep -q SECRET "$work/out"
inside 'grep -E "^Cap(Prm|Eff|Bnd)" /proc/self/status'
say "there are no capabilities" [ "$(tr -d '0\t\n' <"$work/out")" = CapPrm:CapEff:CapBnd: ]
inside 'grep NoNewPrivs /proc/self/status'
say "and none come by a set-user-ID program" grep -q 1 "$work/out"
inside 'grep -vc "lo:" /proc/net/dev; cat /proc/net/route'
say "there is no network but one of its own" [ "$(grep -c . "$work/out")" -le 2 ]
inside 'cat /proc/[0-9]*/stat | wc -l'
say "no process of others can be seen" [ "$(cat "$work/out")" -le 6 ]
inside 'cat /proc/self/stat'
say "it has a session of its own" [ "$(awk '{ print $6 <= 4 }' "$work/out")" = 1 ]

# ---- how it ends --------------------------------------------------------------------------------------------------------------

inside 'exit 7'
say "its exit status is the command's" [ $? -eq 7 ]
# A process in a session of its own holds a FIFO's write end: its reader sees end of file when nobody holds it any more.
mkfifo "$work/own/held"
# (The time-out is for a sandbox that fails this test.)
timeout 60 cat "$work/own/held" >"$work/read" &
reader=$!
inside 'exec 3>"$1/own/held"; echo on >&3; setsid sleep 1000 & exit 7'
wait "$reader"
say "what it started ends with it" [ "$?$(cat "$work/read")" = 0on ]

SANDBOX=on sh -c 'grader/sandbox --write "$1" -- sh -c "exec 3>\"\$1/held\"; echo on >&3; setsid sleep 1000 & exec sleep 1000" inside "$1"; :' \
    outside "$work/own" >"$work/out" 2>&1 &
starter=$!
{
    read -r word
    kill -KILL "$starter"
    timeout 60 cat
    say "what is in it dies with who started it" [ "$?$word" = 0on ]
} <"$work/own/held"
wait "$starter" 2>"$work/err"

# ---- where it is asked for ------------------------------------------------------------------------------------------------------

EAGAIN_BUILD=$build SANDBOX=perhaps grader/grade >"$work/out" 2>"$work/err"
say "a SANDBOX that is no choice is a usage error" [ $? -eq 2 ]
say "... in one line" [ "$(grep -c . "$work/err")" -eq 1 ]

# ---- where it fails -----------------------------------------------------------------------------------------------------------------

# A bwrap that works as often as the file "good" says, and then does not: the kernel may run out of namespaces.
tests/grader/toy/make-house "$build" "$work/house" || exit 1
mkdir "$work/bin"
cat >"$work/bin/bwrap" <<'END_OF_BWRAP'
#!/bin/sh
read -r good <"$GOOD"
if [ "$good" -gt 0 ]; then
    echo "$((good - 1))" >"$GOOD"
    exec "$REAL" "$@"
fi
echo "bwrap: Creating new namespace failed: No space left on device" >&2
exit 1
END_OF_BWRAP
chmod +x "$work/bin/bwrap"

real=$(command -v bwrap)
# graded SANDBOX N: a grade with a sandbox that works N times.
graded()
{
    echo "$2" >"$work/good"
    (cd "$work/house" && unset EAGAIN_BUILD && echo '/* edited */' >>exercises/90-toy/twice.c &&
        SANDBOX=$1 PATH=$work/bin:$PATH GOOD=$work/good REAL=$real EAGAIN_VALGRIND=no grader/grade \
            >"$work/out" 2>"$work/err")
}
for good in 0 1 2 3; do
    graded on "$good"
    say "a sandbox that fails after $good steps: could not be graded, which is not zero points" [ $? -eq 2 ]
    say "... and the reason is said ($good)" grep -q 'No space left on device' "$work/out" "$work/err"
done
graded on 100
say "when it works again, all is graded" [ $? -eq 0 ]
graded auto 0
say "where it never works, the grade is made without it" [ $? -eq 0 ]
say "... and that is said" grep -q 'not in a sandbox' "$work/err"
exit 0

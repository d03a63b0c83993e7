#!/bin/sh
# A class: known verdicts whatever the names and archives, the same after a SIGKILL, nothing graded twice, and what could
# not be graded apart from zero points.
#
#   class.sh BUILD WORK
set -u

build=$1
work=$(CDPATH='' cd -- "$2" && pwd -P)
samples=$PWD/tests/grader/samples/class # submission.zip: twice() is wrong; evil.zip: ../../90-toy/twice.c
export EAGAIN_VALGRIND=no
# (Where there can be no sandbox, the rest can be tested all the same; sandbox.sh says that it is so.)
grader/sandbox --try >/dev/null || export SANDBOX=off
unset MAKEFLAGS MFLAGS MAKELEVEL EAGAIN_BUILD LAUNCH JOBS E S
tests/grader/toy/make-house "$build" "$work/house" || exit 1
cd "$work/house" || exit 1
cp -r tests/90-toy tests/91-second
cp -r exercises/90-toy exercises/91-second

say()
{
    what=$1
    shift
    if "$@"; then echo "pass $what"; else echo "fail $what"; fi
}
is() { [ "$1" = "$2" ]; }

# ---- the class ---------------------------------------------------------------------------------------------------------

class=$work/class
mkdir "$class"
rest='#include <unistd.h>
int read_one(int fd) { char byte; return (int)read(fd, &byte, 1); }'

# submission FOLDER BODY: a submission for both exercises whose twice() has this body.
submission()
{
    for exercise in 90-toy 91-second; do
        mkdir -p -- "$1/$exercise"
        printf '%s\n' '#include "twice.h"' "int twice(int number) { $2 }" "$rest" >"$1/$exercise/twice.c"
    done
}

mkdir -p "$class/reference"
cp -r exercises/90-toy exercises/91-second "$class/reference"
submission "$class/right/exercises" 'return number + number;'
submission "$class/wrong" 'return 3 * number;'
submission "$class/wrong too/repository-main/exercises" 'return 3 * number; '
submission "$class/broken" 'return 2 * number'
submission "$class/-Zoë \"O'Neil\" = <b>" 'return number * 2;'
submission "$class/-Zoë \"O'Neil\" = <b>/solutions" 'return 7;'
mkdir "$class/empty" "$class/pdf"
: >"$class/pdf/report.pdf"
mkdir -p "$class/half/90-toy"
cp exercises/90-toy/twice.c "$class/half/90-toy"

mkdir -p "$class/folder/90-toy/twice.c"
cp -r exercises/91-second "$class/folder"
(cd "$class/folder" && tar -czf "../folder too.tgz" .)

mkdir "$work/pack"
cd "$work/pack" || exit 1
cp -r "$class/right" "repository"
mkdir repository/build repository/.git
: >repository/build/twice.c
tar -czf "$class/archived.tar.gz" repository
cp "$samples/submission.zip" "$class/[a]*.zip"
cp "$samples/evil.zip" "$class/evil too.zip"
cp "$class/archived.tar.gz" "$class/same.tar.gz"
cp "$class/[a]*.zip" "$class/same.zip"
head -c 200 "$class/archived.tar.gz" >"$class/cut.tar.gz"
echo nonsense >"$class/nonsense.zip"
mkdir -p evil/inner
(cd evil/inner && tar -czPf "$class/evil.tar.gz" ../../repository/exercises/90-toy/twice.c)
mkdir -p link/90-toy
ln -s "$class/reference/90-toy/twice.c" link/90-toy/twice.c
tar -czf "$class/link.tar.gz" link
: >"$class/notes.txt"
cd "$work/house" || exit 1

grade_class()
{
    grader/class "$class" "$work/$1" >"$work/$1.out" 2>"$work/$1.err" </dev/null
    status=$?
}
# row ROW: the class's table has a row that begins so. (The toy is worth 4 points, 2 of them for twice(); and there are two.)
row() { grep -qF -- "$1" "$work/first/class.csv"; }
reason() { grep -F -- "\"$1\",,,,,\"could not be graded: " "$work/first/class.csv" | grep -qe "$2"; }
graded() { sed -n 's/.*, \([0-9]*\) of them to be done/\1/p' "$work/$1.err"; }

# ---- killed, and gone on -----------------------------------------------------------------------------------------------

# A command before each grading; this one kills the whole run, by SIGKILL, at the fourth.
cat >"$work/launch" <<'SCRIPT'
#!/bin/sh
echo x >>"$COUNT"
[ "$(wc -l <"$COUNT")" -lt 4 ] || kill -KILL 0
exec "$@"
SCRIPT
chmod +x "$work/launch"
COUNT=$work/count LAUNCH="$work/launch" JOBS=1 setsid grader/class "$class" "$work/killed" >"$work/killed.out" 2>&1 &
wait $!
say "a run is killed" is $? 137
say "a killed run leaves no table" [ ! -e "$work/killed/class.csv" ]
say "the command of LAUNCH stood before each grading" is "$(wc -l <"$work/count")" 4

# What follows is the result of two runs, of which the first was killed.
grade_class first
say "the next run goes on where it was, and the same code is graded once" is "$(graded first)" $((16 - 3))

# ---- the verdicts ----------------------------------------------------------------------------------------------------------

say "a class that could not be graded in full ends with 1" is "$status" 1
say "the reference has full marks" row "\"reference\",4,4,8,8,\"\""
say "a folder named exercises counts" row "\"right\",4,4,8,8,\"\""
say "a single top folder counts" row "\"wrong too\",2,2,4,8,\"\""
say "an odd name is just a name, and no formula" row "\"'-Zoë \"\"O'Neil\"\" = <b>\",4,4,8,8,\"\""
say "what does not compile has 0, with the reason" row "\"broken\",0,0,0,8,\"90-toy does not compile; 91-second does not compile\""
say "an empty folder is not handed in" row "\"empty\",0,0,0,8,\"90-toy not handed in; 91-second not handed in\""
say "an exercise that is not handed in takes nothing from another" row "\"half\",4,0,4,8,\"91-second not handed in\""
say "a .tar.gz is graded" row "\"archived\",4,4,8,8,\"\""
say "a .zip with a pattern for its name is graded" row "\"[a]*\",2,2,4,8,\"\""
say "names that differ in the ending are two students: .zip" row "\"same.zip\",2,"
say "names that differ in the ending are two students: .tar.gz" row "\"same.tar.gz\",4,"
say "a cut archive is not zero" reason cut damaged
say "an archive that is none is not zero" reason nonsense 'no zip archive'
say "a .tar.gz with a path that leads out is refused" reason evil 'leads out of it: \.\./'
say "a .zip with a path that leads out is refused" reason "evil too" 'leads out of it: \.\./'
say "a link is not followed" grep -q '"reason": "90-toy/twice.c is a symbolic link' "$work/first/class.json"
say "a folder in place of a file is not zero, and takes nothing from another" row "\"folder\",,4,,8,\"90-toy could not be graded\""
say "nor is it in an archive" row "\"folder too\",,4,,8,\"90-toy could not be graded\""
say "files in another layout are not zero" reason pdf 'no exercise'
say "what is no submission is left out, and said" grep -q 'left out.*notes.txt' "$work/first.err"
say "progress is told" grep -q 'of .* graded, about' "$work/first.err"

# ---- the files --------------------------------------------------------------------------------------------------------------

odd="$work/first/reports/=2DZo=C3=AB=20=22O=27Neil=22=20=3D=20=3Cb=3E"
say "a report has a name that is safe" [ -s "$odd.html" ]
say "a report is a text, too" grep -q '90-toy' "$odd.txt"
say "what could not be graded has a report that says so" grep -q 'not zero points' "$work/first/reports/cut.html"
say "a name is no markup" grep -q 'Neil&quot; = &lt;b&gt;' "$work/first/class.html"
say "what most of the class fails is not said of half of it" grep -q 'What most of the class fails' "$work/first/class.html"
say "nothing is fetched from a network" [ "$(grep -cE '(src|href)="?(https?:)?//' "$work/first/class.html")" -eq 0 ]
# Each test's counts add up to the students who were graded. (Three have no file for 90-toy that could be looked at.)
refused=$(grep -c 'could not be graded: ' "$work/first/class.csv")
students=$(($(wc -l <"$work/first/class.csv") - 1 - refused))
sums=$(awk '/"pass":|"fail":|"not_run":/ { n = $2; gsub(/[^0-9]/, "", n); sum += n }
    /"not_run":/ { print sum; sum = 0 }' "$work/first/class.json" | uniq | tr '\n' ' ')
say "the counts of each test add up to the class" is "$sums" "$((students - 3)) $students "

# Every link in it leads to a file, and to a place in that file.
sed 's/href="/\n&/g' "$work/first/class.html" | sed -n 's/^href="\(reports[^"]*\)".*/\1/p' | sort -u >"$work/links"
while IFS='#' read -r page place; do
    grep -q "${place:+<section id=\"$place\">}" "$work/first/$page" || echo "$page $place"
done <"$work/links" >"$work/dead"
say "every cell has a link, and none is dead" is "$(wc -l <"$work/links") $(wc -l <"$work/dead")" "$((3 * students + refused)) 0"

# In a browser, if there is one. in_browser SCRIPT: leaves in $work/dom what the page is after the script has run in it.
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
in_browser()
{
    sed "s|</body>|<script>$1</script></body>|" "$work/first/class.html" >"$work/page/class.html"
    "$browser" --headless --no-sandbox --disable-gpu "--user-data-dir=$work/browser" --virtual-time-budget=10000 --dump-dom \
        "file://$work/page/class.html" >"$work/dom" 2>/dev/null </dev/null
}
# The reports of the students that are shown, in their order.
shown()
{
    awk '/^<tr/ { hidden = / hidden/ }
        !hidden && sub(/^<th scope="row"><a href="reports./, "") { sub(/[.]html.*/, ""); print }' "$work/dom" | tr '\n' ' '
}
if [ -n "$browser" ]; then
    cp -r "$work/first" "$work/page"
    in_browser 'document.querySelector("#students thead th:last-child button").click();'
    values=$(sed -n 's/^<td class="[a-z]*" data-value="\([0-9]*\)">[0-9]*<small>.*/\1/p' "$work/dom")
    say "in a browser, a press of a column's head sorts by it" grep -q '<th scope="col" class="number" aria-sort="descending"' "$work/dom"
    say "by points, the most first" is "$values" "$(printf '%s\n' "$values" | sort -rn)"
    say "the page says how many are shown" grep -q "<output id=\"shown\">$students of $students<" "$work/dom"

    type='const say = (id, text) => { document.getElementById(id).value = text; }; say("name", "WRONG"); say("state", "missing");'
    in_browser "$type"'document.getElementById("filter").dispatchEvent(new Event("input"));'
    say "a name and a state filter the students" is "$(shown)" "wrong wrong=20too "
    say "and it says how many are left" grep -q "<output id=\"shown\">2 of $students<" "$work/dom"

    # A report that tells where in it the browser stands.
    tell='document.title = document.getElementById(location.hash.slice(1)).querySelector("h2").textContent;'
    sed "s|</body>|<script>$tell</script></body>|" "$work/first/reports/wrong.html" >"$work/page/reports/wrong.html"
    in_browser 'document.querySelector("a[href=\\"reports/wrong.html#91-second\\"]").click();'
    say "a press of a cell leads to that exercise in the report" grep -q '<title>91-second 2/4</title>' "$work/dom"
else
    echo "skip the page in a browser: there is no chromium here"
fi

# ---- again ---------------------------------------------------------------------------------------------------------------

grade_class again
say "nothing changed: nothing is graded again" is "$(graded again)" 0
say "and the results are the same" cmp -s "$work/first/class.json" "$work/again/class.json"

submission "$class/wrong" 'return 5 * number;'
grade_class changed
say "only what changed is graded again" is "$(graded changed)" 2

echo '# a comment' >>tests/91-second/manifest
LAUNCH=false grade_class manifest # a grader that does not even run
say "a changed exercise is graded again, the other is not" is "$(graded manifest)" "$(grep -c '^91' build/class/run/units)"

say "a grader that cannot run is not zero points" grep -qF '"reference",4,,,8,"91-second could not be graded"' "$work/manifest/class.csv"

# ---- what it refuses ------------------------------------------------------------------------------------------------------------

refuses()
{
    what=$1
    phrase=$2
    shift 2
    grader/class "$@" >out 2>err
    status=$?
    if [ "$status" -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "$phrase" err; then echo "pass $what"; else echo "fail $what"; fi
}
refuses "no folders are one line and 2" 'usage: make class' '' ''
refuses "a folder that is not there is one line and 2" 'there is no folder' "$work/nowhere" "$work/o"
refuses "results among the submissions are one line and 2" 'OUT lies in SUBMISSIONS' "$class" "$class/out"

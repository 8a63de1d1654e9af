#!/usr/bin/env bash
# Tests of bin/mill.
. tests/tap-lib.sh
mill=$PWD/bin/mill
cd "$folder" || exit 1
echo one > a.txt
cat > Millfile << 'END'
# a small project
target app
  needs core
  run cat core.out > app.out

target core
  inputs a.txt
  run cat a.txt > core.out
END
is 'builds in order' "$("$mill"; cat app.out)" $'build core\nbuild app\n2 of 2 built\none'
is 'the second run builds nothing' "$("$mill")" $'up to date core\nup to date app\n0 of 2 built'
echo two > a.txt
is 'a target alone' "$("$mill" core)" $'build core\n1 of 1 built'
is 'what needs it is built too' "$("$mill"; cat app.out)" $'up to date core\nbuild app\n1 of 2 built\ntwo'
printf 'target bad\n  run exit 3\n' > Millfile
is 'a target that fails' "$("$mill" 2>&1; echo "code $?")" $'build bad\nmill: bad failed\ncode 1'
is 'a failed target is built again' "$("$mill" 2>&1 | head -n 1)" 'build bad'
printf 'target a\n  needs b\ntarget b\n  needs a\n' > Millfile
is 'a circle' "$("$mill" 2>&1; echo "code $?")" $'mill: a circle: a b a\ncode 2'
finish

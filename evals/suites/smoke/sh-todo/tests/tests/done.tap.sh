#!/usr/bin/env bash
# Tests of todo done, in TAP.
n=0
is() { # DESCRIPTION GOT WANTED
  n=$((n + 1))
  if [ "$2" = "$3" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; printf '# got: %s\n' "${2//$'\n'/$'\n'# }"; fi
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TODO_FILE=$folder/list.txt
fill() { rm -f "$TODO_FILE"; for i in $(seq 12); do bin/todo add "item $i"; done; }

fill
out=$(bin/todo done 1; echo "code $?")
is 'done prints the text of the item' "$out" $'done: item 1\ncode 0'
is 'one item alone is marked' "$(grep -n x] "$TODO_FILE")" '1:[x] item 1'
out=$(bin/todo done 12; echo "code $?")
is 'a number of two digits is one item' "$(bin/todo list | grep x])" $'1 [x] item 1\n12 [x] item 12'
out=$(bin/todo done 12; echo "code $?")
is 'done twice is no error' "$out" $'done: item 12\ncode 0'
fill
before=$(cat "$TODO_FILE")
for number in 0 13 abc '*' '' 1.5 -1; do
  out=$(bin/todo done "$number" 2>&1 > /dev/null; echo "code $?")
  is "no item ${number:-without a number}" "$out" "todo: no item $number"$'\ncode 1'
done
is 'a list with no such item stays as it is' "$(cat "$TODO_FILE")" "$before"
printf '%s\n' '[ ] back\slash' '[ ]   blanks  inside' > "$TODO_FILE"
bin/todo done 1 > /dev/null
is 'other items keep their blanks and backslashes' "$(cat "$TODO_FILE")" $'[x] back\\slash\n[ ]   blanks  inside'
echo "1..$n"

#!/usr/bin/env bash
# Tests of bin/todo, in TAP.
n=0
is() { # DESCRIPTION GOT WANTED
  n=$((n + 1))
  if [ "$2" = "$3" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; printf '# got: %s\n' "${2//$'\n'/$'\n'# }"; fi
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TODO_FILE=$folder/list.txt

is 'an empty list prints nothing' "$(bin/todo)" ''
bin/todo add Buy milk
bin/todo add Post the letter
is 'items are numbered' "$(bin/todo list)" $'1 [ ] Buy milk\n2 [ ] Post the letter'
bin/todo done 2 > /dev/null
is 'an item is ticked off' "$(bin/todo list)" $'1 [ ] Buy milk\n2 [x] Post the letter'
echo "1..$n"

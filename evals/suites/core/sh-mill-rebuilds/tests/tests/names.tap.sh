#!/usr/bin/env bash
# Names of targets do not matter.
. tests/tap-lib.sh
here=$PWD
mill=$PWD/bin/mill
cd "$folder" || exit 1

# project NAME...: a target for each name that appends to NAME.out, all with the same recipe if same=yes.
project() {
  rm -rf .mill ./*.out made
  for name; do
    printf 'target %s\n' "$name"
    if [ "$same" = yes ]; then echo '  run echo made >> made'; else printf '  run echo made >> %s.out\n' "$name"; fi
  done > Millfile
}
lines() { for name; do echo "$word $name"; done; }

for names in 'v1-2 v1.2' 'a.b axb a+b a-b' 'a aa a. .a' 'lib++ lib+ lib'; do
  same=no project $names
  count=$(wc -w <<< "$names")
  word=build
  is "first run: $names" "$("$mill")" "$(lines $names)
$count of $count built"
  word='up to date'
  is "second run: $names" "$("$mill")" "$(lines $names)
0 of $count built"
  last=${names##* }
  sed -i "\$s/made/remade/" Millfile
  is "a change: $names" "$("$mill" | grep ^build)" "build $last"
  is "third run: $names" "$("$mill" | tail -n 1)" "0 of $count built"
done

same=yes project p-q
"$mill" > /dev/null
same=yes
printf 'target p.q\n  run echo made >> made\n' >> Millfile
is 'a new target is built, though one with the same recipe was' "$("$mill")" $'up to date p-q\nbuild p.q\n1 of 2 built'
is 'it was really made' "$(wc -l < made)" 2

same=no project core.io core-io
"$mill" > /dev/null
is 'the cache keeps its form' "$(grep -cE '^core[.-]io [0-9a-f]{32}$' .mill/cache) $(wc -l < .mill/cache)" '2 2'
old=$(cat .mill/cache)
printf '%s\n' 'core.io 00000000000000000000000000000000' 'gone 11111111111111111111111111111111' "$old" > .mill/cache
is 'the last line of a name counts' "$("$mill" | tail -n 1)" '0 of 2 built'
printf '%s\n' "$old" 'core-io 00000000000000000000000000000000' > .mill/cache
is 'an old key is not the key' "$("$mill" | grep ^build)" 'build core-io'
printf '%s\n' 'gone 11111111111111111111111111111111' 'go.ne 22222222222222222222222222222222' > .mill/cache
"$mill" > /dev/null
is 'other targets stay recorded' "$(grep -c '^go' .mill/cache)" 2

cd "$here" || exit 1
is 'the soak passes' "$(bash scripts/soak.sh > "$folder/soak.log"; echo "code $?"; tail -n 1 "$folder/soak.log")" $'code 0\nSOAK passed: none of 44 targets was built again'
is 'the soak tells as much as before' "$(grep -c '^  trace' "$folder/soak.log") $(grep -c '^build ' "$folder/soak.log") $(grep -c '^up to date ' "$folder/soak.log")" '1128 44 44'
finish

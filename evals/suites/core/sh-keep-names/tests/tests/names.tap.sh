#!/usr/bin/env bash
# Tests of bin/keep with similar and unusual names.
. tests/tap-lib.sh
keep=$PWD/bin/keep
export KEEP_STORE="$folder/the store"
cd "$folder" || exit 1
mkdir files && cd files || exit 1
fresh() { rm -rf "$KEEP_STORE" ./* ./-* ; }
at() { KEEP_NOW=20240502T$1 "$keep" "${@:2}"; }

# Similar names.
similar() {
  fresh
  for name in report report-old report.txt reporter report.20240101T000000 xreport; do echo "$name 1" > "$name"; done
  at 101500 add report report-old report.txt reporter report.20240101T000000 xreport > /dev/null
  for name in report report-old report.txt; do echo "$name 2" > "$name"; done
  at 101600 add report report-old report.txt > /dev/null
}
similar
is 'list leaves out similar names' "$("$keep" list report)" $'20240502T101500\n20240502T101600'
is 'list of a name that ends like a time' "$("$keep" list report.20240101T000000)" 20240502T101500
is 'prune removes copies of the name alone' "$("$keep" prune report 1)" 'removed report 20240502T101500'
is 'prune leaves similar names' "$(ls "$KEEP_STORE" | LC_ALL=C sort)" "report-old.20240502T101500
report-old.20240502T101600
report.20240101T000000.20240502T101500
report.20240502T101600
report.txt.20240502T101500
report.txt.20240502T101600
reporter.20240502T101500
xreport.20240502T101500"
is 'a dot is a dot' "$("$keep" prune repor. 0; "$keep" list r.port; ls "$KEEP_STORE" | wc -l)" 8
at 101700 add report.txt > /dev/null
rm report
is 'restore brings back the name alone' "$("$keep" restore report; cat report)" $'restored report 20240502T101600\nreport 2'
is 'prune 0 removes all copies' "$("$keep" prune report.txt 0; "$keep" list report.txt; "$keep" list report)" "removed report.txt 20240502T101500
removed report.txt 20240502T101600
removed report.txt 20240502T101700
20240502T101600"

# Unusual names.
while IFS=: read -r -u 3 label name; do
  fresh
  echo "text of $name" > "$name"
  echo other > 'all that.conf'
  is "add: $label" "$(at 101500 add "$name"; ls -A "$KEEP_STORE")" "saved $name 20240502T101500"$'\n'"$name.20240502T101500"
  echo changed > "$name"
  at 101600 add "$name" > /dev/null
  rm -- "$name"
  is "restore: $label" "$("$keep" restore "$name" 20240502T101500; cat -- "$name")" "restored $name 20240502T101500"$'\n'"text of $name"
  is "prune: $label" "$("$keep" prune "$name" 1; "$keep" list "$name")" "removed $name 20240502T101500"$'\n20240502T101600'
done 3<< 'NAMES'
a blank:my notes.txt
many blanks:  two  blanks
a star:all*.conf
a question mark:who?
brackets:set[1].txt
an apostrophe:it's
a backslash:back\slash
a dollar:$HOME
NAMES

fresh
echo dash > ./-x.conf
is 'a dash in front' "$(at 101500 add -- -x.conf; at 101600 add ./-x.conf)" $'saved -x.conf 20240502T101500\nsaved -x.conf 20240502T101600'
rm ./-x.conf
is 'restore of a dash' "$("$keep" restore -- -x.conf; cat ./-x.conf)" $'restored -x.conf 20240502T101600\ndash'
is 'list of a dash' "$("$keep" list -- -x.conf)" $'20240502T101500\n20240502T101600'
is 'prune of a dash' "$("$keep" prune -- -x.conf 1; ls -A "$KEEP_STORE")" $'removed -x.conf 20240502T101500\n-x.conf.20240502T101600'

# Files that cannot be saved.
fresh
echo good > good; echo fine > fine
is 'add of a missing file' "$(at 101500 add missing.txt 2>&1; echo "code $?")" $'keep: cannot read missing.txt\ncode 1'
is 'others are saved all the same' "$(at 101500 add good missing.txt fine 2> /dev/null; echo "code $?"; ls -A "$KEEP_STORE")" "saved good 20240502T101500
saved fine 20240502T101500
code 1
fine.20240502T101500
good.20240502T101500"
is 'nothing is said of a missing file but the error' "$(at 101500 add no 2> /dev/null)" ''

# Two within a second.
fresh
echo 1 > a; at 235959 add a > /dev/null
echo 2 > a; second=$(at 235959 add a)
echo 3 > a; at 235959 add a > /dev/null
is 'the second copy has a time of its own' "$second" 'saved a 20240503T000000'
is 'all copies are there' "$("$keep" list a)" $'20240502T235959\n20240503T000000\n20240503T000001'
is 'the earlier copies are kept' "$("$keep" restore a 20240502T235959; cat a)" $'restored a 20240502T235959\n1'
is 'restore brings back the later one' "$("$keep" restore a; cat a)" $'restored a 20240503T000001\n3'

# Counts.
for count in abc -1 1.5 '1 ' ''; do
  label=${count:-nothing}
  is "prune with ${label/ / and a blank} for a count" "$("$keep" prune a "$count" 2>&1; echo "code $?"; "$keep" list a | wc -l)" "usage: keep add FILE... | list NAME | restore NAME [TIME] | prune NAME COUNT
code 2
3"
done
is 'prune without a count' "$("$keep" prune a > out 2> err; echo "code $?"; wc -l < out; wc -l < err; "$keep" list a | wc -l)" $'code 2\n0\n1\n3'
is 'prune with a zero in front' "$("$keep" prune a 08; "$keep" prune a 2)" 'removed a 20240502T235959'
is 'prune with more than there is' "$("$keep" prune a 9; "$keep" list a | wc -l)" 2
is 'no command' "$("$keep" 2>&1; echo "code $?")" $'usage: keep add FILE... | list NAME | restore NAME [TIME] | prune NAME COUNT\ncode 2'
finish

#!/usr/bin/env bash
# Tests of bin/keep.
. tests/tap-lib.sh
keep=$PWD/bin/keep
export KEEP_STORE=$folder/store
cd "$folder" || exit 1

echo one > app.conf
is 'add says what it saved' "$(KEEP_NOW=20240502T101500 "$keep" add app.conf)" 'saved app.conf 20240502T101500'
echo two > app.conf
KEEP_NOW=20240502T101600 "$keep" add "$folder/app.conf" > /dev/null
is 'list tells the times' "$("$keep" list app.conf)" $'20240502T101500\n20240502T101600'
echo three > app.conf
is 'restore brings back the newest' "$("$keep" restore app.conf && cat app.conf)" $'restored app.conf 20240502T101600\ntwo'
is 'restore brings back the one asked for' "$("$keep" restore app.conf 20240502T101500 && cat app.conf)" $'restored app.conf 20240502T101500\none'
is 'prune removes older ones' "$("$keep" prune app.conf 1)" 'removed app.conf 20240502T101500'
is 'prune leaves the newest' "$(ls "$KEEP_STORE")" 'app.conf.20240502T101600'
is 'restore without a copy' "$("$keep" restore other.conf 2>&1; echo "code $?")" $'keep: no copy of other.conf\ncode 1'
finish

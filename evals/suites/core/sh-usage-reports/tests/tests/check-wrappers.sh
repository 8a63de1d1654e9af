#!/usr/bin/env bash
# The old programs are wrappers, and no file is long.
. tests/check-lib.sh
for period in daily weekly monthly; do
  file=bin/report-$period
  [ "$(wc -l < "$file")" -le 6 ] || { echo "$file has more than 6 lines" >&2; exit 1; }
  if grep -wE 'awk|sed|sort|date' "$file" >&2; then echo "$file does more than it should" >&2; exit 1; fi
  same "$file works" "$(outcome "bin/report-$period" "$folder/bad.log")" "$(outcome "tests/old/report-$period" "$folder/bad.log")"
done
[ -d lib ] || { echo 'there is no lib/' >&2; exit 1; }
while IFS= read -r file; do
  [ "$(wc -l < "$file")" -le 70 ] || { echo "$file has more than 70 lines" >&2; exit 1; }
done < <(find bin lib -type f)
# What a good line is, is said once: the pattern of a time is in one file.
[ "$(grep -rlF '[0-9]T[0-9:]+Z' bin lib | wc -l)" -le 1 ] || { echo 'the fields are looked at in more than one file' >&2; exit 1; }
echo 'all as expected'

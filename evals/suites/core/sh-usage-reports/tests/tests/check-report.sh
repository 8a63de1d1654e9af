#!/usr/bin/env bash
# The new program prints what the old ones print.
. tests/check-lib.sh
cd "$folder" || exit 1
report=$root/bin/report
for pair in day:daily week:weekly month:monthly; do
  by=${pair%:*}
  old=$root/tests/old/report-${pair#*:}
  expect() { outcome "$old" "$@" | sed "s/^report-${pair#*:}: /report: /"; }
  for log in empty.log 'with blank.log' "$root/samples/may.log"; do
    same "$by $log" "$(outcome "$report" --by "$by" "$log")" "$(expect "$log")"
  done
  same "$by with an equals sign" "$(outcome "$report" "--by=$by" good.log bad.log)" "$(expect good.log bad.log)"
  same "$by of standard input" "$(outcome "$report" --by "$by" < bad.log)" "$(expect < bad.log)"
  same "$by of a missing file" "$(outcome "$report" --by "$by" none.log good.log)" "$(expect none.log good.log)"
  ln -s "$report" "link-$by"
  same "$by through a link" "$(outcome "./link-$by" --by "$by" good.log)" "$(expect good.log)"
done
usage=$'\n-- errors\nusage: report --by day|week|month [FILE...]\n-- code 2'
same 'no period' "$(outcome "$report" good.log)" "$usage"
same 'nothing' "$(outcome "$report" < good.log)" "$usage"
same 'another period' "$(outcome "$report" --by year good.log)" "$usage"
same 'another period with an equals sign' "$(outcome "$report" --by= good.log)" "$usage"
same 'a period is missing' "$(outcome "$report" --by)" "$usage"
same 'an unknown option' "$(outcome "$report" --to day good.log)" "$usage"
same 'an unknown option behind' "$(outcome "$report" --by day --fast good.log)" "$usage"
echo 'all as expected'

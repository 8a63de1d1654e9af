#!/usr/bin/env bash
# The old programs do what they did.
. tests/check-lib.sh
cd "$folder" || exit 1
for period in daily weekly monthly; do
  old=$root/tests/old/report-$period
  new=$root/bin/report-$period
  for log in bad.log 'with blank.log'; do
    same "$period $log" "$(outcome "$new" "$log")" "$(outcome "$old" "$log")"
  done
  same "$period of two" "$(outcome "$new" good.log "$root/samples/may.log")" "$(outcome "$old" good.log "$root/samples/may.log")"
  same "$period of standard input" "$(outcome "$new" < bad.log)" "$(outcome "$old" < bad.log)"
  same "$period of a dash" "$(outcome "$new" -dash.log)" "$(outcome "$old" -dash.log)"
  same "$period of standard input by name" "$(outcome "$new" good.log - < empty.log)" "$(outcome "$old" good.log - < empty.log)"
  same "$period of a missing file" "$(outcome "$new" none.log good.log)" "$(outcome "$old" none.log good.log)"
  ln -s "$new" "link-$period"
  same "$period through a link" "$(outcome "./link-$period" good.log)" "$(outcome "$old" good.log)"
  TZ=Asia/Tokyo LC_ALL=C.UTF-8 same "$period elsewhere" "$(outcome "$new" good.log)" "$(outcome "$old" good.log)"
done
echo 'all as expected'

#!/usr/bin/env bash
# Checks the beginnings of the three reports on the sample.
same() { # WHAT GOT WANTED
  [ "$2" = "$3" ] || { printf '%s\ngot:    %s\nwanted: %s\n' "$1" "$2" "$3" >&2; exit 1; }
}
same daily "$(bin/report-daily samples/may.log | head -n 1)" '2024-04-01     5 runs     0 failed     1202 s'
same weekly "$(bin/report-weekly samples/may.log | head -n 1)" '2024-W19     5 runs    3 users    292 s'
same monthly "$(bin/report-monthly < samples/may.log | head -n 1)" '2024-04 ben           10 runs     58 min  41 %'
echo 'all as expected'

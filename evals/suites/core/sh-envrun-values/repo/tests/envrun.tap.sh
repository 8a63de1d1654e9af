#!/usr/bin/env bash
# Tests of bin/envrun.
. tests/tap-lib.sh

is 'prints by name' "$(bin/envrun -f examples/demo.env --print)" $'NAME=demo server\nPORT=8080'
is 'runs the command' "$(bin/envrun -f examples/demo.env -- sh -c 'echo "$NAME on $PORT: $1"' sh 'a  b')" 'demo server on 8080: a  b'
is 'wins over the environment' "$(PORT=1 bin/envrun -f examples/demo.env -- sh -c 'echo $PORT')" 8080
is 'gives the exit code' "$(bin/envrun -f examples/demo.env -- sh -c 'exit 7'; echo $?)" 7
printf 'A=1\n\nnonsense\n' > "$folder/bad.env"
is 'a line that is no setting' "$(bin/envrun -f "$folder/bad.env" -- echo run 2>&1; echo "code $?")" "envrun: $folder/bad.env:3: not a setting: nonsense
code 2"
is 'a missing file' "$(bin/envrun -f none.env --print 2>&1; echo "code $?")" $'envrun: cannot read none.env\ncode 2'
printf 'A=1\r\n  B=a=b\r\n' > "$folder/dos.env"
is 'other line ends' "$(bin/envrun -f "$folder/dos.env" --print)" $'A=1\nB=a=b'
is 'no command' "$(bin/envrun -f examples/demo.env 2>&1 | head -c 5; bin/envrun -f examples/demo.env 2> /dev/null; echo " $?")" 'usage 2'
finish

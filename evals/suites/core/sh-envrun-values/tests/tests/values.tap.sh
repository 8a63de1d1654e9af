#!/usr/bin/env bash
# Tests of values, variables and several files.
. tests/tap-lib.sh
unset A B C D E X Y Z EMPTY HOST PORT

# prints DESCRIPTION WANTED, with the file on standard input.
prints() {
  local got
  cat > "$folder/a.env"
  got=$(bin/envrun -f "$folder/a.env" --print 2>&1; echo "code $?")
  is "$1" "${got//"$folder"\//}" "$2"
}

printf 'A=1\nB=1\n' > "$folder/one.env"
printf 'B=2\nC=2\n' > "$folder/two.env"
is 'later files win' "$(bin/envrun -f "$folder/one.env" -f "$folder/two.env" --print)" $'A=1\nB=2\nC=2'
is 'the order of files counts' "$(bin/envrun -f "$folder/two.env" -f "$folder/one.env" -- sh -c 'echo $A$B$C')" 112
is 'one of several files is missing' "$(bin/envrun -f "$folder/one.env" -f none.env -- echo run 2>&1; echo "code $?")" $'envrun: cannot read none.env\ncode 2'

prints 'export' $'A=1\nB=x y\nexport=3\ncode 0' << 'END'
export A=1
  export   B="x y"
export=3
END
prints 'export without a setting' $'envrun: a.env:1: not a setting: export A\ncode 2' << 'END'
export A
END
prints 'single quotes' $'A=a "b" $X \\n # c\nB=\nC=  x  \ncode 0' << 'END'
A='a "b" $X \n # c'
B=''   # nothing
C='  x  '
END
prints 'double quotes' $'A=say "hi"\nB=back\\slash\nC=$X\nD=a\\tb\nE=one\ntwo\nX=  # no comment\ncode 0' << 'END'
A="say \"hi\""
B="back\\slash"
C="\$X"
D="a\tb"
E="one\ntwo" # a comment
X="  # no comment"
END
prints 'a backslash before the closing quote' $'A=x\\\nB=\\n\ncode 0' << 'END'
A="x\\"
B="\\n"
END
prints 'an open double quote' $'envrun: a.env:2: unterminated quote\ncode 2' << 'END'
A=1
B="x
C=2"
END
prints 'an open single quote' $'envrun: a.env:1: unterminated quote\ncode 2' << 'END'
A='it
END
prints 'an escaped quote does not close' $'envrun: a.env:1: unterminated quote\ncode 2' << 'END'
A="x\"
END
prints 'text behind a quote' $'envrun: a.env:1: not a setting: A="x" y\ncode 2' << 'END'
A="x" y
END
prints 'a comment needs a blank behind a quote too' $'envrun: a.env:1: not a setting: A=\'x\'y\ncode 2' << 'END'
A='x'y
END
prints 'comments' $'A=b#c\nB=\nC=#\nD=x\ncode 0' << 'END'
A=b#c # d
B= # nothing
C=#
D=   x  	 
END
prints 'quotes inside of a value' $'A=it\'s\nB=a "b" c\ncode 0' << 'END'
A=it's
B=a "b" c
END
prints 'backslashes outside of quotes' $'A=a\\nb\\\\\ncode 0' << 'END'
A=a\nb\\
END

export HOST=example EMPTY=
prints 'variables' $'A=1\nB=1/example/1x\nC=<1> 1\nD=.\ncode 0' << 'END'
A=1
B=$A/$HOST/${A}x
C="<$A> ${A}"
D=$NO_SUCH_NAME.$EMPTY
END
prints 'a name ends where it ends' $'A=1\nB=\nC=1-b\ncode 0' << 'END'
A=1
B=$A_b
C=$A-b
END
prints 'defaults' $'A=8080\nB=none given\nC=example\nD=\nE=$HOST\ncode 0' << 'END'
A=${PORT:-8080}
B=${EMPTY:-none given}
C="${HOST:-other}"
D=${EMPTY:-}
E="${X:-$HOST}"
END
prints 'settings that come later are not seen' $'A=\nB=2\nHOST=old example\ncode 0' << 'END'
A=$B
B=2
HOST=old $HOST
END
prints 'other dollars stay' $'A=5$\nB=$ $1 $$ ${} ${A ${A:+x} ${1}\nC=a$\ncode 0' << 'END'
A=5$
B=$ $1 $$ ${} ${A ${A:+x} ${1}
C="a$"
END
prints 'nothing is expanded twice' $'A=$HOST \\n `x`\nB=$HOST \\n `x`\nC=$HOST \\n `x`\ncode 0' << 'END'
A='$HOST \n `x`'
B=$A
C="$A"
END
prints 'nothing is run' $'A=$(touch '"RAN"$')\nB=`touch RAN`\nC=*\nD=~\nE=$(touch RAN) `touch RAN` a[$(touch RAN)]\ncode 0' << 'END'
A=$(touch RAN)
B="`touch RAN`"
C=*
D=~
E="$(touch RAN) `touch RAN` a[$(touch RAN)]"
END
is 'nothing was run' "$(ls RAN 2> /dev/null)" ''

printf 'Z=$A-$B\n' > "$folder/three.env"
is 'variables of earlier files' "$(bin/envrun -f "$folder/one.env" -f "$folder/two.env" -f "$folder/three.env" -- sh -c 'echo "$Z"')" 1-2

printf 'HOST=file\nEMPTY=file\nA=$HOST,$EMPTY\nB=b\n' > "$folder/keep.env"
is 'keep' "$(bin/envrun --keep -f "$folder/keep.env" -- sh -c 'echo "$HOST,$EMPTY,$A,$B"')" 'example,,example,,b'
is 'keep in print' "$(bin/envrun -f "$folder/keep.env" --print --keep)" $'A=example,\nB=b\nEMPTY=\nHOST=example'
is 'without keep' "$(bin/envrun -f "$folder/keep.env" -- sh -c 'echo "$HOST,$EMPTY,$A,$B"')" 'file,file,file,file,b'
export B=kept
printf 'B=1\nB=2\nC=$B\n' > "$folder/twice.env"
is 'keep holds for every line' "$(bin/envrun --keep -f "$folder/twice.env" --print)" $'B=kept\nC=kept'
printf 'file=1\nline=2\nname=3\nvalue=4\nnumber=5\nX=$file$line$name$value$number$rest\n' > "$folder/names.env"
is 'names of any kind' "$(bin/envrun -f "$folder/names.env" -- sh -c 'echo "$X"')" 12345
is 'names of any kind with keep' "$(bin/envrun --keep -f "$folder/names.env" --print | tail -n 1)" 'value=4'
printf 'A=1\nB="x\n' > "$folder/late.env"
is 'nothing runs after an error' "$(bin/envrun -f "$folder/one.env" -f "$folder/late.env" -- echo run 2> /dev/null; echo "code $?")" 'code 2'
finish

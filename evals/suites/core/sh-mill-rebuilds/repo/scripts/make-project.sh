#!/usr/bin/env bash
# make-project.sh FOLDER: writes a large made-up project, always the same.
mkdir -p "$1/src" && cd "$1" || exit 1

areas=(core net gfx sync)
parts=(base io.fast io-slow model view cache v1.2 v1-2 log main plug.in)
kinds=(header table rules text index notes dates names sizes)

seed=7
next() { # sets seed to the next number and drawn to one below $1
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  drawn=$((seed / 65536 % $1))
}

before=()
for area in "${areas[@]}"; do
  for part in "${parts[@]}"; do
    # Only some areas have a part in both spellings.
    case $area-$part in
      net-v1-2 | gfx-v1-2 | sync-v1-2) name=$area-v1-2 ;;
      *-v1-2) name=$area-v2 ;;
      *) name=$area-$part ;;
    esac
    files=
    for kind in "${kinds[@]}"; do
      file=src/$name.$kind
      next 1000
      printf '%s of %s, revision %s\n' "$kind" "$name" "$drawn" > "$file"
      files+=" $file"
    done
    echo "target $name"
    if [ ${#before[@]} -gt 3 ]; then
      next ${#before[@]}
      first=${before[drawn]}
      next ${#before[@]}
      echo "  needs $first ${before[drawn]}"
    fi
    echo "  inputs$files"
    echo "  run for step in scan check split merge sort fold trim link seal; do for file in$files; do echo \"    \$step \$file for $name\"; done; done"
    before+=("$name")
  done
done > Millfile

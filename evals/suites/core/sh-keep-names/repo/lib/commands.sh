# What can be done.

usage() {
  echo "usage: keep add FILE... | list NAME | restore NAME [TIME] | prune NAME COUNT" >&2
  exit 2
}

keep_add() {
  [ $# -gt 0 ] || usage
  mkdir -p $store
  for file in $*; do
    name=$(basename $file)
    time=$(now)
    cp -p $file $(copy_path $name $time) 2> /dev/null
    echo "saved $name $time"
  done
}

keep_list() {
  [ $# -eq 1 ] || usage
  copies_of $1
}

keep_restore() {
  [ $# -gt 0 ] || usage
  name=$1
  time=${2:-$(copies_of $name | tail -n 1)}
  if [ -z "$time" ] || ! [ -f "$(copy_path $name $time)" ]; then
    echo "keep: no copy of $name" >&2
    exit 1
  fi
  cp -p $(copy_path $name $time) ./$name
  echo "restored $name $time"
}

keep_prune() {
  name=$1
  count=$2
  for time in $(copies_of $name | head -n -$count); do
    rm -f $(copy_path $name $time)*
    echo "removed $name $time"
  done
}

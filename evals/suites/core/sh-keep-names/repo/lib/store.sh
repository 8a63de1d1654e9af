# The copies in "$store". A copy of NAME is the file NAME.YYYYMMDDTHHMMSS.

# The times of all copies of $1, the oldest first.
copies_of() {
  ls $store 2> /dev/null | grep "^$1" | sed 's/.*\.//' | sort
}

# The path of the copy of $1 at time $2.
copy_path() {
  echo $store/$1.$2
}

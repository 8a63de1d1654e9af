# The list itself. Every function works on "$file".

list_add() {
  printf '[ ] %s\n' "$1" >> "$file"
}

# Prints "N [ ] text" for each item.
list_print() {
  [ -f "$file" ] || return 0
  awk '{ print NR " " $0 }' "$file"
}

# Marks item $1 as done.
list_done() {
  list_print | while read -r line; do
    case $line in
      $1*) echo "$line" | sed 's/^[0-9]* \[ \]/[x]/' ;;
      *) echo "$line" | sed 's/^[0-9]* //' ;;
    esac
  done > "$file.new"
  mv "$file.new" "$file"
}

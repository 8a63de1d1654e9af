# Settings files.

# The settings: values by name.
declare -A settings=()

# read_settings FILE: adds the settings of a file.
read_settings() {
  local file=$1 line number=0
  [ -f "$file" ] && [ -r "$file" ] || fail "cannot read $file"
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    read_line "$line" || fail "$file:$number: not a setting: $line"
  done < "$file"
}

# read_line LINE: adds the setting of a line; 1 if it is none.
read_line() {
  local line=$1
  line=${line%$'\r'}
  line=${line#"${line%%[![:space:]]*}"}
  case $line in
    '' | '#'*) return 0 ;;
  esac
  [[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || return 1
  settings[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
}

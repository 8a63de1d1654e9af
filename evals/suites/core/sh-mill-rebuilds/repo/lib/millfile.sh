# Reads the Millfile.

# The names of all targets in order, and for each its needs, inputs and command.
targets=()
declare -A needs=() inputs=() commands=()

# read_millfile FILE
read_millfile() {
  local word rest name= number=0
  [ -r "$1" ] || fail "there is no $1"
  while read -r word rest || [ -n "$word" ]; do
    number=$((number + 1))
    case $word in
      '' | '#'*) ;;
      target)
        name=$rest
        [[ $name =~ ^[A-Za-z0-9._+-]+$ ]] || fail "$1:$number: not a name: $name"
        [ -z "${commands[$name]+there}" ] || fail "$1:$number: $name is there already"
        targets+=("$name")
        commands[$name]=
        ;;
      needs | inputs | run)
        [ -n "$name" ] || fail "$1:$number: $word without a target"
        case $word in
          needs) needs[$name]+=" $rest" ;;
          inputs) inputs[$name]+=" $rest" ;;
          run) commands[$name]+="$rest"$'\n' ;;
        esac
        ;;
      *) fail "$1:$number: not understood: $word" ;;
    esac
  done < "$1"
}

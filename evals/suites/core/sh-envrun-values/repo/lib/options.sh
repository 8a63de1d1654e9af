# The command line.

# read_options ARGUMENT...: sets option_file, option_print and option_command.
read_options() {
  option_file=
  option_print=no
  option_command=()
  while [ $# -gt 0 ]; do
    case $1 in
      -f)
        [ $# -gt 1 ] && [ -z "$option_file" ] || usage
        option_file=$2
        shift 2
        ;;
      --print)
        option_print=yes
        shift
        ;;
      --)
        shift
        option_command=("$@")
        break
        ;;
      *) usage ;;
    esac
  done
  [ -n "$option_file" ] || usage
  if [ "$option_print" = yes ]; then
    [ ${#option_command[@]} -eq 0 ] || usage
  else
    [ ${#option_command[@]} -gt 0 ] || usage
  fi
}

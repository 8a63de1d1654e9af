# What is done with the settings.

# The names of the settings, in order.
setting_names() {
  [ ${#settings[@]} -eq 0 ] || printf '%s\n' "${!settings[@]}" | LC_ALL=C sort
}

print_settings() {
  local name
  for name in $(setting_names); do
    printf '%s=%s\n' "$name" "${settings[$name]}"
  done
}

# run_command COMMAND [ARGUMENT...]: becomes the command.
run_command() {
  local name assignments=()
  for name in $(setting_names); do
    assignments+=("$name=${settings[$name]}")
  done
  exec env -- "${assignments[@]}" "$@"
}

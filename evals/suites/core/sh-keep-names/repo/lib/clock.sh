# Times such as 20240502T101500, in UTC.

now() {
  echo "${KEEP_NOW:-$(date -u +%Y%m%dT%H%M%S)}"
}

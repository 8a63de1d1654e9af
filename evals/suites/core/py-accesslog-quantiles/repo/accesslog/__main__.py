"""The command line: `python3 -m accesslog FILE...`."""

import sys

from . import render, summarize


def lines_of(paths):
    """The lines of all files, one after the other."""
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            yield from file


def main(paths):
    """Prints the report and returns the exit code."""
    if not paths:
        print("usage: python3 -m accesslog FILE...", file=sys.stderr)
        return 2
    try:
        print(render(summarize(lines_of(paths))), end="")
    except OSError as error:
        print(f"accesslog: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

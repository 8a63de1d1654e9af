"""The command line: `python3 -m wiki build SOURCE TARGET`."""

import sys

from .build import build

USAGE = "usage: python3 -m wiki build SOURCE TARGET"


def main(arguments):
    """Runs one command and returns the exit code."""
    if len(arguments) == 3 and arguments[0] == "build":
        count = build(arguments[1], arguments[2])
        print(f"{count} pages")
        return 0
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

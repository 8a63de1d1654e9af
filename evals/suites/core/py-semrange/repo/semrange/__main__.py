"""The command line: `python3 -m semrange RANGE VERSION...`."""

import sys

from . import Range, RangeError, Version


def main(arguments):
    """Prints the versions that fit; the exit code is 1 if none does."""
    if len(arguments) < 2:
        print("usage: python3 -m semrange RANGE VERSION...", file=sys.stderr)
        return 2
    try:
        range_ = Range.parse(arguments[0])
        fitting = [version for version in map(Version.parse, arguments[1:]) if range_.fits(version)]
    except RangeError as error:
        print(f"semrange: {error}", file=sys.stderr)
        return 2
    for version in sorted(fitting, reverse=True):
        print(version)
    return 0 if fitting else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

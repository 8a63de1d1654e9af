"""The command line: `python3 -m layers FILE` prints the settings and where they come from."""

import sys

from . import ConfigError, read_file


def main(arguments):
    """Runs the command and returns the exit code."""
    if len(arguments) != 1:
        print("usage: python3 -m layers FILE", file=sys.stderr)
        return 2
    try:
        config = read_file(arguments[0])
    except (OSError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 1
    for section, key, value in config.items():
        name = f"{section}.{key}" if section else key
        print(f"{name} = {value}  # {config.origin(section, key)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The command line: `python3 -m nextrun EXPRESSION [--from TIME] [--count N]`."""

import argparse
import sys
from datetime import datetime

from . import CronError, Expression, NeverDue, next_runs


def main(arguments=None):
    """Runs the command and returns the exit code."""
    parser = argparse.ArgumentParser(prog="nextrun")
    parser.add_argument("expression")
    parser.add_argument("--from", dest="start", type=datetime.fromisoformat, default=None, help="default: now")
    parser.add_argument("--count", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        expression = Expression.parse(options.expression)
        for run in next_runs(expression, options.start or datetime.now(), options.count):
            print(run.strftime("%Y-%m-%dT%H:%M"))
    except (CronError, NeverDue) as error:
        print(f"nextrun: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

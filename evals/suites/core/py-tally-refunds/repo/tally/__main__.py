"""The command line: `python3 -m tally balances|settle FILE`."""

import sys

from .book import balances, read_book
from .errors import BookError
from .money import format_amount
from .settle import settle


def main(arguments):
    """Runs one command and returns the exit code."""
    if len(arguments) != 2 or arguments[0] not in ("balances", "settle"):
        print("usage: python3 -m tally balances|settle FILE", file=sys.stderr)
        return 2
    command, path = arguments
    try:
        with open(path, encoding="utf-8") as file:
            balance = balances(read_book(file))
    except (OSError, BookError) as error:
        print(f"tally: {error}", file=sys.stderr)
        return 1
    if command == "balances":
        for name, cents in balance.items():
            print(name, format_amount(cents))
    else:
        for debtor, creditor, cents in settle(balance):
            print(f"{debtor} pays {creditor} {format_amount(cents)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

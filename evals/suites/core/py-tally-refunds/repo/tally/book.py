"""The book: its lines, and what they mean for each person."""

from dataclasses import dataclass

from .errors import BookError
from .money import is_number, parse_amount
from .split import split


@dataclass(frozen=True)
class Entry:
    """One line of a book: `payer` has paid `amount` cents for those in `weights`."""

    payer: str
    amount: int
    weights: dict
    text: str


def read_weights(text):
    """{"ana": 1, "ben": 2} from "ana,ben:2"."""
    weights = {}
    for part in text.split(","):
        name, colon, weight = part.partition(":")
        if not name or (colon and (not is_number(weight) or int(weight) == 0)):
            raise BookError(f"not a sharer: {part!r}")
        if name in weights:
            raise BookError(f"{name} shares twice")
        weights[name] = int(weight) if colon else 1
    return weights


def read_entry(line):
    """The entry of one line."""
    parts = line.split(None, 3)
    if len(parts) < 3:
        raise BookError("a line needs a payer, an amount and sharers")
    payer, amount, sharers = parts[:3]
    return Entry(payer, parse_amount(amount), read_weights(sharers), parts[3].strip() if len(parts) == 4 else "")


def read_book(lines):
    """The entries of a book; a BookError names the line."""
    entries = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            entries.append(read_entry(line))
        except BookError as error:
            raise BookError(f"line {number}: {error}") from None
    return entries


def balances(entries):
    """What each person is owed in cents, by name; below zero for who owes."""
    result = {}
    for entry in entries:
        result[entry.payer] = result.get(entry.payer, 0) + entry.amount
        for name, share in split(entry.amount, entry.weights).items():
            result[name] = result.get(name, 0) - share
    return dict(sorted(result.items()))

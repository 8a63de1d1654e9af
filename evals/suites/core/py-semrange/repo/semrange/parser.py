"""The text of a range to comparators."""

import re

from .comparator import Comparator
from .errors import RangeError
from .version import Version

NUMBER = r"(0|[1-9]\d*|[xX*])"
PARTIAL = re.compile(rf"(<=|>=|<|>|=|\^|~)?\s*{NUMBER}(?:\.{NUMBER})?(?:\.{NUMBER})?", re.ASCII)


def parse_range(text):
    """The comparators of a range, all of which have to fit."""
    comparators = []
    rest = text.strip()
    if not rest:
        raise RangeError("an empty range")
    while rest:
        match = PARTIAL.match(rest)
        if match is None or (match.end() < len(rest) and not rest[match.end()].isspace()):
            raise RangeError(f"not a range: {text!r}")
        comparators.extend(desugar(match[1] or "", read_numbers(match.groups()[1:], text)))
        rest = rest[match.end() :].lstrip()
    return comparators


def read_numbers(parts, text):
    """The numbers before the first wildcard; none may come after it."""
    numbers = []
    open_end = False
    for part in parts:
        if part is None or part in "xX*":
            open_end = True
        elif open_end:
            raise RangeError(f"a number after a wildcard: {text!r}")
        else:
            numbers.append(int(part))
    return numbers


def fill(numbers):
    """A version with zeros in place of what is missing."""
    return Version(*(numbers + [0, 0, 0])[:3])


def bump(numbers, index):
    """The first version after all those that agree in the numbers up to the index."""
    return fill(numbers[:index] + [numbers[index] + 1])


def desugar(sign, numbers):
    """The plain comparators that an operator with a partial version stands for."""
    low = fill(numbers)
    full = len(numbers) == 3
    if not numbers:
        return [Comparator("<", low)] if sign in ("<", ">") else [Comparator(">=", low)]
    last = len(numbers) - 1
    if sign in ("", "="):
        return [Comparator("=", low)] if full else [Comparator(">=", low), Comparator("<", bump(numbers, last))]
    if sign == "^":
        index = next((place for place, number in enumerate(numbers) if number != 0), last)
        return [Comparator(">=", low), Comparator("<", bump(numbers, index))]
    if sign == "~":
        return [Comparator(">=", low), Comparator("<", bump(numbers, min(last, 1)))]
    if not full and sign == ">":
        return [Comparator(">=", bump(numbers, last))]
    if not full and sign == "<=":
        return [Comparator("<", bump(numbers, last))]
    return [Comparator(sign, low)]

"""Amounts of money: text with two decimals outside, whole cents inside."""

from .errors import BookError


def parse_amount(text):
    """The cents of an amount such as "12.30"."""
    whole, dot, cents = text.partition(".")
    digits = whole[1:] if whole.startswith("-") else whole
    if not (dot and len(cents) == 2 and is_number(digits) and is_number(cents)):
        raise BookError(f"not an amount with two decimals: {text}")
    return int(whole) * 100 + int(cents)


def format_amount(amount):
    """The text of an amount in cents."""
    return f"{amount // 100}.{amount % 100:02d}"


def is_number(text):
    """Whether the text is one or more of the digits 0 to 9."""
    return text.isascii() and text.isdigit()

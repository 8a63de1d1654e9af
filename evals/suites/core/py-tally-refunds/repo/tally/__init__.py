"""Who owes whom, from a book of shared costs."""

from .book import Entry, balances, read_book
from .money import format_amount, parse_amount
from .settle import settle
from .split import split

__all__ = ["Entry", "balances", "format_amount", "parse_amount", "read_book", "settle", "split"]

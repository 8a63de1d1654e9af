"""The books: what came in and what went out."""

from collections import Counter


class Ledger:
    """Counts deliveries and shipments of each article."""

    def __init__(self):
        self.delivered = Counter()
        self.shipped = Counter()

    def balance(self, article):
        """The pieces that ought to be in the house."""
        return self.delivered[article] - self.shipped[article]

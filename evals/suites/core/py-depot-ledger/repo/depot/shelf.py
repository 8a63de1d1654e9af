"""The pieces of each article."""

from collections import Counter

from .errors import DepotError


class Shelf:
    """Pieces are either free or reserved for an order; both are on hand."""

    def __init__(self):
        self._free = Counter()
        self._reserved = {}

    def articles(self):
        """The names of all articles ever seen, in order."""
        return sorted(self._free)

    def on_hand(self, article):
        """The pieces in the house."""
        return self._free[article] + sum(self._reserved.get(article, {}).values())

    def free(self, article):
        """The pieces that no order has reserved."""
        return self._free[article]

    def put(self, article, pieces):
        """Adds pieces, which are free."""
        self._free[article] += pieces

    def reserve(self, article, order, pieces):
        """Reserves free pieces for an order."""
        if pieces > self._free[article]:
            raise DepotError(f"only {self._free[article]} of {article} are free, not {pieces}")
        self._free[article] -= pieces
        orders = self._reserved.setdefault(article, {})
        orders[order] = orders.get(order, 0) + pieces

    def release(self, article, order, pieces):
        """Makes pieces that an order has reserved free again."""
        self._forget(article, order, pieces)
        self._free[article] += pieces

    def take(self, article, order):
        """Takes away all that an order has reserved of an article; returns the number of pieces."""
        return self._forget(article, order, self._reserved.get(article, {}).get(order, 0))

    def _forget(self, article, order, pieces):
        orders = self._reserved.get(article, {})
        left = orders.get(order, 0) - pieces
        if left > 0:
            orders[order] = left
        else:
            orders.pop(order, None)
        return pieces

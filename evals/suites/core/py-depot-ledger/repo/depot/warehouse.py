"""What can be done in a warehouse."""

from .errors import DepotError
from .journal import Journal
from .ledger import Ledger
from .orders import Order, OrderLine
from .shelf import Shelf


class Warehouse:
    """A shelf, the orders, the ledger, and a journal of every step. Days are whole numbers that never go back."""

    def __init__(self, journal=None):
        self.shelf = Shelf()
        self.ledger = Ledger()
        self.journal = journal or Journal()
        self.orders = {}

    def deliver(self, now, article, pieces):
        """Puts pieces on the shelf and serves those who wait for them."""
        if pieces <= 0:
            raise DepotError(f"a delivery has pieces, not {pieces}")
        self.shelf.put(article, pieces)
        self.ledger.delivered[article] += pieces
        self.journal.note(now, "DELIVER", article=article, pieces=pieces, on_hand=self.shelf.on_hand(article))
        self._serve(now, article)

    def order(self, now, wanted, limit):
        """Takes an order, a list of (article, pieces), and returns its number."""
        if not wanted or any(pieces <= 0 for _, pieces in wanted):
            raise DepotError("an order has articles and pieces")
        order = Order(len(self.orders) + 1, now, limit)
        self.orders[order.number] = order
        self.journal.note(now, "ORDER", order=order.number, lines=len(wanted), limit=limit)
        for article, pieces in wanted:
            line = OrderLine(article, pieces, waiting=pieces)
            order.lines.append(line)
            self._reserve(now, order, line)
            if line.waiting:
                self.journal.note(now, "BACKORDER", order=order.number, article=article, pieces=line.waiting)
        return order.number

    def ship(self, now, number):
        """Sends what is reserved for an order; what waits stays. Returns the number of pieces."""
        order = self._open(number)
        total = 0
        for line in order.lines:
            pieces = self.shelf.take(line.article, number)
            if pieces == 0:
                continue
            self.ledger.shipped[line.article] += pieces
            line.shipped = pieces
            total += pieces
            self._note_line(now, "SHIP", order, line, pieces)
        return total

    def cancel(self, now, number):
        """Gives back what is reserved for an order and forgets what waits."""
        order = self._open(number)
        self.journal.note(now, "CANCEL", order=number)
        self._give_back(now, order)

    def expire(self, now):
        """Cancels the orders that are older than their limit; returns their numbers."""
        late = [order for order in self.orders.values() if not order.done() and now - order.day > order.limit]
        for order in late:
            self.journal.note(now, "EXPIRE", order=order.number, age=now - order.day, limit=order.limit)
            self._give_back(now, order)
        return [order.number for order in late]

    def _open(self, number):
        order = self.orders.get(number)
        if order is None:
            raise DepotError(f"there is no order {number}")
        if order.done():
            raise DepotError(f"order {number} is done")
        return order

    def _give_back(self, now, order):
        order.cancelled = True
        for line in order.lines:
            pieces = line.reserved
            line.returned += pieces + line.waiting
            line.waiting = 0
            if pieces:
                self.shelf.release(line.article, order.number, pieces)
                self._note_line(now, "RELEASE", order, line, pieces)
                self._serve(now, line.article)

    def _serve(self, now, article):
        """Gives free pieces to those who wait for the article, the oldest order first."""
        for order in self.orders.values():
            for line in order.lines:
                if line.article == article and line.waiting and self.shelf.free(article):
                    self._reserve(now, order, line)

    def _reserve(self, now, order, line):
        """Reserves as many of the missing pieces as are free."""
        pieces = min(line.waiting, self.shelf.free(line.article))
        if pieces:
            self.shelf.reserve(line.article, order.number, pieces)
            line.waiting -= pieces
            self._note_line(now, "RESERVE", order, line, pieces)

    def _note_line(self, now, topic, order, line, pieces):
        self.journal.note(
            now,
            topic,
            order=order.number,
            article=line.article,
            pieces=pieces,
            free=self.shelf.free(line.article),
            on_hand=self.shelf.on_hand(line.article),
        )

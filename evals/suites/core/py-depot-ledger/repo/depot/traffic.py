"""Made-up traffic, always the same."""

from .errors import DepotError

ARTICLES = "bolt-m6 bolt-m8 bracket dowel glue hinge latch nail-40 plate screw-35 spacer washer".split()


class Dice:
    """A small generator of numbers that does not depend on the version of Python."""

    def __init__(self, seed):
        self._state = seed

    def below(self, limit):
        """A number from 0 to limit - 1."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._state >> 33) % limit


def is_waiting(order):
    """Whether pieces are missing for an order."""
    return any(line.waiting for line in order.lines)


def play(warehouse, days=90, orders_a_day=44, seed=20240229):
    """Plays the traffic of some days through a warehouse."""
    dice = Dice(seed)
    open_orders = []
    for article in ARTICLES:
        warehouse.deliver(0, article, 120)
    for now in range(1, days + 1):
        for article in ARTICLES:
            if dice.below(3) == 0:
                warehouse.deliver(now, article, 18 + dice.below(64))
        for _ in range(orders_a_day):
            first = dice.below(len(ARTICLES))
            wanted = [(ARTICLES[first], 1 + dice.below(6))]
            if dice.below(2):
                wanted.append((ARTICLES[(first + 1 + dice.below(11)) % len(ARTICLES)], 1 + dice.below(4)))
            open_orders.append(warehouse.order(now, wanted, 6 + dice.below(6)))
        for number in list(open_orders):
            fate = dice.below(1000)
            try:
                if fate < 600:
                    # Most customers want all of it in one parcel, and wait.
                    if not is_waiting(warehouse.orders[number]) or dice.below(10) == 0:
                        warehouse.ship(now, number)
                        if not is_waiting(warehouse.orders[number]):
                            open_orders.remove(number)
                elif fate < 615:
                    open_orders.remove(number)
                    warehouse.cancel(now, number)
            except DepotError as error:
                warehouse.journal.note(now, "REFUSED", order=number, reason=repr(str(error)))
        expired = set(warehouse.expire(now))
        open_orders = [number for number in open_orders if number not in expired]

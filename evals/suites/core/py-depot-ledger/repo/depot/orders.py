"""Orders."""

from dataclasses import dataclass, field


@dataclass
class OrderLine:
    """Some pieces of one article: `waiting` are missing, `shipped` have left, `returned` were given back."""

    article: str
    pieces: int
    waiting: int
    shipped: int = 0
    returned: int = 0

    @property
    def reserved(self):
        """The pieces that are on the shelf for this line."""
        return self.pieces - self.waiting - self.shipped - self.returned


@dataclass
class Order:
    """An order of a day; after `limit` days it expires."""

    number: int
    day: int
    limit: int
    lines: list = field(default_factory=list)
    cancelled: bool = False

    def done(self):
        """Whether nothing can happen to the order any more."""
        return self.cancelled or all(line.reserved == 0 and line.waiting == 0 for line in self.lines)

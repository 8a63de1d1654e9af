"""What can be wrong with a book."""


class BookError(ValueError):
    """A line of a book that cannot be read; the message says what is wrong with it."""

"""What can be wrong with a version or a range."""


class RangeError(ValueError):
    """A text that is neither a version nor a range."""

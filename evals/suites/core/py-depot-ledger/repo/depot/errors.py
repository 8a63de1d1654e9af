"""What cannot be done."""


class DepotError(Exception):
    """A step that the warehouse refuses; nothing has changed."""

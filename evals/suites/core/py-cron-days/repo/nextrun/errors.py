"""What can go wrong."""


class CronError(ValueError):
    """An expression that cannot be read."""


class NeverDue(LookupError):
    """An expression that can be read but has no time to come."""

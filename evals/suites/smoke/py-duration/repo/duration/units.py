"""The units, from the largest to the smallest, in seconds."""

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}

"""Which versions fit a range?"""

from .errors import RangeError
from .range import Range, best
from .version import Version

__all__ = ["Range", "RangeError", "Version", "best"]

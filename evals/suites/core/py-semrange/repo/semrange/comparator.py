"""A comparison with one version."""

import operator
from dataclasses import dataclass

from .version import Version

OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


@dataclass(frozen=True)
class Comparator:
    """An operator and the version on its right."""

    operator: str
    version: Version

    def fits(self, version):
        """Whether the comparison is true with `version` on its left."""
        return OPERATORS[self.operator](version, self.version)

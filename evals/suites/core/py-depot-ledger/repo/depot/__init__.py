"""A small warehouse."""

from .audit import audit
from .errors import DepotError
from .journal import Journal
from .warehouse import Warehouse

__all__ = ["DepotError", "Journal", "Warehouse", "audit"]

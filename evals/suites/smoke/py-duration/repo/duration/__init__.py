"""Durations from and to whole seconds."""

from .parser import parse
from .printer import format

__all__ = ["format", "parse"]

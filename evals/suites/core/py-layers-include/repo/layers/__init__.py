"""Settings files whose mistakes are errors."""

from .config import Config
from .errors import ConfigError
from .reader import read_file, read_text

__all__ = ["Config", "ConfigError", "read_file", "read_text"]

"""Files to settings."""

import re

from .config import Config, Setting
from .errors import ConfigError
from .lines import logical_lines

SECTION = re.compile(r"\[\s*([\w.-]+)\s*\]")
SETTING = re.compile(r"([\w.-]+)\s*=\s*(.*)", re.DOTALL)


def read_file(path):
    """The settings of a file."""
    with open(path, encoding="utf-8") as file:
        return read_text(file.read(), str(path))


def read_text(text, name="<text>"):
    """The settings of a text; `name` stands for the file in errors and origins."""
    config = Config()
    section = ""
    for line in logical_lines(text, name):
        if match := SECTION.fullmatch(line.text):
            section = match[1]
        elif match := SETTING.fullmatch(line.text):
            config.put(section, match[1], Setting(match[2], name, line.number))
        else:
            raise ConfigError(name, line.number, f"neither a section nor a setting: {line.text}")
    return config

"""Settings in memory."""

from dataclasses import dataclass

from .errors import ConfigError

TRUE = {"yes", "true", "on", "1"}
FALSE = {"no", "false", "off", "0"}


@dataclass(frozen=True)
class Setting:
    """A value and the place that it comes from."""

    value: str
    path: str
    line: int


class Config:
    """Settings by section and key. Of two settings with the same name, the later one counts."""

    def __init__(self):
        self._settings = {}

    def put(self, section, key, setting):
        """Adds a setting or takes the place of an earlier one."""
        self._settings[section, key] = setting

    def items(self):
        """(section, key, value) of every setting, by section and key."""
        return [(section, key, setting.value) for (section, key), setting in sorted(self._settings.items())]

    def get(self, section, key, default=None):
        """The text of a setting, or the default."""
        setting = self._settings.get((section, key))
        return default if setting is None else setting.value

    def get_int(self, section, key, default=None):
        """A setting that must be a whole number."""
        return self._convert(section, key, default, int, "a whole number")

    def get_bool(self, section, key, default=None):
        """A setting that must be yes, true, on, 1, or their opposite."""
        return self._convert(section, key, default, to_bool, "yes or no")

    def get_list(self, section, key, default=None):
        """A setting whose parts are separated with commas."""
        text = self.get(section, key)
        return default if text is None else [part.strip() for part in text.split(",") if part.strip()]

    def origin(self, section, key):
        """The place of a setting as "FILE:LINE", or None where there is none."""
        setting = self._settings.get((section, key))
        return None if setting is None else f"{setting.path}:{setting.line}"

    def _convert(self, section, key, default, convert, wanted):
        setting = self._settings.get((section, key))
        if setting is None:
            return default
        try:
            return convert(setting.value)
        except ValueError:
            raise ConfigError(setting.path, setting.line, f"{key} must be {wanted}: {setting.value}") from None


def to_bool(text):
    """True or False for one of the words."""
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(text)

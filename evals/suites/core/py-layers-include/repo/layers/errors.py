"""What can be wrong with a settings file."""


class ConfigError(ValueError):
    """A mistake, with the place where it was made: "FILE:LINE: what is wrong"."""

    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line

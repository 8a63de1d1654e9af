"""The log of a warehouse."""


class Journal:
    """Keeps every line, and hands it to `write` if there is one."""

    def __init__(self, write=None):
        self.lines = []
        self._write = write

    def note(self, now, topic, **facts):
        """Adds a line such as "d012 RESERVE order=7 article=hinge pieces=3"."""
        line = f"d{now:03d} {topic} " + " ".join(f"{name}={value}" for name, value in facts.items())
        self.lines.append(line)
        if self._write:
            self._write(line)

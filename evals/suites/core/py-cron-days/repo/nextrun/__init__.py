"""When is a crontab line due next?"""

from .errors import CronError, NeverDue
from .expression import Expression
from .schedule import next_run, next_runs

__all__ = ["CronError", "Expression", "NeverDue", "next_run", "next_runs"]

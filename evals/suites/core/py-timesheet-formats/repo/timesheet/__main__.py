"""The command line."""

import argparse
import sys

from . import csv_report, html_report, read_entries, text_report


def main(arguments=None):
    """Prints a report and returns the exit code."""
    parser = argparse.ArgumentParser(prog="timesheet")
    parser.add_argument("file")
    parser.add_argument("--format", choices=["csv", "html", "text"], default="text")
    parser.add_argument("--person")
    parser.add_argument("--billable", action="store_true")
    parser.add_argument("--by", choices=["project", "person", "month"], default="project")
    options = parser.parse_args(arguments)
    try:
        with open(options.file, encoding="utf-8") as file:
            entries = read_entries(file)
    except (OSError, ValueError) as error:
        print(f"timesheet: {error}", file=sys.stderr)
        return 1
    if options.format == "csv":
        text = csv_report(entries, options.person, options.billable, options.by)
    elif options.format == "html":
        text = html_report(entries, options.person, options.billable, options.by)
    else:
        text = text_report(entries, options.person, options.billable, options.by)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

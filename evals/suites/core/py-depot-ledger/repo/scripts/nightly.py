"""Plays three months of traffic, prints the log, and audits the result."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from depot import Journal, Warehouse, audit  # noqa: E402
from depot.traffic import play  # noqa: E402


def main():
    """Runs the night's work; the exit code is 1 if the audit fails."""
    warehouse = Warehouse(Journal(print))
    play(warehouse)
    differences = audit(warehouse)
    for article, on_hand, balance in differences:
        print(f"AUDIT {article}: {on_hand} on the shelf, {balance} by the ledger")
    articles = len(warehouse.shelf.articles())
    print(f"AUDIT failed: {len(differences)} of {articles} articles" if differences else f"AUDIT passed: {articles} articles")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

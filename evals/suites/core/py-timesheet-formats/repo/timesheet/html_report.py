"""Reports as HTML."""

from html import escape


def html_report(entries, person=None, billable=False, by="project"):
    """A table with a row for each group and a total in its foot."""
    selected = []
    for entry in entries:
        if person is not None and entry.person != person:
            continue
        if billable and not entry.billable:
            continue
        selected.append(entry)
    groups = {}
    for entry in selected:
        if by == "project":
            key = entry.project
        elif by == "person":
            key = entry.person
        elif by == "month":
            key = entry.day.strftime("%Y-%m")
        else:
            raise ValueError(f"cannot group by {by}")
        minutes, count, amount = groups.get(key, (0, 0, 0))
        groups[key] = (minutes + entry.minutes, count + 1, amount + entry.minutes * entry.rate // 60)
    ordered = sorted(groups.items(), key=lambda item: (-item[1][0], item[0]))
    rows = []
    total = 0
    total_amount = 0
    for key, (minutes, count, amount) in ordered:
        rows.append(
            f"<tr><td>{escape(key)}</td><td>{minutes // 60}:{minutes % 60:02}</td>"
            f"<td>{amount // 100}.{amount % 100:02}</td></tr>\n"
        )
        total += minutes
        total_amount += amount
    if not rows:
        return "<p>No entries.</p>\n"
    # The total is rounded up to a quarter once, not group by group.
    total = -(-total // 15) * 15
    return (
        f"<table>\n<tr><th>{by}</th><th>time</th><th>amount</th></tr>\n" + "".join(rows) + f"<tr><th>total</th><th>{total // 60}:{total % 60:02}</th>"
        f"<th>{total_amount // 100}.{total_amount % 100:02}</th></tr>\n</table>\n"
    )

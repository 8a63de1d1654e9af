"""Reports as plain text."""


def text_report(entries, person=None, billable=False, by="project"):
    """A table with a line for each group and a total."""
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
    # The group with the most time comes first.
    ordered = sorted(groups.items(), key=lambda item: (-item[1][0], item[0]))
    lines = [f"{by:<16} {'time':>8} {'amount':>12}", "-" * 38]
    total_minutes = 0
    total_amount = 0
    for key, (minutes, count, amount) in ordered:
        # Times are shown in quarters of an hour, rounded up.
        quarters = -(-minutes // 15)
        name = key if len(key) <= 16 else key[:15] + "…"
        lines.append(f"{name:<16} {quarters // 4:>5}:{quarters % 4 * 15:02} {amount // 100:>9}.{amount % 100:02}")
        total_minutes += quarters * 15
        total_amount += amount
    lines.append("-" * 38)
    lines.append(f"{'total':<16} {total_minutes // 60:>5}:{total_minutes % 60:02} {total_amount // 100:>9}.{total_amount % 100:02}")
    return "\n".join(lines) + "\n"

"""Reports as comma-separated values."""


def csv_report(entries, person=None, billable=False, by="project"):
    """A line for each group, with a head and without a total."""
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
    lines = [f"{by},entries,minutes,amount"]
    for key, (minutes, count, amount) in ordered:
        if "," in key or '"' in key:
            key = '"' + key.replace('"', '""') + '"'
        # Spreadsheets want the minutes as booked, and the amount with a comma-free decimal point.
        lines.append(f"{key},{count},{minutes},{amount / 100:.2f}")
    return "\r\n".join(lines) + "\r\n"

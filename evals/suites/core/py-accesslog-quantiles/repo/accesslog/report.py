"""The summary as text."""


def render(summary, top=3):
    """The report, with the `top` paths that were asked for most."""
    lines = [
        f"requests {summary.requests}",
        f"errors {summary.errors}",
        f"clients {len(summary.clients)}",
        f"bytes {summary.bytes}",
    ]
    lines += [f"p{percent} {value}" for percent, value in summary.percentiles.items()]
    ranked = sorted(summary.paths.items(), key=lambda item: (-item[1], item[0]))
    lines += [f"{count:6} {path}" for path, count in ranked[:top]]
    return "\n".join(lines) + "\n"

"""Numbers as the product writes them, on the server; static/js/lib/format.js is the same in the browser.

None is "?" (could not be read). Records use SI prefixes, bytes binary ones; a narrow no-break space stands before the unit.
"""

from datetime import UTC, datetime

UNKNOWN = "?"
GAP = "\u202f"
UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
SPANS = ((86_400_000, "day", "days"), (3_600_000, "h", "h"), (60_000, "min", "min"), (1_000, "s", "s"))


def grouped(n: float | None) -> str:
    return UNKNOWN if n is None else f"{round(n):,}"


def count(n: float | None) -> str:
    """Return a number of things in at most six characters: 9,999 · 12.4 k · 1.9 M · 9.20 G."""
    if n is None:
        return UNKNOWN
    if n >= 1e9:
        return f"{n / 1e9:.2f}{GAP}G"
    if n >= 1e6:
        return f"{n / 1e6:.1f}{GAP}M"
    if n >= 1e4:
        return f"{n / 1e3:.1f}{GAP}k"
    return grouped(n)


def rate(n: float | None) -> str:
    """Return a rate; below 100 a tenth still matters."""
    if n is None or n == 0 or n >= 100:
        return count(n)
    return f"{n:.1f}"


def bytes_of(n: float | None) -> tuple[str, str]:
    """Return the number and its unit apart, so that the unit can be dimmed."""
    if n is None:
        return UNKNOWN, ""
    step = 0
    while n >= 1024 and step < len(UNITS) - 1:
        n, step = n / 1024, step + 1
    return (f"{n:.0f}" if step == 0 or n >= 100 else f"{n:.1f}"), UNITS[step]


def bytes_text(n: float | None) -> str:
    return " ".join(bytes_of(n)).strip()


def duration(ms: float | None) -> str:
    """Return a setting's span in its largest exact unit: 7 days, 36 h; -1 is Kafka's word for no limit."""
    if ms is None:
        return UNKNOWN
    if ms < 0:
        return "forever"
    for size, one, many in SPANS:
        if ms >= size and ms % size == 0:
            n = int(ms // size)
            return f"{n} {one if n == 1 else many}"
    return f"{round(ms)} ms"


def age(ms: float) -> str:
    """Return how long ago, in one unit; past two of a unit the next smaller one is no longer worth reading."""
    s = max(0.0, ms / 1000)
    for limit, size, unit in ((120, 1, "s"), (7_200, 60, "min"), (172_800, 3_600, "h")):
        if s < limit:
            return f"{s:.1f} s" if s < 10 else f"{round(s / size)} {unit}"
    return f"{round(s / 86_400)} d"


def clock(ms: float | None) -> str:
    """Return an instant in UTC, as first drawn; the browser writes it in the reader's zone."""
    return UNKNOWN if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M:%S UTC")

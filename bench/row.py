"""One measured figure, the limit it is held to, and what that says."""

from dataclasses import dataclass
from statistics import median

CLOCKED = ("s", "ms", "µs", "/s", "×")  # units that tell of the machine's load as much as of the product


@dataclass(frozen=True, slots=True)
class Row:
    """limit: the most that is right (`at_most`) or the least; None: measured for the record alone.

    measured  None: the comparator is not there, and `note` says which
    is_wrong  the sides gave different answers, so that the figure says nothing
    pairs     of a ratio or a difference: each pair's own, of sides that ran A B A B; `measured` is their median
    """

    what: str
    measured: float | None
    unit: str
    limit: float | None = None
    at_most: bool = True
    is_wrong: bool = False
    pairs: tuple[float, ...] = ()
    note: str = ""

    def verdict(self, is_noisy: bool = False) -> str:
        """Return held, MISSED or – (no limit); "noisy" for a time taken on a loaded machine: neither; "skipped" without a comparator.

        "wrong" comes before all.
        """
        if self.is_wrong:
            return "wrong"
        if self.measured is None:
            return "skipped"
        if self.limit is None:
            return "–"
        if is_noisy and self.unit in CLOCKED:
            return "noisy"
        return "held" if (self.measured <= self.limit if self.at_most else self.measured >= self.limit) else "MISSED"


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of the values does not pass; raises ValueError without values."""
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def ratio(what: str, ours: list[float], theirs: list[float], limit: float | None = None) -> Row:
    """Return the median of the ratios of pairs that ran after each other."""
    pairs = tuple(one / other for one, other in zip(ours, theirs, strict=True))
    return Row(what, median(pairs), "×", limit, pairs=pairs)


def difference(what: str, ours: list[float], theirs: list[float], unit: str, limit: float | None = None) -> Row:
    """Return the median of the differences of pairs that ran after each other."""
    pairs = tuple(one - other for one, other in zip(ours, theirs, strict=True))
    return Row(what, median(pairs), unit, limit, pairs=pairs)


def skipped(what: str, why: str) -> Row:
    return Row(what, None, "", note=why)

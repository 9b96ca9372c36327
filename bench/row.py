"""One measured figure and the limit it is held to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """limit: the most that is right (`at_most`) or the least; None: measured for the record alone.

    is_wrong: the sides gave different answers, so that the figure says nothing
    """

    what: str
    measured: float
    unit: str
    limit: float | None = None
    at_most: bool = True
    is_wrong: bool = False

    @property
    def verdict(self) -> str:
        if self.is_wrong:
            return "wrong"
        if self.limit is None:
            return "–"
        return "held" if (self.measured <= self.limit if self.at_most else self.measured >= self.limit) else "MISSED"


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of the values does not pass; raises ValueError without values."""
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]

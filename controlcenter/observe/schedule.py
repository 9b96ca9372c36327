"""Which questions are due, and whether a cluster may be asked at all: pure, time is an argument (monotonic seconds).

Slow while nobody looks, fast for what somebody has open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controlcenter.errors import Kind


@dataclass(frozen=True, slots=True)
class Pace:
    """idle_s: seconds between rounds while nobody looks (None: not at all); view_s: while a view in `views` is open."""

    idle_s: float | None
    view_s: float
    views: tuple[str, ...]


EVERY = ("overview", "topics", "groups", "brokers", "topic", "group", "broker")
TOPICS = ("overview", "topics", "topic")
OFFSETS = ("overview", "topics", "topic", "groups", "group")
GROUPS = ("overview", "groups", "group", "topic")

PACES = {
    "metadata": Pace(30, 5, EVERY),
    "cluster": Pace(5, 2, EVERY),
    "quorum": Pace(10, 5, ("overview", "brokers", "broker")),
    "commits": Pace(5, 1, OFFSETS),  # commits, then ends
    "starts": Pace(30, 5, TOPICS),
    "stable": Pace(30, 5, TOPICS),
    "first_records": Pace(None, 30, ("topic",)),
    "last_records": Pace(30, 5, ("topics", "topic")),
    "groups": Pace(10, 5, GROUPS),
    "described": Pace(300, 5, ("groups", "group", "topic")),
    "log_dirs": Pace(60, 15, ("overview", "topics", "topic", "brokers", "broker")),
    "configs": Pace(300, 300, ()),
    "opened": Pace(60, 15, ("topic", "broker")),
}

# What must be known before a question makes sense: the table it takes its names from.
NEEDS = dict.fromkeys(("starts", "stable", "first_records", "last_records", "commits"), "partitions") | {
    "groups": "brokers",
    "described": "groups",
    "log_dirs": "brokers",
    "configs": "topics",
}
PROBE = "metadata"  # what a half-open breaker asks, and the first question of all


def due(ran_at: Mapping[str, float], views: Iterable[str], now: float, known: Iterable[str], at_once: Iterable[str] = ()) -> list[str]:
    """Return the kinds to ask now.

    ran_at   kind → when it was last asked; absent means never
    known    the tables that have rows
    at_once  kinds to ask whatever their pace: after a change of ours, or something seen
    """
    open_now = {view.partition("/")[0] for view in views}
    tables, urgent = set(known), set(at_once)
    return [
        kind
        for kind, pace in PACES.items()
        if (kind not in NEEDS or NEEDS[kind] in tables)
        and (
            (kind in urgent and (pace.idle_s is not None or open_now.intersection(pace.views)))
            or _is_due(pace, ran_at.get(kind), open_now, now)
        )
    ]


def _is_due(pace: Pace, ran: float | None, open_now: set[str], now: float) -> bool:
    interval = pace.view_s if open_now.intersection(pace.views) else pace.idle_s
    if interval is None:
        return False
    # ticks come once a second, a little late or early: half a tick of grace keeps 1 s at 1 s
    return ran is None or now - ran >= interval - 0.5


@dataclass(frozen=True, slots=True)
class Breaker:
    """Opens after three rounds in which nobody answered; then one question at a time: after 5 s, 10 s, … 60 s.

    A refused sign-in waits 30 s at once, each time: brokers lock accounts out.
    """

    failures: int = 0
    wait_until: float = 0.0
    is_refused: bool = False

    @property
    def is_open(self) -> bool:
        return self.failures >= 3 or self.is_refused

    def may_ask(self, now: float) -> bool:
        """Return whether anything may be asked now; while open, only the probe."""
        return now >= self.wait_until

    def failed(self, kind: Kind, now: float) -> "Breaker":
        """Return the breaker after a round that got nothing."""
        failures = self.failures + 1
        if kind == Kind.DENIED:
            return Breaker(failures, now + 30, True)
        wait = min(60.0, 5.0 * 2 ** (failures - 3)) if failures >= 3 else 0.0
        return Breaker(failures, now + wait)

    def succeeded(self) -> "Breaker":
        """Return the closed breaker."""
        return CLOSED


CLOSED = Breaker()

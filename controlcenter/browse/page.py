"""What a read brings: rows, what became of each partition, and the places where it goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from controlcenter.serde.values import Decoded


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it is shown. key, value None when `fault` says why it cannot be decoded."""

    partition: int
    offset: int
    timestamp_ms: int | None
    timestamp_type: str
    leader_epoch: int | None
    key: Decoded | None
    value: Decoded | None
    headers: tuple[tuple[str, Decoded], ...] = ()
    headers_count: int = 0
    fault: str = ""
    flags: tuple[str, ...] = ()  # control, commit, abort, aborted, open
    batch: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one partition.

    start, stop  all that was asked, half-open
    low, high    what this read covers of it
    records      seen in there; holes: offsets that hold none (markers, compacted, aborted)
    expired      [from, to) that was deleted before or while we read, or None
    behind       offsets behind an open transaction
    state        complete, limit (the page was full first, or the time over), cancelled, blocked, failed
    at           where the next read goes on
    """

    partition: int
    start: int
    stop: int
    low: int
    high: int
    records: int
    state: str
    behind: int = 0
    expired: tuple[int, int] | None = None
    what: str = ""
    matched: int = 0
    undecodable: int = 0
    at: int = 0

    @property
    def holes(self) -> int:
        gone = max(0, min(self.expired[1], self.high) - max(self.expired[0], self.low)) if self.expired else 0
        return max(0, self.high - self.low - self.records - gone)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read goes on, as a cursor keeps it: the topic, the parts, and from which end they are read."""

    topic_id: str
    parts: tuple[tuple[int, int, int, int], ...]  # partition, start, stop, at
    is_backward: bool


@dataclass(frozen=True, slots=True)
class Page:
    """rows in order; marks: partition → [start, end) when it was planned. took_ms: from the question to the last row.

    reason          what ended it: "" when all is read, else limit (full), time, bytes, records
    next, previous  cursors of the pages around this one, "" where there is none
    after, before   the same as places
    met             records a filter could not compare (values of different kinds), not decode, not finish within its steps
    scanned, bytes  looked at, also beyond what the page covers
    """

    rows: tuple[Row, ...]
    accounting: tuple[Account, ...]
    topic_id: str = ""
    marks: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    took_ms: int = 0
    deaths: int = 0
    stopped: str = ""  # why the read ended early, "" when it did not
    reason: str = ""
    bytes: int = 0
    scanned: int = 0
    next: str = ""
    previous: str = ""
    met: tuple[int, int, int] = (0, 0, 0)
    after: Place | None = None
    before: Place | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every partition was read to its stop: then nothing more is there."""
        return not self.stopped and all(account.state == "complete" for account in self.accounting)

    @property
    def records(self) -> int:
        return sum(account.records for account in self.accounting)

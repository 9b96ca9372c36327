"""Where a child's records come from: the consumer, careful ones beside batches that kill, and what batches tell.

Librdkafka fetches ahead and unpacks in a thread of its own: a batch known to burst memory must never come near its queue.
So a partition is read one batch a fetch up to the second batch before, then slowly, nothing ahead; the batch becomes one row
that says why, and reading goes on behind it as before.
"""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from controlcenter.kafka import batches
from controlcenter.kafka.batches import Batch
from controlcenter.kafka.browsing import Lost, Raw, Sieve, Sifted, Span

SLOW_S = 0.05
LARGE_BYTES = 8 << 20
NEAR = 200_000  # offsets ahead that the client may fetch before anybody asks for them


class Reader(Protocol):
    def assign(self, offsets: Mapping[int, int]) -> None: ...
    def add(self, partition: int, offset: int) -> None: ...
    def drop(self, partition: int) -> None: ...
    def sift(self, timeout_s: float, spans: Mapping[int, Span], sieve: Sieve | None) -> Sifted: ...


class Skip(NamedTuple):
    """A batch not to be read: offsets [base, past), and what it did. edge: where the second batch before it begins."""

    base: int
    past: int
    edge: int
    cause: str


class Source:
    """Spans of partitions, read side by side. open_reader(mode) gives a consumer: "page", and if need be "careful" and "slow"."""

    def __init__(self, open_reader: Callable[[str], Reader], skips: Mapping[int, list[Skip]], *, known: Any = None) -> None:
        self._open, self._skips, self._known = open_reader, dict(skips), known
        self._readers: dict[str, Reader] = {"page": open_reader("page")}
        self._modes: dict[int, str] = {}  # how each partition is read just now
        self._stops: dict[int, int] = {}  # where spans end in truth, that end early for now
        self._spans: Mapping[int, Span] = {}
        self._faults: list[tuple[Raw, int]] = []
        self._slow_at = 0.0

    def assign(self, spans: Mapping[int, Span]) -> None:
        """Read these spans, and no others."""
        self._spans, self._faults, self._stops, self._modes = spans, [], {}, {}
        near = {p for p in spans if self._next(p, is_near=True) is not None}
        self._modes = {p: "page" for p in spans if p not in near}
        self._readers["page"].assign({p: spans[p].read for p in self._modes})
        for mode in ("careful", "slow"):
            if mode in self._readers:
                self._readers[mode].assign({})
        for p in near:
            self._place(p)

    def add(self, partition: int) -> None:
        """Read a partition again from where its span stands: after an error it is silent until then."""
        self.drop(partition)
        self._place(partition)

    def avoid(self, partition: int, skip: Skip) -> None:
        """Read a partition around a batch from now on."""
        self._skips[partition] = sorted([*self._skips.get(partition, []), skip])
        self.add(partition)

    def drop(self, partition: int) -> None:
        """Read a partition no longer."""
        self._spans[partition].stop = self._stops.pop(partition, self._spans[partition].stop)
        if mode := self._modes.pop(partition, ""):
            self._readers[mode].drop(partition)

    def sift(self, timeout_s: float, sieve: Sieve | None) -> Sifted:
        """Read on: wanted records with their ranks, and what cannot go on."""
        before = {p: span.read for p, span in self._spans.items()} if self._known is not None else {}
        hits, lost = self._taken(), list[Lost]()
        modes = sorted(set(self._modes.values()))
        timeout_s = 0.0 if hits else timeout_s if len(modes) == 1 else min(timeout_s, 0.02)
        for mode in modes:
            if mode == "slow" and not self._is_slow_due(timeout_s):
                continue
            spans = {p: span for p, span in self._spans.items() if self._modes.get(p) == mode} if len(modes) > 1 else self._spans
            more = self._readers[mode].sift(0.0 if mode == "slow" else timeout_s, spans, sieve)
            hits, lost = [*hits, *more.hits], [*lost, *more.lost]
        for p in [p for p in self._stops if self._spans[p].is_read]:
            self.add(p)  # past what it was stopped before
        hits += self._taken()
        if self._known is not None:
            hits = self._known.weave(hits, before, self._spans, sieve is None)
        return Sifted(hits, lost)

    def _is_slow_due(self, timeout_s: float) -> bool:
        """Take what came slowly only now and then: an emptied queue is filled again at once, with what kills."""
        left = self._slow_at - time.monotonic()
        if left > 0:
            time.sleep(min(left, timeout_s))
            return False
        self._slow_at = time.monotonic() + SLOW_S
        return True

    def _taken(self) -> list[tuple[Raw, int]]:
        faults, self._faults = self._faults, []
        return faults

    def _next(self, p: int, *, is_near: bool = False) -> Skip | None:
        span = self._spans[p]
        skip = next((skip for skip in self._skips.get(p, ()) if skip.past > span.read), None)
        return None if skip is None or (is_near and skip.base >= span.stop + NEAR) else skip

    def _place(self, p: int) -> None:
        """Read a partition from where its span stands: carefully up to the next batch that kills, and on past it."""
        span = self._spans[p]
        while (skip := self._next(p, is_near=True)) is not None and skip.base <= span.read < span.stop:
            self._fault(p, skip)
        if span.is_read:
            return
        mode = "page" if skip is None else "careful" if span.read < skip.edge else "slow"
        if skip is not None:
            self._stops[p], span.stop = span.stop, min(span.stop, skip.edge if mode == "careful" else skip.base)
        if mode not in self._readers:
            self._readers[mode] = self._open(mode)
        if mode == "slow":
            self._slow_at = time.monotonic() + SLOW_S
        self._modes[p] = mode
        self._readers[mode].add(p, span.read)

    def _fault(self, p: int, skip: Skip) -> None:
        span = self._spans[p]
        last = skip.past - 1
        which = f"Offset {skip.base:,}" if last == skip.base else f"A batch of offsets {skip.base:,} to {last:,}"
        fault = f"{which} of partition {p} cannot be decoded safely ({skip.cause})."
        self._faults.append((Raw(p, max(skip.base, span.read), -1, "", None, None, None, (), (), fault), span.count))
        span.read = min(skip.past, span.stop)


class Known:
    """What batches tell beside the records: markers, aborted and open transactions, codecs. Fetched as reading goes on.

    fetch(partition, offset) gives whole batches from an offset on, none at the end.
    """

    def __init__(self, fetch: Callable[[int, int], list[Batch]]) -> None:
        self._fetch = fetch
        self._batches: dict[int, list[Batch]] = {}

    def weave(
        self, hits: list[tuple[Raw, int]], before: Mapping[int, int], spans: Mapping[int, Span], shows_markers: bool
    ) -> list[tuple[Raw, int]]:
        """Return hits with what their batches tell, and the markers of what was passed, in the order of offsets."""
        by_partition: dict[int, list[tuple[Raw, int]]] = {}
        for record, rank in hits:
            by_partition.setdefault(record.partition, []).append((record, rank))
        found: list[tuple[Raw, int]] = []
        for p, span in spans.items():
            mine = by_partition.get(p, [])
            if sum(len(record.value or b"") for record, _ in mine) > LARGE_BYTES:
                found += mine  # fetching such batches again, for their heads alone, takes longer than the page may
            elif p in before and span.read > before[p]:
                found += self._woven(p, mine, before[p], span, shows_markers)
        return found

    def _woven(self, p: int, hits: list[tuple[Raw, int]], low: int, span: Span, shows_markers: bool) -> list[tuple[Raw, int]]:
        known = self._over(p, low, span.read)
        bases = [batch.base for batch in known]
        told = [(_told(record, known, bases), rank) for record, rank in hits]
        if not shows_markers:
            return told
        for batch in known:
            if batch.marker and low <= batch.base < span.read:
                rank = next((rank for record, rank in hits if record.offset > batch.base), span.count)
                told.append((_marker(p, batch), rank))
        return sorted(told, key=lambda hit: hit[0].offset)

    def _over(self, p: int, low: int, high: int) -> list[Batch]:
        """Return the batches over [low, high), fetched as far as they were not."""
        known = [batch for batch in self._batches.get(p, []) if batch.last >= low]
        at = known[-1].last + 1 if known else low
        while at < high and (more := self._fetch(p, at)):
            known += more
            at = more[-1].last + 1
        self._batches[p] = known
        return known


def _told(record: Raw, known: list[Batch], bases: list[int]) -> Raw:
    i = bisect_right(bases, record.offset) - 1
    if i < 0 or known[i].last < record.offset or record.fault:
        return record
    flags = (known[i].state,) if known[i].state else ()
    return record._replace(flags=flags, batch=batches.shown(known[i]))


def _marker(p: int, batch: Batch) -> Raw:
    flags = ("control", batch.marker) if batch.marker in ("commit", "abort") else ("control",)
    at_ms = batch.timestamp_ms
    return Raw(p, batch.base, at_ms, "LogAppendTime", batch.leader_epoch, None, None, (), flags, "", batches.shown(batch))


def skips_of(told: Mapping[int, Iterable[Iterable[Any]]]) -> dict[int, list[Skip]]:
    """Return skips as they travel: partition → [base, past, edge, cause]."""
    found = {}
    for p, each in told.items():
        found[int(p)] = sorted(Skip(int(base), int(past), int(edge), str(cause)) for base, past, edge, cause in each)
    return found

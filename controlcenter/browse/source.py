"""Where a child's records come from: the consumer, a careful second one beside batches that kill, and what batches tell.

Librdkafka fetches ahead and unpacks in a thread of its own: a batch known to burst memory must never come near its queue.
So a partition is read one batch a fetch up to that batch, the batch becomes one row that says why, and reading goes on
behind it as before.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from controlcenter.kafka import batches
from controlcenter.kafka.batches import Batch
from controlcenter.kafka.browsing import Lost, Raw, Sieve, Sifted, Span

NEAR = 200_000  # offsets ahead that the client may fetch before anybody asks for them


class Reader(Protocol):
    def assign(self, offsets: Mapping[int, int]) -> None: ...
    def add(self, partition: int, offset: int) -> None: ...
    def drop(self, partition: int) -> None: ...
    def sift(self, timeout_s: float, spans: Mapping[int, Span], sieve: Sieve | None) -> Sifted: ...


class Skip:
    """A batch not to be read: offsets [base, past), and what it did."""

    __slots__ = ("base", "cause", "past")

    def __init__(self, base: int, past: int, cause: str) -> None:
        self.base, self.past, self.cause = base, past, cause


class Source:
    """Spans of partitions, read side by side. open_reader(is_careful) gives a consumer; the careful one only if need be."""

    def __init__(self, open_reader: Callable[[bool], Reader], skips: Mapping[int, list[Skip]], *, known: Any = None) -> None:
        self._open, self._skips, self._known = open_reader, skips, known
        self._reader = open_reader(False)
        self._careful: Reader | None = None
        self._stops: dict[int, int] = {}  # of spans that end early for now: before a batch that kills
        self._spans: Mapping[int, Span] = {}
        self._faults: list[tuple[Raw, int]] = []

    def assign(self, spans: Mapping[int, Span]) -> None:
        """Read these spans, and no others."""
        self._spans, self._faults, self._stops = spans, [], {}
        near = [p for p in spans if self._is_near(p)]
        self._reader.assign({p: span.read for p, span in spans.items() if p not in near})
        if self._careful is not None:
            self._careful.assign({})
        for p in near:
            self._place(p)

    def add(self, partition: int) -> None:
        """Read a partition again from where its span stands: after an error it is silent until then."""
        self.drop(partition)
        self._place(partition)

    def drop(self, partition: int) -> None:
        """Read a partition no longer."""
        if partition in self._stops:
            self._spans[partition].stop = self._stops.pop(partition)
            if self._careful is not None:
                self._careful.drop(partition)
        else:
            self._reader.drop(partition)

    def sift(self, timeout_s: float, sieve: Sieve | None) -> Sifted:
        """Read on: wanted records with their ranks, and what cannot go on."""
        before = {p: span.read for p, span in self._spans.items()} if self._known is not None else {}
        hits, lost = self._taken(), list[Lost]()
        timeout_s = 0.0 if hits else timeout_s
        if len(self._stops) < len(self._spans):
            more = self._reader.sift(min(timeout_s, 0.02) if self._stops else timeout_s, self._spans, sieve)
            hits, lost = [*hits, *more.hits], [*lost, *more.lost]
        if self._stops and self._careful is not None:
            more = self._careful.sift(timeout_s, self._spans, sieve)
            hits, lost = [*hits, *more.hits], [*lost, *more.lost]
            for p in [p for p in self._stops if self._spans[p].is_read]:
                self._pass(p)
            hits += self._taken()
        if self._known is not None:
            hits = self._known.weave(hits, before, self._spans, sieve is None)
        return Sifted(hits, lost)

    def _taken(self) -> list[tuple[Raw, int]]:
        faults, self._faults = self._faults, []
        return faults

    def _next(self, p: int) -> Skip | None:
        at = self._spans[p].read
        return next((skip for skip in self._skips.get(p, ()) if skip.past > at), None)

    def _is_near(self, p: int) -> bool:
        skip = self._next(p)
        return skip is not None and skip.base < self._spans[p].stop + NEAR

    def _place(self, p: int) -> None:
        """Read a partition from where its span stands, carefully up to the next batch that kills, and past it."""
        span = self._spans[p]
        while (skip := self._next(p)) is not None and skip.base <= span.read < span.stop:
            self._fault(p, skip)
        if span.is_read:
            return
        if not self._is_near(p) or skip is None:
            self._reader.add(p, span.read)
            return
        self._careful = self._careful or self._open(True)
        self._stops[p], span.stop = span.stop, min(span.stop, skip.base)
        self._careful.add(p, span.read)

    def _pass(self, p: int) -> None:
        """Go on behind a batch that kills, or end there."""
        if self._careful is not None:
            self._careful.drop(p)
        self._spans[p].stop = self._stops.pop(p)
        self._place(p)

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
            if p in before and span.read > before[p]:
                found += self._woven(p, by_partition.get(p, []), before[p], span, shows_markers)
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
    """Return skips as they travel: partition → [base, past, cause]."""
    return {
        int(p): sorted((Skip(int(base), int(past), str(cause)) for base, past, cause in each), key=lambda s: s.base)
        for p, each in told.items()
    }

"""One read, as a child does it: forward or backward, filtered or not, until the page is full, all is read, or the budget is spent.

Forward: all partitions are read through; hits go out as soon as nothing unread can precede them.
Backward: windows are read forward and their hits given out in reverse. Unfiltered, a window is about a page; filtered, it is
a round of one span of time over all partitions, so that a round's hits are newer than all that comes later.
Law: whatever ends a read, `at` of each part is where the next one begins.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from controlcenter.browse import parts as ways
from controlcenter.browse.parts import Hit, Part
from controlcenter.browse.request import Request
from controlcenter.browse.source import Reader, Skip, Source
from controlcenter.kafka.browsing import Lost, Mark, Sieve, Sifted, Span

SMALLEST = 20  # offsets a first window reads at least: holes are common, round trips are not free
OUT_S = 0.25  # between two times that rows or progress leave: 4 Hz
CHECK_S = 5.0  # the topic's id is asked at least so often
QUIET_S = 10.0  # without a record: the marks are asked again
STALLED_S, LOOK_S = 3.0, 0.4
ROUND, LARGEST_ROUND, MOST_ROUND = 4_000, 400_000, 2_000_000  # offsets of the fullest partition in one round: grows while rounds are quick
AHEAD, AHEAD_BYTES, QUIET_POLLS = 20_000, 16 << 20, 6
ROUND_BYTES, QUICK_S, SLOW_S = 32 << 20, 0.3, 1.5


class Probe(Protocol):
    """What a read asks about its topic on the way. `leaders` raises Problem when it is another topic by now."""

    def mark(self, partition: int) -> Mark: ...
    def leaders(self) -> Mapping[int, int | None]: ...
    def first_at(self, partitions: Iterable[int], at_ms: int) -> dict[int, int | None]: ...
    def complaint(self) -> str: ...


class Out(Protocol):
    """Where everything goes.

    keep, let_go     a record as it waits, and those that do no more
    rows             hits that are now given out
    reached, passed  how far all is certain; how far we looked
    is_heavy         whether what waits should leave now, when it may leave in any order
    """

    def keep(self, record: Any) -> Any: ...
    def let_go(self, hits: Iterable[tuple[Any, int]]) -> None: ...
    def rows(self, hits: list[Hit]) -> None: ...
    def reached(self, parts: Iterable[Part], scanned: int, size_bytes: int) -> None: ...
    def passed(self, at: Mapping[int, int], scanned: int, size_bytes: int, matched: int) -> None: ...
    def is_heavy(self) -> bool: ...


class Scan:
    """parts: partition → Part, moved on here. end: when time is over, by the monotonic clock."""

    def __init__(
        self, source: Source, probe: Probe, request: Request, parts: Mapping[int, Part], sieve: Sieve | None, out: Out, end: float,
        *, left: int | None = None, most_bytes: int | None = None, most: int | None = None, now: Callable[[], float] = time.monotonic,
        look: Callable[[int, int], None] = lambda *_: None, around: Callable[[int, int, str], Skip | None] = lambda *_: None,
    ) -> None:  # fmt: skip
        self.source, self.probe, self.request, self.parts, self.sieve, self.out = source, probe, request, parts, sieve, out
        self.end, self.now, self.look, self.around = end, now, look, around
        self.left = request.n if left is None else left
        self.most_bytes, self.most = most_bytes, most
        self.spans: dict[int, Span] = {}
        self.scanned = self.bytes = 0  # of spans that are done with
        self.is_loose = sieve is not None
        self._out_at = 0.0
        self._moved_at = self._checked_at = self.now()
        self.is_checked = False  # that it is the same topic, after the last record was read
        self._looked_at = 0.0
        self._stood: dict[int, tuple[int, float, bool]] = {}  # where each partition stands, since when, whether we looked why

    def run(self) -> str:
        """Read; return what ended it: "" when everything is read, else limit, time, bytes or records."""
        reason = self._backward() if self.request.is_backward else self._forward()
        for part in self.parts.values():
            part.settle(is_backward=self.request.is_backward)
        self.out.reached(self.parts.values(), *self._sums())
        if not self.left and not all(part.state in ("complete", "failed", "blocked") for part in self.parts.values()):
            return "limit"
        return reason

    def probe_for_killers(self, reader: Reader, note: Callable[[int, int], None]) -> None:
        """Fetch what comes next one batch at a time, and say each before: whoever dies of one has named it.

        Goes as far as the client fetches ahead; bounded by half the time.
        """
        end = self.now() + (self.end - self.now()) / 2
        for p, (low, high) in self._ahead().items():
            span = Span(low, high + AHEAD)
            reader.assign({p: low})
            quiet = 0
            while not span.is_read and span.bytes < AHEAD_BYTES and quiet < QUIET_POLLS and self.now() < end:
                note(p, span.read)
                before = span.read
                self.look(p, before)  # what says itself that it bursts need not be tried; alone it may even just fit
                reader.sift(0.05, {p: span}, None)
                quiet = 0 if span.read > before else quiet + 1
            reader.drop(p)

    def _ahead(self) -> dict[int, tuple[int, int]]:
        if self.request.is_backward:
            return self._round() if self.is_loose else self._windows(None)
        return {p: (part.at, part.at) for p, part in self.parts.items() if part.state == "open"}

    # forward

    def _forward(self) -> str:
        open_ = {p: part for p, part in self.parts.items() if part.state == "open"}
        self.spans = {p: Span(part.at, part.stop) for p, part in open_.items()}
        self.source.assign(self.spans)
        live, reason = set(self.spans), ""
        while live and self.left and not (reason := self._over()):
            self._take_in()
            self._look(p for p in live if not self._is_done(p))
            for p in [p for p in live if self._is_done(p)]:
                live.discard(p)
                if self.parts[p].state == "open":
                    self.source.drop(p)
            if self.now() - self._out_at >= OUT_S or not live or self._may_be_full():
                self._give(ways.take(self.parts, self.left, is_backward=False, waits=self._waits)[0])
        if reason:
            self._stalled(live)
        self._give(ways.take(self.parts, self.left, is_backward=False, waits="no")[0])
        return reason

    @property
    def _waits(self) -> str:
        return "no" if self.request.form else "by time" if self.is_loose else "exactly"

    def _may_be_full(self) -> bool:
        """Whether, of all records, a page's worth is there: nobody waits for a clock then. Files take what is there, in any order."""
        if self.request.form:
            return self.out.is_heavy()
        if self.is_loose or sum(len(part.hits) for part in self.parts.values()) < self.left:
            return False
        return all(part.hits or part.is_out(is_backward=False) for part in self.parts.values())

    def _is_done(self, p: int) -> bool:
        part = self.parts[p]
        return part.state != "open" or self.spans[p].is_read or len(part.hits) >= self.left

    def _sift(self) -> Sifted:
        self.is_checked = False
        return self.source.sift(min(OUT_S, max(0.0, self.end - self.now())), self.sieve)

    def _take_in(self) -> None:
        """Sift once, and put what came where it belongs."""
        hits, lost = self._sift()
        for record, rank in hits:
            self.parts[record.partition].hits.append(Hit(self.out.keep(record), rank))
        for event in lost:
            self._lost(event)
        now = self.now()
        for p, span in self.spans.items():
            part = self.parts[p]
            if span.read != part.high:
                part.high, part.seen, part.last_ms = span.read, span.count, span.last_ms
                self._moved_at = now
        if now - self._moved_at > QUIET_S:
            self._ask_again([p for p, span in self.spans.items() if not span.is_read])

    # backward

    def _backward(self) -> str:
        needy: list[int] | None = None
        while self.left:
            windows = self._round() if self.is_loose else self._windows(needy)
            if not windows:
                return ""
            reason = self._read(windows)
            hits, needy = ways.take(self.parts, self.left, is_backward=True, waits="no" if self.is_loose or reason else "exactly")
            self._give(hits)
            if reason:
                return reason
        return ""

    def _windows(self, needy: list[int] | None) -> dict[int, tuple[int, int]]:
        """Return the next window of each partition that must be read on: twice a fair share, then twice what was read."""
        count = len([part for part in self.parts.values() if part.start < part.stop]) or 1
        found = {}
        for p, part in self.parts.items():
            if not part.is_out(is_backward=True) and (needy is None or p in needy):
                size = max(SMALLEST, -(-2 * self.request.n // count), 2 * (part.high - part.low))
                found[p] = max(part.start, part.low - size), part.low
        return found

    def _read(self, windows: Mapping[int, tuple[int, int]]) -> str:
        """Read windows to their ends; one that is not is forgotten, as what it holds would leave a gap. Returns what ended it."""
        self.spans = {p: Span(*window) for p, window in windows.items()}
        found: dict[int, list[tuple[Any, int]]] = {p: [] for p in windows}
        self.source.assign(self.spans)
        live, reason = set(windows), ""
        self._moved_at = self.now()
        while live and not (reason := self._over(is_mid=True)):
            before = self.scanned_now
            hits, lost = self._sift()
            for record, rank in hits:
                found[record.partition].append((self.out.keep(record), rank))
                if len(found[record.partition]) > 2 * self.left + SMALLEST:  # one more than can stay tells where the rest begins
                    self.out.let_go(found[record.partition][: -self.left - 1])
                    del found[record.partition][: -self.left - 1]
            for event in lost:
                self._lost(event)
            for p in [p for p in live if self.spans[p].is_read or self.parts[p].state != "open"]:
                live.discard(p)
                if self.parts[p].state == "open":
                    self.source.drop(p)
            self._look(live)
            self._moved_at = self._moved_at if self.scanned_now == before else self.now()
            if self.now() - self._moved_at > QUIET_S:
                self._ask_again(live)
            self._tell()
        for p, window in windows.items():
            if p not in live and self.parts[p].state == "open":
                ways.push_window(self.parts[p], window[0], found[p], self.spans[p].count, self.left)
            self.scanned += self.spans[p].count
            self.bytes += self.spans[p].bytes
        if reason:
            self._stalled(live)
        self.spans = {}
        return reason or self._over()

    # rounds of one span of time

    _span_ms: float = 60_000.0
    _upper_ms: float | None = None
    _size: int = ROUND
    _began: tuple[float, int] | None = None

    def _round(self) -> dict[int, tuple[int, int]]:
        """Return windows between one time and the last round's, the fullest about `_size` offsets; all that is left when it is little."""
        self._pace()
        left = {p: part for p, part in self.parts.items() if not part.is_out(is_backward=True)}
        if not left:
            return {}
        if max(part.low - part.start for part in left.values()) <= self._size:
            return {p: (part.start, part.low) for p, part in left.items()}
        upper = self._upper_ms if self._upper_ms is not None else time.time() * 1000
        fits = self._aligned(left, upper)
        if fits is None:  # timestamps that do not grow with offsets tell nothing: then by offsets
            return {p: (max(part.start, part.low - self._size), part.low) for p, part in left.items()}
        return fits

    def _aligned(self, left: Mapping[int, Part], upper: float) -> dict[int, tuple[int, int]] | None:
        """Return the windows of a span of time that is about `_size` offsets in the fullest partition, None when there is none."""
        span, short, long = self._span_ms, 0.0, 0.0
        for _ in range(60):  # few, but for the first round of a topic that was last written to long ago
            at_ms = math.floor(upper - span)
            found = self._since(left, at_ms)
            largest = max(high - low for low, high in found.values())
            is_narrow = bool(long) and long - short < 2 and span == long and largest <= MOST_ROUND
            if largest > 2 * self._size and not is_narrow:
                long = span
            elif largest < self._size / 4 and at_ms > 0:
                short = span
            else:
                self._span_ms = self._span_ms if self._upper_ms is None else span  # the first reaches from now to the newest
                self._upper_ms = at_ms
                return {p: (low, high) for p, (low, high) in found.items() if low < high} or None
            if long and long - short < 2:  # one millisecond holds them all
                if span == long and largest > MOST_ROUND:
                    return None
                span = long
            else:
                span = math.sqrt(max(short, 1.0) * long) if long else span * 8
        return None

    def _since(self, left: Mapping[int, Part], at_ms: int) -> dict[int, tuple[int, int]]:
        lows = self.probe.first_at(left, max(0, at_ms))
        found = {}
        for p, part in left.items():
            low = lows.get(p)
            found[p] = part.low if low is None else max(part.start, min(part.low, low)), part.low
        return found

    def _pace(self) -> None:
        """Let rounds grow while they are quick and small, and shrink when they are not."""
        now = self.now()
        if self._began is not None:
            took, size = now - self._began[0], self.bytes - self._began[1]
            if took < QUICK_S and size < ROUND_BYTES:
                self._size = min(LARGEST_ROUND, self._size * 4)
            elif took > SLOW_S or size > 2 * ROUND_BYTES:
                self._size = max(SMALLEST, self._size // 2)
        self._began = now, self.bytes

    # what both share

    @property
    def scanned_now(self) -> int:
        return self.scanned + sum(span.count for span in self.spans.values())

    def _sums(self) -> tuple[int, int]:
        return self.scanned_now, self.bytes + sum(span.bytes for span in self.spans.values())

    def _over(self, *, is_mid: bool = False) -> str:
        """Return which budget is spent. is_mid: in a window, whose beginning must not be lost for a record too many."""
        now = self.now()
        if now >= self.end:
            return "time"
        if now - self._checked_at > CHECK_S:
            self._check()
        scanned, size = self._sums()
        if self.most_bytes is not None and size >= self.most_bytes and not is_mid:
            return "bytes"
        return "records" if self.most is not None and scanned >= self.most and not is_mid else ""

    def _give(self, hits: list[Hit]) -> None:
        """Give hits out, and tell how far all is certain: the next child, or page, goes on there."""
        if hits:
            self._check()  # never out with records of another topic of the same name
            for hit in hits:
                part = self.parts[hit.record.partition]
                part.undecodable += bool(hit.record.fault)
            self.left -= len(hits)
        if not hits and self.now() - self._out_at < OUT_S:
            return
        for part in self.parts.values():
            part.settle(is_backward=self.request.is_backward)
        if hits:
            self.out.rows(hits)
        self.out.reached(self.parts.values(), *self._sums())
        self._tell(is_due=True)

    def _tell(self, *, is_due: bool = False) -> None:
        now = self.now()
        if not is_due and now - self._out_at < OUT_S:
            return
        self._out_at = now
        waiting = sum(len(part.hits) for part in self.parts.values())
        self.out.passed({p: span.read for p, span in self.spans.items()}, *self._sums(), waiting)

    def _lost(self, event: Lost) -> None:
        """Go on after records that expired under us; give the partition up for anything else."""
        p = event.partition
        part, span = self.parts[p], self.spans[p]
        if part.state != "open":
            return
        if event.is_out_of_range:
            mark = self.probe.mark(p)
            if not mark.what and span.read < mark.start:
                start = min(mark.start, span.stop)
                part.expired = (part.expired[0] if part.expired and not self.request.is_backward else span.read, start)
                span.read = start
                if self.request.is_backward:
                    part.start = start
                if not span.is_read:
                    self.source.add(p)
                return
        if event.is_bad_batch and (skip := self.around(p, max(span.read, event.offset), event.what)) is not None:
            self.source.avoid(p, skip)
            return
        part.fail(event.what)

    def _look(self, live: Iterable[int]) -> None:
        """Look at the next batch where a partition stands still: it may be one that only bursts."""
        now = self.now()
        if now - self._looked_at < LOOK_S / 2:
            return
        self._looked_at = now
        for p in live:
            read = self.spans[p].read
            at, since, is_seen = self._stood.get(p, (-1, 0.0, False))
            if at != read:
                self._stood[p] = read, now, False
            elif not is_seen and now - since > LOOK_S:
                self._stood[p] = read, since, True
                self.look(p, read)

    def _check(self) -> Mapping[int, int | None]:
        self._checked_at, self.is_checked = self.now(), True
        return self.probe.leaders()

    def _ask_again(self, quiet: Iterable[int]) -> None:
        """Nothing came for long: leader gone, records expired, or another topic by now (which raises)."""
        leaders = self._check()
        self._moved_at = self.now()
        for p in list(quiet):
            if leaders.get(p) is None:
                self.parts[p].fail("it has no leader now" if p in leaders else "it is not there any more")

    def _stalled(self, live: Iterable[int]) -> None:
        """Time is over: what never sent anything in it is named."""
        for p in live:
            span = self.spans[p]
            if self.parts[p].state == "open" and span.read == span.low and not span.count and self.now() - self._moved_at > STALLED_S:
                self.parts[p].fail(self.probe.complaint() or "its leader sent nothing in time")

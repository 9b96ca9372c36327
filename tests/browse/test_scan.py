"""Reading a log of plain values: whole, page by page, both ways, filtered, and after any interruption. Laws against the dump."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.browse import parts, ranges
from controlcenter.browse.parts import Hit, Part
from controlcenter.browse.ranges import Range
from controlcenter.browse.request import Request
from controlcenter.browse.scan import Scan
from controlcenter.browse.source import Known, Skip, Source
from controlcenter.errors import Kind, Problem
from controlcenter.kafka.batches import Batch
from controlcenter.kafka.browsing import Lost, Mark, Raw, Sifted, Span

Log = dict[int, tuple[Mark, list[Raw]]]


def raw(p: int, offset: int, at_ms: int, value: bytes = b"v") -> Raw:
    return Raw(p, offset, at_ms, "CreateTime", None, None, value, ())


class Brokers:
    """A reader, and what is asked beside, over a log of values. Gives a few records a poll, of one partition after another."""

    def __init__(self, log: Log, at_once: int = 7) -> None:
        self.log, self.at_once = log, at_once
        self.at: dict[int, int] = {}
        self.lost: list[Lost] = []
        self.turn = 0

    def assign(self, offsets: Mapping[int, int]) -> None:
        self.at = dict(offsets)

    def add(self, partition: int, offset: int) -> None:
        self.at[partition] = offset

    def drop(self, partition: int) -> None:
        self.at.pop(partition, None)

    def sift(self, timeout_s: float, spans: Mapping[int, Span], sieve: Any) -> Sifted:
        hits: list[tuple[Raw, int]] = []
        lost: list[Lost] = []
        for p in sorted(self.at, key=lambda p: (p + self.turn) % 5)[:2]:
            mark, records = self.log[p]
            span = spans[p]
            if self.at[p] < mark.start:
                lost.append(Lost(p, self.at[p], "out of range", True))
                del self.at[p]
                continue
            run = [r for r in records if r.offset >= self.at[p]][: self.at_once]
            self.at[p] = run[-1].offset + 1 if run else mark.end
            run = [r for r in run if r.offset < span.stop]
            picked = enumerate(run) if sieve is None else sieve.pick(p, run, lambda r: r)
            hits += [(record, span.count + i) for i, record in picked]
            span.count += len(run)
            span.bytes += sum(len(r.value or b"") for r in run)
            span.last_ms = run[-1].timestamp_ms if run else span.last_ms
            span.read = max(span.read, min(span.stop, self.at[p]))
        self.turn += 1
        return Sifted(hits, lost)

    def mark(self, partition: int) -> Mark:
        return self.log[partition][0]

    def leaders(self) -> Mapping[int, int | None]:
        return dict.fromkeys(self.log, 1)

    def first_at(self, asked: Iterable[int], at_ms: int) -> dict[int, int | None]:
        return {p: next((r.offset for r in self.log[p][1] if r.timestamp_ms >= at_ms), None) for p in asked}

    def complaint(self) -> str:
        return ""


class Even:
    """Wants every record of an even offset."""

    def pick(self, partition: int, messages: list[Raw], read: Any) -> list[tuple[int, Raw]]:
        return [(i, r) for i, r in enumerate(messages) if r.offset % 2 == 0]


class Got:
    """Where a read's rows end up. Each look at the clock is a moment later, so that rows leave in several goes."""

    def __init__(self, dies_after: int = 1 << 30) -> None:
        self.given: list[Raw] = []
        self.certain: list[Raw] = []
        self.parts: dict[int, list[Any]] = {}
        self.now = 0.0
        self.dies_after = dies_after

    def clock(self) -> float:
        self.now += 0.01
        return self.now

    def keep(self, record: Any) -> Any:
        return record

    def let_go(self, hits: Iterable[Any]) -> None: ...

    def rows(self, hits: list[Hit]) -> None:
        self.given += [hit.record for hit in hits]

    def reached(self, found: Iterable[Part], scanned: int, size_bytes: int) -> None:
        self.certain = list(self.given)
        self.parts = {part.partition: part.told() for part in found}
        self.dies_after -= 1
        if not self.dies_after:
            raise InterruptedError

    def passed(self, at: Mapping[int, int], scanned: int, size_bytes: int, waiting: int) -> None: ...


def scan(log: Log, asked: Request, found: Mapping[int, Part], got: Got, *, filtered: bool, **more: Any) -> str:
    brokers = Brokers(log)
    source = more.pop("source", None) or Source(lambda _: brokers, {})
    made = Scan(source, brokers, asked, found, Even() if filtered else None, got, 1e9, now=got.clock, **more)
    made._size = 20  # rounds of the tests' small logs
    return made.run()


def begun(log: Log, asked: Request) -> dict[int, Part]:
    return {r.partition: parts.of_range(r) for r in ranges.plan(asked, {p: mark for p, (mark, _) in log.items()})}


def pages(log: Log, asked: Request, *, filtered: bool, most: int = 300) -> list[list[Raw]]:
    """Read page after page, each from where the one before ended, until all is read."""
    found, all_pages = begun(log, asked), []
    for _ in range(most):
        got = Got()
        scan(log, asked, found, got, filtered=filtered)
        all_pages.append(got.given)
        if all(part.state == "complete" for part in found.values()):
            return all_pages
        found = {p: parts.at_place(p, part.start, part.stop, part.at, is_backward=asked.is_backward) for p, part in found.items()}
    raise AssertionError("pages do not end")


@st.composite
def logs(draw: st.DrawFn, *, in_order: bool | None = None) -> Log:
    """Partitions with holes, deleted prefixes, and timestamps that do not always rise."""
    found: Log = {}
    rises = draw(st.booleans()) if in_order is None else in_order
    for p in range(draw(st.integers(1, 4))):
        start, size = draw(st.integers(0, 50)), draw(st.integers(0, 80))
        there = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        times = draw(st.lists(st.integers(0, 5000), min_size=size, max_size=size))
        times = sorted(times) if rises else times
        records = [raw(p, start + i, times[i]) for i in range(size) if there[i]]
        found[p] = Mark(start, start + size, start + size), records
    return found


def merged(log: Log, *, is_backward: bool, filtered: bool = False) -> list[Raw]:
    """The k-way merge of the whole dump, written the slow way."""
    sign = -1 if is_backward else 1
    lists = {
        p: sorted((r for r in records if not filtered or r.offset % 2 == 0), key=lambda r: sign * r.offset)
        for p, (_, records) in log.items()
    }
    found = []
    while any(lists.values()):
        best = min((left[0] for left in lists.values() if left), key=lambda r: (sign * r.timestamp_ms, sign * r.partition, sign * r.offset))
        found.append(lists[best.partition].pop(0))
    return found


ORDERS = st.sampled_from(["newest", "oldest"])


@settings(max_examples=30)
@given(logs(), st.integers(1, 60), ORDERS)
def test_pages_in_a_row_are_the_whole_merge(log: Log, n: int, order: str) -> None:
    found = pages(log, Request("oldest", n, order=order), filtered=False)
    assert [r for page in found for r in page] == merged(log, is_backward=order == "newest")
    assert all(len(page) == n for page in found[:-1])


@settings(max_examples=30)
@given(logs(), st.integers(1, 60), ORDERS)
def test_filtered_pages_in_a_row_are_what_brute_force_finds_each_partition_in_its_order(log: Log, n: int, order: str) -> None:
    found = [r for page in pages(log, Request("oldest", n, order=order), filtered=True) for r in page]
    sign = -1 if order == "newest" else 1
    for p, (_, records) in log.items():
        wanted = sorted((r for r in records if r.offset % 2 == 0), key=lambda r: sign * r.offset)
        assert [r for r in found if r.partition == p] == wanted


@settings(max_examples=30)
@given(logs(in_order=True), st.integers(1, 60), ORDERS)
def test_where_time_grows_filtered_pages_are_in_the_order_of_time(log: Log, n: int, order: str) -> None:
    found = [r for page in pages(log, Request("oldest", n, order=order), filtered=True) for r in page]
    assert [r.timestamp_ms for r in found] == [r.timestamp_ms for r in merged(log, is_backward=order == "newest", filtered=True)]


@settings(max_examples=30)
@given(logs(), st.integers(1, 40), ORDERS, st.booleans())
def test_the_page_before_holds_what_was_before(log: Log, n: int, order: str, filtered: bool) -> None:
    asked = Request("oldest", n, order=order)
    found = begun(log, asked)
    first, second = Got(), Got()
    scan(log, asked, found, first, filtered=filtered)
    again = {p: parts.at_place(p, part.start, part.stop, part.at, is_backward=not asked.is_backward) for p, part in found.items()}
    scan(log, replace(asked, n=10_000, order="oldest" if asked.is_backward else "newest"), again, second, filtered=filtered)
    assert sorted(second.given) == sorted(first.given)


@settings(max_examples=30)
@given(logs(), st.integers(1, 200), ORDERS, st.booleans(), st.integers(1, 4))
def test_whoever_goes_on_after_a_death_misses_nothing_and_gets_nothing_twice(
    log: Log, n: int, order: str, filtered: bool, lives: int
) -> None:
    asked = Request("oldest", n, order=order)
    found, rows = begun(log, asked), list[Raw]()
    for life in range(200):
        got = Got(dies_after=lives)
        try:
            scan(log, asked, found, got, filtered=filtered, left=n - len(rows))
        except InterruptedError:
            rows += got.certain
            found = {p: parts.of_told(told) for p, told in got.parts.items()}
            if life == 20:
                lives = 1 << 30
        else:
            rows += got.given
            break
    places = [(r.partition, r.offset) for r in rows]
    assert len(places) == len(set(places))
    everything = merged(log, is_backward=asked.is_backward, filtered=filtered)
    assert len(rows) == min(n, len(everything))
    if not filtered:
        assert rows == everything[:n]


@settings(max_examples=30)
@given(logs(), st.integers(1, 60), ORDERS, st.booleans())
def test_accounts_add_up(log: Log, n: int, order: str, filtered: bool) -> None:
    asked = Request("oldest", n, order=order)
    found, got = begun(log, asked), Got()
    scan(log, asked, found, got, filtered=filtered)
    for p, part in found.items():
        low, high = (part.at, part.stop) if asked.is_backward else (part.start, part.at)
        assert part.start <= part.at <= part.stop
        covered = [r for r in log[p][1] if low <= r.offset < high]
        assert part.records == len(covered)
        assert part.matched == len([r for r in covered if not filtered or r.offset % 2 == 0])
        assert (part.state == "complete") == (part.at == (part.start if asked.is_backward else part.stop))


def line(many: int, start: int = 0) -> Log:
    return {0: (Mark(start, many, many), [raw(0, i, i) for i in range(start, many)])}


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_records_that_expire_under_a_reader_are_named_and_reading_goes_on(order: str) -> None:
    log = line(100, 30)
    found, got = {0: parts.of_range(Range(0, 0, 100, 0 if order == "oldest" else 100))}, Got()
    scan(log, Request("oldest", 1000, order=order), found, got, filtered=False)
    assert sorted(r.offset for r in got.given) == list(range(30, 100))
    assert found[0].expired is not None
    assert found[0].expired[1] == 30
    assert found[0].state == "complete"


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_batch_that_kills_is_one_row_and_its_neighbours_are_read(order: str) -> None:
    log = line(100)
    fetched: list[int] = []

    class Killing(Brokers):
        """Dies of whoever fetches offsets 40 to 44. Fetches 1,000 ahead, or one when it is careful, or none."""

        def __init__(self, mode: str) -> None:
            super().__init__(log, at_once={"page": 7}.get(mode, 1))
            self.ahead = {"page": 1000, "careful": 1, "slow": 0}[mode]

        def sift(self, timeout_s: float, spans: Mapping[int, Span], sieve: Any) -> Sifted:
            assert not any(at <= 44 and at + self.ahead >= 40 for at in self.at.values()), "it was fetched"
            found = super().sift(timeout_s, spans, sieve)
            fetched.extend(hit[0].offset for hit in found.hits)
            return found

    source = Source(Killing, {0: [Skip(40, 45, 38, "its memory limit")]})
    found, got = begun(log, Request("oldest", order=order)), Got()
    scan(log, Request("oldest", 1000, order=order), found, got, filtered=False, source=source)
    rows = {r.offset: r.fault for r in got.given}
    assert sorted(rows) == [*range(41), *range(45, 100)]
    assert rows[40] == "A batch of offsets 40 to 44 of partition 0 cannot be decoded safely (its memory limit)."
    assert (found[0].state, found[0].records, found[0].undecodable) == ("complete", 95, 1)


def batch(base: int, last: int, marker: str = "", state: str = "") -> Batch:
    return Batch(base, last, 5, 0, "none", last - base + 1, 70, 9, bool(marker or state), marker, state)


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("n", [1, 3, 100])
def test_markers_stand_among_the_records_and_are_counted_apart(order: str, n: int) -> None:
    records = [raw(0, i, i) for i in (0, 1, 2, 4, 5, 7)]
    log = {0: (Mark(0, 9, 9), records)}
    batches = [batch(0, 2), batch(3, 3, "commit"), batch(4, 5, state="aborted"), batch(6, 6, "abort"), batch(7, 7), batch(8, 8, "commit")]
    asked, found, rows = Request("oldest", n, order=order, markers=True), None, list[Raw]()
    for _ in range(10):
        found = begun(log, asked) if found is None else {
            p: parts.at_place(p, part.start, part.stop, part.at, is_backward=asked.is_backward) for p, part in found.items()
        }  # fmt: skip
        brokers, got = Brokers(log, at_once=2), Got()
        known = Known(lambda p, at: [b for b in batches if b.last >= at][:2])
        scan(log, asked, found, got, filtered=False, source=Source(lambda _, b=brokers: b, {}, known=known))
        rows += got.given
        if found[0].state == "complete":
            break
    flags = {r.offset: r.flags for r in rows}
    assert len(rows) == len(flags) == 9
    assert {o: f for o, f in flags.items() if f} == {
        3: ("control", "commit"), 4: ("aborted",), 5: ("aborted",), 6: ("control", "abort"), 8: ("control", "commit"),
    }  # fmt: skip
    if n == 100:
        assert found is not None
        assert found[0].records == 6


class Silent(Brokers):
    """Partition 1 has no leader: nothing comes from it, and nobody says why unless asked."""

    def sift(self, timeout_s: float, spans: Mapping[int, Span], sieve: Any) -> Sifted:
        held = self.at.pop(1, None)
        found = super().sift(timeout_s, spans, sieve)
        if held is not None:
            self.at[1] = held
        return found

    def leaders(self) -> Mapping[int, int | None]:
        return {0: 1, 1: None}


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("filtered", [False, True])
def test_a_partition_without_a_leader_is_named_and_the_others_are_read(order: str, filtered: bool) -> None:
    log = {0: line(40)[0], 1: (Mark(0, 40, 40), [raw(1, i, i) for i in range(40)])}
    brokers, got = Silent(log), Got()
    asked = Request("oldest", 1000, order=order)
    found = begun(log, asked)
    made = Scan(Source(lambda _: brokers, {}), brokers, asked, found, Even() if filtered else None, got, 1e9, now=got.clock)
    made.run()
    assert sorted(r.offset for r in got.given) == [i for i in range(40) if not filtered or i % 2 == 0]
    assert (found[0].state, found[1].state, found[1].what) == ("complete", "failed", "it has no leader now")


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_nothing_goes_out_of_a_topic_that_is_another_by_now(order: str) -> None:
    class Anew(Brokers):
        def leaders(self) -> Mapping[int, int | None]:
            raise Problem(Kind.CONFLICT, "made anew")

    log, got = line(40), Got()
    brokers, asked = Anew(log), Request("oldest", 1000, order=order)
    with pytest.raises(Problem, match="made anew"):
        Scan(Source(lambda _: brokers, {}), brokers, asked, begun(log, asked), None, got, 1e9, now=got.clock).run()
    assert got.given == []


def test_a_search_that_finds_nothing_still_asks_whether_the_topic_is_the_same() -> None:
    class Never:
        def pick(self, partition: int, messages: list[Raw], read: Any) -> list[tuple[int, Raw]]:
            return []

    class Counting(Brokers):
        asked = 0

        def leaders(self) -> Mapping[int, int | None]:
            self.asked += 1
            return {0: 1}

    log, got = line(5000), Got()
    brokers, asked = Counting(log, at_once=1), Request("oldest", 10)
    Scan(Source(lambda _: brokers, {}), brokers, asked, begun(log, asked), Never(), got, 1e9, now=got.clock).run()
    assert brokers.asked > got.now / 10

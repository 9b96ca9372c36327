"""From snapshot to browser over a bad road: what is lost, doubled, late or merged never ends in wrong rows."""

from typing import Any

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from controlcenter.live import outbox as outboxes
from controlcenter.live import views
from controlcenter.live.hub import Sight, Stream
from controlcenter.live.narrow import Narrowed
from controlcenter.live.outbox import Outbox, merged
from controlcenter.observe import delta
from controlcenter.observe.snapshot import TABLES, Snapshot, from_columnar

NAMES = ("rides", "zones", "trips")
ROWS = st.dictionaries(st.sampled_from(NAMES), st.none() | st.integers(0, 3)).map(
    lambda made: {name: {**dict.fromkeys(TABLES["topics"]), "name": name, "records": records} for name, records in made.items()}
)
CLUSTER = {"cluster": dict.fromkeys(TABLES["cluster"])}


def state(version: int, rows: dict[str, Any]) -> Snapshot:
    return Snapshot(version, {"cluster": CLUSTER, **({"topics": rows} if rows else {})})


async def _nowhere(_: Any) -> None: ...


class Browser:
    """The rules of static/js/live/channels.js."""

    def __init__(self) -> None:
        self.tables: dict[str, Any] = {}
        self.seq, self.version, self.stream = -1, None, None
        self.asks = True

    def take(self, frame: dict[str, Any]) -> None:
        if frame["kind"] == "snapshot":
            self.tables = {name: from_columnar(table) for name, table in frame["tables"].items()}
            self.seq, self.version, self.stream, self.asks = frame["seq"], frame["version"], frame["stream"], False
        elif frame["kind"] == "gap":
            self._lost()
        elif self.seq < 0 or frame["seq"] <= self.seq:
            return
        elif frame.get("after", frame["seq"] - 1) > self.seq:
            self._lost()
        else:
            self.tables = dict(delta.apply(Snapshot(0, self.tables), {"version": 0, "tables": frame["tables"]}).tables)
            self.seq, self.version = frame["seq"], frame["version"]

    def _lost(self) -> None:
        self.seq, self.version, self.stream, self.asks = -1, None, None, True


class Road(RuleBasedStateMachine):
    """One stream, one slow socket, a road that loses, doubles and swaps frames, and a browser at its end."""

    @initialize(rows=ROWS)
    def start(self, rows: dict[str, Any]) -> None:
        self.narrowed = Narrowed(state(1, rows))
        self.stream = Stream("demo", "topics", Sight("all", lambda _, names: list(names)), self.narrowed)
        self.outbox, self.road, self.browser = Outbox(_nowhere, _nowhere), [], Browser()
        self.shown: dict[int, Any] = {1: self.stream.shown}
        self.reconnect()

    @rule(rows=ROWS)
    def change(self, rows: dict[str, Any]) -> None:
        newer = state(self.narrowed.snapshot.version + 1, rows)
        self.narrowed = Narrowed(newer, self.narrowed)
        self.stream.advance(self.narrowed)
        self.shown[self.stream.version] = self.stream.shown

    @rule()
    def send(self) -> None:
        self.road += [orjson.loads(text) for text in self.outbox._taken()]

    @rule(at=st.integers(0, 5))
    def lose(self, at: int) -> None:
        del self.road[at : at + 1]

    @rule(at=st.integers(0, 5))
    def double(self, at: int) -> None:
        self.road += self.road[at : at + 1]

    @rule(at=st.integers(0, 5))
    def swap(self, at: int) -> None:
        self.road[at : at + 2] = self.road[at : at + 2][::-1]

    @rule()
    def arrive(self) -> None:
        if self.road:
            self.browser.take(self.road.pop(0))

    @rule()
    def ask(self) -> None:
        if self.browser.asks:
            self.stream.begin(self.outbox, self.browser.version, self.browser.stream)

    @rule()
    def reconnect(self) -> None:
        """A new socket loses what was under way."""
        self.stream.sockets.discard(self.outbox)
        self.outbox, self.road = Outbox(_nowhere, _nowhere), []
        self.stream.begin(self.outbox, self.browser.version, self.browser.stream)

    @rule()
    def the_server_starts_anew(self) -> None:
        self.stream = Stream("demo", "topics", self.stream.sight, self.narrowed)
        self.shown[self.stream.version] = self.stream.shown
        self.outbox, self.road = Outbox(_nowhere, _nowhere), []
        self.stream.begin(self.outbox, self.browser.version, self.browser.stream)

    @invariant()
    def what_is_shown_was_true_once(self) -> None:
        if getattr(self, "browser", None) and self.browser.version is not None:
            assert self.browser.tables == self.shown[self.browser.version]

    @invariant()
    def after_a_resync_it_is_true_now(self) -> None:
        if not hasattr(self, "browser"):
            return
        copy, outbox = Browser(), Outbox(_nowhere, _nowhere)
        copy.__dict__.update(self.browser.__dict__)
        self.stream.begin(outbox, copy.version, copy.stream)
        for text in outbox._taken():
            copy.take(orjson.loads(text))
        self.stream.sockets.discard(outbox)
        assert copy.tables == views.tables_of("topics", self.narrowed.snapshot, self.stream.sight)


Road.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestRoad = Road.TestCase


def test_two_changes_merge_into_one_that_does_both() -> None:
    first = {"topics": {"set": {"a": {"n": 1}, "b": {"n": 1, "m": 1}}, "drop": ["c", "d"]}}
    second = {"topics": {"set": {"b": {"n": 2}, "c": {"n": 5, "m": 5}}, "drop": ["a"]}, "groups": {"drop": ["g"]}}
    assert merged(first, second) == {
        "topics": {"set": {"b": {"n": 2, "m": 1}, "c": {"n": 5, "m": 5}}, "drop": ["d", "a"]},
        "groups": {"set": {}, "drop": ["g"]},
    }


def change(seq: int, rows: int) -> outboxes.Frame:
    tables = {"topics": {"set": {f"{seq}-{n}": {"n": n} for n in range(rows)}}}
    return outboxes.Frame("demo/topics", seq, seq - 1, seq, tables)


def test_a_slow_socket_gets_one_merged_change() -> None:
    box = Outbox(_nowhere, _nowhere)
    for seq in range(1, 6):
        box.put(change(seq, 1))
    (frame,) = [orjson.loads(text) for text in box._taken()]
    assert (frame["after"], frame["seq"], len(frame["tables"]["topics"]["set"])) == (0, 5, 5)


def test_too_much_waiting_becomes_one_gap_until_the_client_asks() -> None:
    box = Outbox(_nowhere, _nowhere)
    box.put(change(1, outboxes.HELD))
    for seq in range(2, 5):
        box.put(change(seq, 1))
    assert [orjson.loads(text)["kind"] for text in box._taken()] == ["gap"]
    box.put(outboxes.Frame("demo/topics", 4, 4, 4, None, "the snapshot"))
    box.put(change(5, 1))
    assert len(box._taken()) == 2


async def test_a_socket_that_drops_for_thirty_seconds_is_given_up() -> None:
    now, closed = [0.0], []

    async def close(code: int) -> None:
        closed.append(code)

    box = Outbox(_nowhere, close, lambda: now[0])
    for at in (0.0, 20.0, 31.0):
        now[0] = at
        box.forget("demo/topics")
        box.put(change(1, outboxes.HELD))
        box.put(change(2, 1))
    await box.run()
    assert closed == [outboxes.TRY_AGAIN_LATER]


async def test_a_send_that_blocks_ends_the_socket(monkeypatch: Any) -> None:
    import asyncio

    monkeypatch.setattr(outboxes, "SEND_S", 0.01)
    closed = []

    async def close(code: int) -> None:
        closed.append(code)

    async def blocked(_: str) -> None:
        await asyncio.Event().wait()

    box = Outbox(blocked, close)
    box.tell({"kind": "beat"})
    await asyncio.wait_for(box.run(), 5)
    assert closed == [outboxes.TRY_AGAIN_LATER]

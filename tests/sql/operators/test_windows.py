"""Windows against the slow models, and the laws: batching, expiry, cache, restart, undo."""

import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.sql.codegen import build
from controlcenter.sql.codegen.query import Settings
from controlcenter.sql.engine import Engine, collector
from controlcenter.sql.records import Record
from tests.sql.operators import models

STREAM = "CREATE STREAM s (k STRING KEY, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');"
TABLE = "CREATE TABLE t (k STRING PRIMARY KEY, g STRING, n INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');"
EVENTS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.integers(-3, 9)), max_size=40)
CUTS = st.lists(st.integers(1, 7), min_size=40, max_size=40)
TIMED = [  # size, advance, grace, retention, is_final
    (10, 10, 0, 10, False),
    (10, 10, 5, 15, False),
    (10, 10, 5, 40, True),
    (10, 10, 0, 10, True),
    (12, 5, 3, 15, False),
    (12, 4, 0, 20, True),
    (7, 1, 2, 9, True),
]
SESSIONS = [(5, 0, 5, False), (5, 8, 13, False), (5, 8, 40, False), (5, 0, 5, True), (5, 8, 13, True), (5, 1, 40, True)]
# gap, grace, retention, is_final


def query(window, is_final, *, is_cached=False, having=""):
    engine = Engine(is_cached=is_cached)
    emit = "EMIT FINAL" if is_final else "EMIT CHANGES"
    engine.execute(f"{STREAM} CREATE TABLE r AS SELECT k, SUM(n) AS n FROM s WINDOW {window} GROUP BY k {having} {emit};")
    return next(iter(engine.queries.values()))


def timed(size, advance, grace, retention, is_final):
    kind = f"TUMBLING (SIZE {size}" if size == advance else f"HOPPING (SIZE {size} MILLISECONDS, ADVANCE BY {advance}"
    return query(f"{kind} MILLISECONDS, RETENTION {retention} MILLISECONDS, GRACE PERIOD {grace} MILLISECONDS)", is_final)


def session(gap, grace, retention, is_final):
    return query(f"SESSION ({gap} MILLISECONDS, RETENTION {retention} MILLISECONDS, GRACE PERIOD {grace} MILLISECONDS)", is_final)


def records(events):
    return [Record("s", key.encode(), b'{"n":%d}' % n, ts, 0, at) for at, (key, ts, n) in enumerate(events)]


def sent(running, batches, *, prunes=False, reloads=False):
    made = []
    task, out = running.fresh(), collector(made)
    for at, batch in enumerate(batches):
        task.run(batch, out)
        if prunes:
            task.state.prune()
        if reloads and at % 4 == 0:
            saved, task = task.save(), running.fresh()
            task.load(saved)
    return made


def told(made, size=None):
    """Return records of a windowed topic as (key, start, end, sum, timestamp)."""
    found = []
    for record in made:
        number = None if record.value_ is None else json.loads(record.value_)["N"]
        if size is None:
            end, start = struct.unpack(">qq", record.key_[-16:])
            found.append((record.key_[:-16].decode(), start, end, number, record.timestamp_ms))
        else:
            (start,) = struct.unpack(">q", record.key_[-8:])
            found.append((record.key_[:-8].decode(), start, start + size, number, record.timestamp_ms))
    return found


def cut(batch, sizes):
    batches, at = [], 0
    for size in sizes:
        batches.append(batch[at : at + size])
        at += size
        if at >= len(batch):
            break
    return batches


@pytest.mark.parametrize("window", TIMED, ids=str)
def test_time_windows_do_what_the_model_does(window):
    running = timed(*window)

    @settings(deadline=None, max_examples=25)
    @given(EVENTS, CUTS)
    def law(events, sizes):
        batch, wanted = records(events), models.timed(events, *window)
        assert told(sent(running, [batch]), window[0]) == wanted
        assert told(sent(running, cut(batch, sizes)), window[0]) == wanted
        assert told(sent(running, [[r] for r in batch], prunes=True), window[0]) == wanted
        assert told(sent(running, cut(batch, sizes), reloads=True), window[0]) == wanted

    law()


@pytest.mark.parametrize("window", SESSIONS, ids=str)
def test_sessions_do_what_the_model_does(window):
    running = session(*window)

    @settings(deadline=None, max_examples=25)
    @given(EVENTS, CUTS)
    def law(events, sizes):
        batch, wanted = records(events), models.sessions(events, *window)
        assert told(sent(running, [batch])) == wanted
        assert told(sent(running, cut(batch, sizes))) == wanted
        assert told(sent(running, [[r] for r in batch], prunes=True)) == wanted
        assert told(sent(running, cut(batch, sizes), reloads=True)) == wanted

    law()


def compact(made):
    """Return the final table of a topic: the newest value of each key, the deleted ones left out."""
    table = {record.key_: (record.value_, record.timestamp_ms) for record in made}
    return {key: value for key, value in table.items() if value[0] is not None}


WINDOWS = ["", "WINDOW TUMBLING (SIZE 10 MILLISECONDS)", "WINDOW HOPPING (SIZE 10 MILLISECONDS, ADVANCE BY 3 MILLISECONDS)"]


@pytest.mark.parametrize("window", [*WINDOWS, "WINDOW SESSION (5 MILLISECONDS, GRACE PERIOD 9 MILLISECONDS)"])
@pytest.mark.parametrize("having", ["", "HAVING SUM(n) > 4"])
def test_a_cache_changes_no_final_table(window, having):
    engine = Engine()
    engine.execute(f"{STREAM} CREATE TABLE r AS SELECT k, SUM(n) AS n FROM s {window} GROUP BY k {having};")
    running = next(iter(engine.queries.values()))
    cached = Settings(running.settings.formats, {}, is_cached=True)

    @settings(deadline=None, max_examples=20)
    @given(EVENTS, CUTS)
    def law(events, sizes):
        batch, made = records(events), []
        task, out = build.task(running.plan, cached), collector(made)
        for part in cut(batch, sizes):
            task.run(part, out)
            task.flush(out)
        assert compact(made) == compact(sent(running, [batch]))

    law()


CHANGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.tuples(st.sampled_from(["x", "y", None]), st.integers(-3, 9)))), max_size=30
)


def test_a_table_takes_its_old_rows_back():
    engine = Engine()
    engine.execute(f"{TABLE} CREATE TABLE r AS SELECT g, COUNT(*) AS c, SUM(n) AS s FROM t GROUP BY g;")
    running = next(iter(engine.queries.values()))

    @settings(deadline=None, max_examples=40)
    @given(CHANGES, CUTS)
    def law(changes, sizes):
        batch, rows, groups = [], {}, set()
        for at, (key, row) in enumerate(changes):
            value = None if row is None else json.dumps({"g": row[0], "n": row[1]}).encode()
            batch.append(Record("t", key.encode(), value, at))
            rows[key] = row
            groups |= {row[0]} if row is not None and row[0] is not None else set()
        wanted = {}
        for group in groups:
            held = [row[1] for row in rows.values() if row is not None and row[0] == group]
            wanted[group.encode()] = {"C": len(held), "S": sum(held)}
        made = sent(running, cut(batch, sizes), reloads=True)
        assert {key: json.loads(value) for key, (value, _) in compact(made).items()} == wanted
        assert [(r.key_, r.value_) for r in made] == [(r.key_, r.value_) for r in sent(running, [batch])]

    law()


def test_a_session_that_ends_right_at_the_border_is_in_time_and_one_earlier_is_not():
    running = session(5, 8, 40, False)  # gap 5, grace 8: at 30 the border is 17
    for ts, is_in_time in ((17, True), (16, False)):
        made = told(sent(running, [records([("b", 30, 1), ("a", ts, 1)])]))
        assert (("a", ts, ts, 1, ts) in made) is is_in_time
    grown = records([("a", 12, 1), ("b", 30, 1), ("a", 17, 1)])
    assert ("a", 12, 17, 2, 17) in told(sent(running, [grown]))
    late = records([("a", 12, 1), ("b", 30, 1), ("a", 16, 1)])
    assert [one for one in told(sent(running, [late])) if one[0] == "a"] == [("a", 12, 12, 1, 12)]


def test_closed_windows_and_sessions_are_forgotten():
    running = timed(10, 10, 0, 10, False)
    task = running.fresh()
    task.run(records([("a", ts, 1) for ts in range(0, 5000, 5)]), collector([]))
    assert len(task.state.buckets) <= 2
    running = session(5, 0, 5, False)
    task = running.fresh()
    task.run(records([("a", ts, 1) for ts in range(0, 5000, 50)]), collector([]))
    assert sum(map(len, task.state.rows.values())) <= 2


def test_a_partition_that_lags_behind_loses_nothing():
    early = [("a", ts, 1) for ts in range(0, 50, 7)]
    far = [("b", ts, 1) for ts in range(1000, 1050, 7)]
    apart = [Record("s", key.encode(), b'{"n":1}', ts, part) for part, events in ((1, far), (0, early)) for key, ts, _ in events]
    ahead = [Record("s", b"b", b'{"n":0}', 3000, part) for part in (0, 1)]
    for window in TIMED:
        made = told(sent(timed(*window), [apart + ahead]), window[0])
        assert [one for one in made if one[0] == "a"] == [one for one in models.timed([*early, ("b", 3000, 0)], *window) if one[0] == "a"]
        assert [one for one in made if one[0] == "b" and one[1] < 2000][:1] != []
    for window in SESSIONS:
        made = told(sent(session(*window), [apart + ahead]))
        assert [one for one in made if one[0] == "a"] == [
            one for one in models.sessions([*early, ("b", 3000, 0)], *window) if one[0] == "a"
        ]

"""The state of one key has an end: what would pass it is dropped and told, and the query goes on."""

import json

from hypothesis import given
from hypothesis import strategies as st

from controlcenter.sql.engine import Engine
from controlcenter.sql.operators.sizes import KEY_BYTES, Sizes, TooLarge, size
from controlcenter.sql.records import Record

SOURCE = "CREATE {} S (K STRING {}, A STRING, B STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');"
STREAM, TABLE = SOURCE.format("STREAM", "KEY"), SOURCE.format("TABLE", "PRIMARY KEY")
LARGE = 300_000  # letters: four are too many for a key


def record(key, a, ts=0, b="x"):
    return Record("s", key.encode(), json.dumps({"A": a, "B": b}).encode(), ts)


def running(definition, select):
    engine = Engine()
    engine.execute(definition + f"CREATE TABLE OUT AS {select};")
    return engine, next(iter(engine.queries.values())).task


def test_a_list_that_would_pass_a_mebibyte_stays_as_it_was_and_other_keys_go_on():
    engine, task = running(STREAM, "SELECT K, COUNT(*) AS N, COLLECT_LIST(A) AS ALL_A FROM S GROUP BY K")
    engine.run([record("k", "a" * LARGE) for _ in range(5)])
    assert task.log.counts["state too large"] == 2
    assert task.sizes.refused == 2
    assert "1,048,576 is the most" in task.log.entries[-1].cause
    (last,) = engine.run([record("k", "b")])
    assert json.loads(last.value()) == {"N": 4, "ALL_A": ["a" * LARGE] * 3 + ["b"]}  # what was dropped counts nowhere
    assert task.sizes.refused == 0


def test_a_value_that_takes_the_place_of_another_is_never_refused():
    engine, task = running(STREAM, "SELECT K, LATEST_BY_OFFSET(A) AS A FROM S GROUP BY K")
    assert len(engine.run([record("k", "a" * LARGE) for _ in range(20)])) == 20
    assert not task.log.counts


def test_sessions_that_merge_are_measured_together():
    engine, task = running(STREAM, "SELECT K, COLLECT_LIST(A) AS A FROM S WINDOW SESSION (10 SECONDS) GROUP BY K")
    engine.run([record("k", "a" * LARGE, at) for at in (0, 1, 15_000, 15_001)])
    engine.run([record("k", "b" * LARGE, 8_000)])
    assert task.log.counts["state too large"] == 1


def test_a_change_of_a_table_that_is_refused_leaves_the_old_row_counted():
    engine, task = running(TABLE, "SELECT B, COUNT(*) AS N, COLLECT_LIST(A) AS ALL_A FROM S GROUP BY B")
    engine.run([record(f"k{n}", "a" * LARGE) for n in range(3)])
    engine.run([record("k0", "b" * (KEY_BYTES - 2 * LARGE + 1))])
    assert task.log.counts["state too large"] == 1
    (last,) = engine.run([record("k0", "b")])
    assert json.loads(last.value())["N"] == 3
    (last,) = engine.run([Record("s", b"k1", None)])
    assert sorted(json.loads(last.value())["ALL_A"]) == ["a" * LARGE, "b"]


@given(st.lists(st.text(max_size=40), max_size=200), st.integers(1, 2000))
def test_a_state_that_is_accepted_never_measures_more_than_the_limit(values, most):
    sizes, kept, bound = Sizes(), [], 0
    for value in values:
        try:
            bound = sizes.grown(bound, ([*kept, value * most],), value * most)
            kept.append(value * most)
        except TooLarge:
            assert size(([*kept, value * most],)) > KEY_BYTES
    assert sum(map(len, kept)) <= KEY_BYTES

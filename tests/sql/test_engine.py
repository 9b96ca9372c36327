"""The engine as one thing: scripts, rows of push queries, queries behind queries, poison, EXPLAIN."""

import pytest

from controlcenter.errors import Problem
from controlcenter.sql import plan as plans
from controlcenter.sql.engine import Engine
from controlcenter.sql.records import Record

RIDES = "CREATE STREAM rides (id STRING KEY, zone INT, fare DOUBLE) WITH (KAFKA_TOPIC='rides', VALUE_FORMAT='JSON');"


def ride(key, value, at=0):
    return Record("rides", key, value, at)


def test_one_bad_statement_changes_nothing():
    engine = Engine()
    with pytest.raises(Problem, match="cannot be resolved"):
        engine.execute(RIDES + "CREATE STREAM a AS SELECT id, zone FROM rides; CREATE STREAM b AS SELECT id, nothing FROM rides;")
    assert (dict(engine.catalog.sources), engine.queries) == ({}, {})


def test_a_push_query_gives_its_rows_in_the_order_of_select():
    engine = Engine()
    engine.execute(RIDES + "SELECT COUNT(*) AS n, zone FROM rides GROUP BY zone EMIT CHANGES;")
    engine.run([ride(b"a", b'{"zone":2}', 5), ride(b"b", b'{"ZONE":"2"}', 3), ride(b"c", b"{}", 9)])
    (running,) = engine.queries.values()
    assert running.rows == [((1, 2), 5, False), ((2, 2), 5, False)]


def test_a_push_query_over_a_table_marks_what_is_gone():
    engine = Engine()
    engine.execute("CREATE TABLE t (k INT PRIMARY KEY, v STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');")
    engine.execute("SELECT v, k FROM t WHERE v <> 'hidden' EMIT CHANGES;")
    key = (7).to_bytes(4, "big")
    engine.run([Record("t", key, b'{"v":"x"}', 1), Record("t", key, b'{"v":"hidden"}', 2), Record("t", key, None, 3)])
    (running,) = engine.queries.values()
    assert running.rows == [(("x", 7), 1, False), ((None, 7), 2, True)]


def test_a_push_query_shows_no_null_of_a_stream():
    engine = Engine()
    engine.execute(RIDES + "SELECT * FROM rides EMIT CHANGES;")
    engine.run([ride(b"a", None, 1), ride(b"b", b"{}", 2)])
    (running,) = engine.queries.values()
    assert running.rows == [(("b", None, None), 2, False)]


def test_a_deleted_row_of_a_windowed_table_is_told_by_key_and_window():
    engine = Engine()
    engine.execute(
        "CREATE TABLE w (k STRING PRIMARY KEY, n INT) WITH "
        "(KAFKA_TOPIC='w', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 SECOND'); SELECT * FROM w EMIT CHANGES;"
    )
    engine.run([Record("w", b"a" + (2000).to_bytes(8, "big"), None, 5)])
    (running,) = engine.queries.values()
    assert running.rows == [(("a", 2000, 3000, None), 5, True)]


def test_an_aggregate_without_groups_counts_everything():
    engine = Engine()
    engine.execute(RIDES + "SELECT COUNT(*) AS n, SUM(fare) AS s FROM rides EMIT CHANGES;")
    engine.run([ride(None, b'{"fare":1}'), ride(b"k", b'{"fare":2.5}')])
    (running,) = engine.queries.values()
    assert [row for row, _, _ in running.rows] == [(1, 1.0), (2, 3.5)]


def test_a_query_reads_what_another_writes():
    engine = Engine()
    engine.execute(RIDES + "CREATE STREAM dear AS SELECT id, zone FROM rides WHERE fare > 10;")
    engine.execute("CREATE TABLE n AS SELECT zone, COUNT(*) AS n FROM dear GROUP BY zone;")
    written = engine.run([ride(b"a", b'{"zone":1,"fare":11}'), ride(b"b", b'{"zone":1,"fare":9}'), ride(b"c", b'{"zone":1,"fare":12}')])
    assert [(r.topic_, r.value_) for r in written] == [
        ("DEAR", b'{"ZONE":1}'),
        ("DEAR", b'{"ZONE":1}'),
        ("N", b'{"N":1}'),
        ("N", b'{"N":2}'),
    ]


def test_with_a_cache_the_last_change_of_each_key_leaves_at_the_flush():
    engine = Engine(is_cached=True)
    engine.execute(RIDES + "CREATE TABLE n AS SELECT zone, COUNT(*) AS n FROM rides GROUP BY zone;")
    assert engine.run([ride(b"a", b'{"zone":1}', 1), ride(b"b", b'{"zone":2}', 2), ride(b"c", b'{"zone":1}', 3)]) == []
    assert [(r.value_, r.timestamp_ms) for r in engine.flush()] == [(b'{"N":2}', 3), (b'{"N":1}', 2)]
    assert engine.flush() == []


@pytest.mark.parametrize(
    "poison", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"zone":' + b"9" * 5000 + b"}", b'{"fare":1e999999999}', b"null", b"1"]
)
def test_a_poison_record_is_dropped_and_the_next_one_counts(poison):
    engine = Engine()
    engine.execute(RIDES + "CREATE TABLE n AS SELECT zone, SUM(fare) AS s FROM rides GROUP BY zone;")
    written = engine.run([ride(b"a", b'{"zone":1,"fare":1}'), ride(b"b", poison), ride(b"c", b'{"zone":1,"fare":2}')])
    assert [r.value_ for r in written] == [b'{"S":1.0}', b'{"S":3.0}']


def test_set_changes_what_later_statements_mean():
    engine = Engine()
    engine.execute("SET 'ksql.persistence.default.format.value' = 'DELIMITED'; CREATE STREAM s (n INT) WITH (KAFKA_TOPIC='s');")
    source = engine.catalog.source("S")
    assert source is not None
    assert source.value_format.name == "DELIMITED"


def test_dropping_a_stream_ends_the_query_that_writes_it():
    engine = Engine()
    engine.execute(RIDES + "CREATE STREAM dear AS SELECT id, zone FROM rides WHERE fare > 10;")
    engine.execute("DROP STREAM dear;")
    assert engine.queries == {}
    assert engine.run([ride(b"a", b'{"zone":1,"fare":11}')]) == []


def test_a_join_is_refused_in_words():
    engine = Engine()
    with pytest.raises(Problem, match="Joins cannot be run yet"):
        engine.execute(
            RIDES + "CREATE TABLE z (id STRING PRIMARY KEY, name STRING) WITH (KAFKA_TOPIC='z', VALUE_FORMAT='JSON');"
            "CREATE STREAM j AS SELECT r.id, name FROM rides r JOIN z ON r.id = z.id;"
        )


def test_the_plan_is_told_in_the_words_of_ksqldb():
    engine = Engine()
    engine.execute(RIDES + "CREATE TABLE n AS SELECT zone, COUNT(*) AS n FROM rides WHERE fare > 1 GROUP BY zone HAVING COUNT(*) > 1;")
    (running,) = engine.queries.values()
    words = ["streamSource", "streamFilter", "streamGroupBy", "streamAggregate", "tableFilter", "tableSelect", "tableSink"]
    assert [step["step"] for step in plans.described(running.plan)] == words
    assert plans.text(running.plan).splitlines()[0].startswith("> [ tableSink ]")


def test_two_tasks_of_a_plan_share_nothing():
    engine = Engine()
    engine.execute(RIDES + "CREATE TABLE n AS SELECT zone, COUNT(*) AS n FROM rides GROUP BY zone;")
    (running,) = engine.queries.values()
    one, other = running.fresh(), running.fresh()
    one.run([ride(b"a", b'{"zone":1}')], lambda *given, **named: None)
    assert one.save() != []
    assert other.save() == []

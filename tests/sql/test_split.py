"""The parts of a plan, one after the other, against the plan as a whole."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.sql.codegen import build
from controlcenter.sql.engine import Engine, collector
from controlcenter.sql.records import Record
from controlcenter.sql.split import split

STREAM = "CREATE STREAM s (k STRING KEY, g STRING, n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');"
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]), st.sampled_from(["x", "", None]), st.one_of(st.none(), st.integers(-3, 3)), st.integers(0, 90)
    ),
    max_size=25,
)
QUERIES = [
    "SELECT g, COUNT(*) AS c, SUM(n) AS s FROM s GROUP BY g",
    "SELECT n + 1 AS up, COUNT(g) AS c, LATEST_BY_OFFSET(k) AS last FROM s WHERE n <> 0 GROUP BY n + 1",
    "SELECT g, n, COUNT(*) AS c, MAX(ROWTIME) AS t, MAX(ROWOFFSET) AS o FROM s GROUP BY g, n HAVING COUNT(*) > 1",
    "SELECT 6 / n AS q, COLLECT_LIST(k) AS l FROM s WINDOW HOPPING (SIZE 20 MILLISECONDS, ADVANCE BY 15 MILLISECONDS) GROUP BY 6 / n",
    "SELECT g, COUNT(*) AS c FROM s WINDOW SESSION (9 MILLISECONDS) GROUP BY g EMIT FINAL",
]


@pytest.mark.parametrize("text", QUERIES)
def test_the_parts_send_what_the_whole_sends(text):
    engine = Engine()
    form = ", KEY_FORMAT='JSON'" if ", n, COUNT" in text else ""
    engine.execute(STREAM + f"CREATE TABLE r WITH (VALUE_FORMAT='JSON'{form}) AS {text};")
    running = next(iter(engine.queries.values()))
    parts = split(running.plan)
    assert len(parts) == 2
    assert parts[0].sink is not None
    assert parts[0].sink.topic == "_cc-CTAS_R_0-GroupBy-repartition" == parts[1].topics[0]

    @settings(deadline=None, max_examples=25)
    @given(ROWS)
    def law(rows):
        batch = [
            Record("s", key and key.encode(), json.dumps({"g": g, "n": n}).encode(), ts, 0, at) for at, (key, g, n, ts) in enumerate(rows)
        ]
        whole, between, after = [], [], []
        running.fresh().run(batch, collector(whole))
        build.task(parts[0], running.settings).run(batch, collector(between))
        build.task(parts[1], running.settings).run(between, collector(after))
        assert after == whole

    law()


@pytest.mark.parametrize(
    "text",
    ["CREATE TABLE r AS SELECT k, COUNT(*) AS c FROM s GROUP BY k;", "CREATE STREAM r AS SELECT g, n FROM s PARTITION BY g;"],
)
def test_a_plan_whose_records_need_not_meet_elsewhere_stays_whole(text):
    engine = Engine()
    engine.execute(STREAM + text)
    plan = next(iter(engine.queries.values())).plan
    assert split(plan) == (plan,)

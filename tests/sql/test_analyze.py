"""What a statement means: schemas of results, typed trees, the catalog after it, and every refusal in ksqlDB's words."""

import contextlib
import itertools
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.errors import Problem
from controlcenter.sql import analyze, ast, parser, typed, types
from controlcenter.sql.catalog import Catalog, Column, KeyWindow
from controlcenter.sql.functions.registry import BUILTIN
from controlcenter.sql.trees import rewrite
from tests.sql import trees

CASES = Path(__file__).parent.parent / "cases" / "sql"
SOURCES = """
    CREATE STREAM rides (vendor STRING KEY, seats INT, fare DECIMAL(8, 2), paid BOOLEAN, stops ARRAY<STRING>,
        place STRUCT<lat DOUBLE, lon DOUBLE>) WITH (KAFKA_TOPIC='rides', VALUE_FORMAT='JSON', PARTITIONS=1);
    CREATE STREAM tips (vendor STRING KEY, cents BIGINT) WITH (KAFKA_TOPIC='tips', VALUE_FORMAT='JSON');
    CREATE STREAM wide (vendor STRING KEY, cents BIGINT) WITH (KAFKA_TOPIC='wide', VALUE_FORMAT='JSON', PARTITIONS=6);
    CREATE STREAM fields (vendor STRING KEY, seats INT, ksql_col_1 INT, place STRUCT<lat DOUBLE>, lat STRUCT<lat INT>)
        WITH (KAFKA_TOPIC='fields', VALUE_FORMAT='JSON');
    CREATE STREAM lines (line STRING KEY, number INT) WITH (KAFKA_TOPIC='lines', VALUE_FORMAT='DELIMITED');
    CREATE STREAM bare (v INT) WITH (KAFKA_TOPIC='bare', VALUE_FORMAT='KAFKA');
    CREATE SOURCE STREAM fixed (a INT) WITH (KAFKA_TOPIC='fixed', VALUE_FORMAT='JSON');
    CREATE TABLE vendors (id STRING PRIMARY KEY, city STRING) WITH (KAFKA_TOPIC='vendors', VALUE_FORMAT='JSON');
    CREATE TABLE owners (vendor STRING PRIMARY KEY, owner STRING) WITH (KAFKA_TOPIC='owners', VALUE_FORMAT='JSON');
    CREATE TABLE cities (name STRING PRIMARY KEY, mayor STRING) WITH (KAFKA_TOPIC='cities', VALUE_FORMAT='JSON');
    CREATE TABLE codes (code BIGINT PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='codes', VALUE_FORMAT='JSON');
    CREATE TABLE hourly (id STRING PRIMARY KEY, n BIGINT)
        WITH (KAFKA_TOPIC='hourly', VALUE_FORMAT='JSON', WINDOW_TYPE='TUMBLING', WINDOW_SIZE='1 HOUR');
"""


def run(text, catalog=None, **options):
    """Return the last statement of a script analysed, and the catalog after all of them."""
    catalog, done = catalog or Catalog(), None
    for node in parser.parse(text):
        done = analyze.statement(node, catalog, analyze.Settings(**options))
        catalog = analyze.apply(catalog, done)
    return done, catalog


@pytest.fixture(scope="module")
def catalog():
    return run(SOURCES)[1]


def cases(folder):
    """Return every case of a folder, named after its file and its own name."""
    files = sorted((CASES / folder).glob("*.yaml"))
    return [pytest.param(case, id=f"{path.stem}: {case['name']}") for path in files for case in yaml.safe_load(path.read_text())]


@pytest.mark.parametrize("case", cases("errors"))
def test_a_statement_is_refused_in_ksqldbs_words(case, catalog):
    known = run(case["before"], catalog)[1] if "before" in case else catalog
    with pytest.raises(Problem) as caught:
        run(case["sql"], known)
    assert case["message"] in caught.value.text


@pytest.mark.parametrize("case", cases("schemas"))
def test_a_result_has_its_schema(case, catalog):
    assert str(run(case["sql"], catalog)[1].source("X").schema) == case["schema"]


@settings(deadline=None, max_examples=200)
@given(trees.statements)
def test_nothing_but_a_problem_is_raised(node):
    with contextlib.suppress(Problem):
        analyze.statement(node, CATALOG)


@settings(deadline=None, max_examples=300)
@given(trees.expressions, st.lists(st.integers(0, 1000), min_size=1, max_size=8))
def test_any_expression_over_real_columns_and_functions_has_a_type_or_a_problem(node, choices):
    columns = [column.name for column in CATALOG.source("RIDES").schema]
    functions = sorted(BUILTIN.by_name)
    pick = itertools.cycle(choices)

    def known(inner):
        if isinstance(inner, ast.Name):
            return ast.Name(columns[next(pick) % len(columns)])
        if isinstance(inner, ast.Call):
            return ast.Call(functions[next(pick) % len(functions)], rewrite(inner.args, known))
        return None

    query = ast.Query((ast.Item(rewrite(node, known)),), ast.Relation("RIDES", "RIDES"), emit="CHANGES")
    with contextlib.suppress(Problem):
        found = analyze.statement(ast.Select(query), CATALOG)
        assert found.query.items[0].expression.type == found.query.schema.columns[0].type


# — typed trees ——————————————————————————————————————————————————————————————


def query(text, catalog, **options):
    return run(text, catalog, **options)[0].query


def test_a_text_beside_rowtime_is_an_instant(catalog):
    where = query("SELECT * FROM rides WHERE ROWTIME >= '2024-02-29T13:05' EMIT CHANGES;", catalog).where
    assert where == typed.Comparison(
        ">=", typed.ColumnRef(types.BIGINT, "ROWTIME", "PSEUDO"), typed.Constant(types.BIGINT, 1_709_211_900_000)
    )


def test_case_with_an_operand_compares_it(catalog):
    item = query("SELECT CASE seats WHEN 1 THEN 'one' END FROM rides EMIT CHANGES;", catalog).items[0]
    seats = typed.ColumnRef(types.INTEGER, "SEATS", "VALUE")
    one = typed.Constant(types.STRING, "one")
    assert item.expression == typed.Case(types.STRING, ((typed.Comparison("=", seats, typed.Constant(types.INTEGER, 1)), one),), None)


def test_a_simple_case_and_lists_convert_their_literals(catalog):
    where = query("SELECT * FROM rides WHERE seats IN ('4', 5) EMIT CHANGES;", catalog).where
    assert where.items == (typed.Constant(types.INTEGER, 4), typed.Constant(types.INTEGER, 5))


def test_an_argument_is_cast_to_its_parameter(catalog):
    (item,) = query("SELECT ABS(seats) + POWER(seats, 2) FROM rides EMIT CHANGES;", catalog).items
    assert item.expression.type == types.DOUBLE


def test_a_lambdas_body_sees_its_parameter_and_the_columns(catalog):
    (item,) = query("SELECT TRANSFORM(stops, s => s + vendor) FROM rides EMIT CHANGES;", catalog).items
    body = item.expression.args[1].body
    assert (item.expression.type, body.left) == (types.Array(types.STRING), typed.Parameter(types.STRING, "S"))
    assert body.right == typed.ColumnRef(types.STRING, "VENDOR", "KEY")


def test_equal_aggregates_are_computed_once(catalog):
    found = query("SELECT vendor, COUNT(*), COUNT(*) + 1 FROM rides GROUP BY vendor HAVING COUNT(*) > 2 EMIT CHANGES;", catalog)
    assert len(found.aggregates) == 1
    assert [item.expression for item in found.items[:2]] == [typed.GroupRef(types.STRING, 0), typed.AggregateRef(types.BIGINT, 0)]
    assert found.having.left == typed.AggregateRef(types.BIGINT, 0)


def test_table_functions_are_numbered(catalog):
    found = query("CREATE STREAM x AS SELECT vendor, EXPLODE(stops) AS stop, LEN(EXPLODE(stops)) FROM rides;", catalog)
    assert [item.place for item in found.items] == ["KEY", "VALUE", "VALUE"]
    assert found.items[1].expression == typed.TableRef(types.STRING, 0)
    assert len(found.table_functions) == 1


def test_a_push_query_has_only_values_in_the_order_of_select(catalog):
    found = query("SELECT seats, vendor, ROWTIME FROM rides EMIT CHANGES LIMIT 3;", catalog)
    assert [(column.name, column.place) for column in found.schema] == [("SEATS", "VALUE"), ("VENDOR", "VALUE"), ("ROWTIME", "VALUE")]
    assert found.limit == 3


@pytest.mark.parametrize(
    "expression",
    [
        "ABS(" * 190 + "seats" + ")" * 190,
        "".join(f"TRANSFORM(stops, p{n} => " for n in range(60)) + "vendor" + ")" * 60,
        "CASE " * 60 + "seats" + " WHEN 1 THEN 1 WHEN 2 THEN 2 END" * 60,
        "seats IN (" + ",".join(map(str, range(20_000))) + ")",
        ", ".join(f"seats + {n}" for n in range(5_000)),
    ],
    ids=["calls", "lambdas", "cases", "list", "items"],
)
def test_what_the_parser_takes_is_analysed_in_time_that_grows_with_it(expression, catalog):
    began = time.process_time()
    with contextlib.suppress(Problem):
        run(f"SELECT {expression} FROM rides EMIT CHANGES;", catalog)
    assert time.process_time() - began < 10  # what grew with the square would take minutes


def test_thousands_of_groups_are_told_apart_within_a_second(catalog):
    keys = ", ".join(f"seats + {n}" for n in range(5_000))
    began = time.process_time()
    found = query(f"SELECT COUNT(*) FROM rides GROUP BY {keys} EMIT CHANGES;", catalog)
    assert len(found.group_by) == 5_000
    assert time.process_time() - began < 10  # what grew with the square would take minutes


# — keys, windows, formats ———————————————————————————————————————————————————


def test_only_another_key_repartitions(catalog):
    same = query("CREATE TABLE x AS SELECT vendor, COUNT(*) FROM rides GROUP BY vendor;", catalog)
    other = query("CREATE TABLE x AS SELECT seats, COUNT(*) FROM rides GROUP BY seats;", catalog)
    nothing = query("CREATE STREAM x AS SELECT * FROM rides PARTITION BY vendor;", catalog)
    assert (same.repartitions, other.repartitions, nothing.partition_by) == (False, True, None)


@pytest.mark.parametrize(
    ("window", "grace_ms", "retention_ms"),
    [
        ("TUMBLING (SIZE 1 HOUR)", 82_800_000, 86_400_000),
        ("TUMBLING (SIZE 2 DAYS)", 0, 172_800_000),
        ("HOPPING (SIZE 1 HOUR, ADVANCE BY 1 MINUTE, GRACE PERIOD 0 SECONDS)", 0, 3_600_000),
        ("SESSION (1 HOUR, RETENTION 3 DAYS)", 82_800_000, 259_200_000),
    ],
)
def test_a_window_waits_a_day_unless_told_otherwise(window, grace_ms, retention_ms, catalog):
    found = query(f"CREATE TABLE x AS SELECT vendor, COUNT(*) FROM rides WINDOW {window} GROUP BY vendor;", catalog)
    assert (found.window.grace_ms, found.window.retention_ms) == (grace_ms, retention_ms)


def test_a_final_result_waits_for_nobody(catalog):
    found = query("CREATE TABLE x AS SELECT vendor, COUNT(*) FROM rides WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY vendor EMIT FINAL;", catalog)
    assert (found.window.grace_ms, found.key_window) == (0, KeyWindow("TUMBLING", 3_600_000))


def test_formats_are_inherited_unless_given(catalog):
    _, after = run(
        "CREATE STREAM a WITH (VALUE_FORMAT='DELIMITED', VALUE_DELIMITER='|', KAFKA_TOPIC='raw') AS SELECT vendor, seats FROM rides;"
        "CREATE STREAM b AS SELECT * FROM a; CREATE STREAM c WITH (VALUE_FORMAT='JSON') AS SELECT * FROM b PARTITION BY NULL;",
        catalog,
    )
    a, b, c = (after.source(name) for name in "ABC")
    assert (a.topic, a.value_format.delimiter, a.key_format.name) == ("raw", "|", "KAFKA")
    assert (b.topic, b.value_format, b.partitions) == ("B", a.value_format, 1)
    assert (c.key_format.name, c.value_format.name) == ("NONE", "JSON")


# — the catalog ——————————————————————————————————————————————————————————————


def test_a_statement_changes_no_catalog_but_the_one_it_gives(catalog):
    before = dict(catalog.sources)
    _, after = run("CREATE STREAM x AS SELECT * FROM rides; DROP STREAM tips; CREATE TYPE a AS INT;", catalog)
    assert dict(catalog.sources) == before
    assert after.source("X") is not None
    assert after.source("TIPS") is None
    assert after.types == {"A": types.INTEGER}


def test_queries_count_up_and_end_with_their_sink(catalog):
    text = "CREATE STREAM x AS SELECT * FROM tips; INSERT INTO x SELECT * FROM tips; CREATE TABLE y AS SELECT * FROM vendors;"
    _, after = run(text, catalog)
    assert list(after.queries) == ["CSAS_X_0", "INSERTQUERY_1", "CTAS_Y_2"]
    done, last = run("DROP TABLE y;", after)
    assert done.ends == ("CTAS_Y_2",)
    assert "CTAS_Y_2" not in last.queries


def test_a_replaced_query_keeps_its_id(catalog):
    _, after = run("CREATE STREAM x AS SELECT * FROM tips;", catalog)
    done, last = run("CREATE OR REPLACE STREAM x AS SELECT *, cents * 2 AS twice FROM tips WHERE cents > 0;", after)
    assert (done.query_id, done.replaced) == ("CSAS_X_0", after.source("X"))
    assert list(last.queries) == ["CSAS_X_0"]


def test_a_terminated_query_reads_and_writes_nothing(catalog):
    _, after = run("INSERT INTO tips SELECT vendor, CAST(seats AS BIGINT) AS cents FROM rides;", catalog)
    with pytest.raises(Problem, match="You need to terminate them before dropping TIPS"):
        run("DROP STREAM tips;", after)
    assert run("TERMINATE insertquery_0; DROP STREAM tips;", after)[1].source("TIPS") is None
    assert run("TERMINATE ALL;", after)[1].queries == {}


def test_the_new_planner_lets_the_key_go_and_takes_its_order_from_select(catalog):
    properties = {"ksql.new.query.planner.enabled": "true"}
    assert str(run("CREATE STREAM x AS SELECT cents FROM tips;", catalog, properties=properties)[1].source("X").schema) == "`CENTS` BIGINT"


def test_a_name_that_exists_is_left_alone_when_asked(catalog):
    done, after = run("CREATE STREAM IF NOT EXISTS rides (a INT) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');", catalog)
    assert done.exists
    assert after.source("RIDES") == catalog.source("RIDES")
    assert run("DROP STREAM IF EXISTS nowhere;", catalog)[0].source is None


def test_a_type_is_a_name_for_another(catalog):
    text = "CREATE TYPE place AS STRUCT<x INT>; CREATE STREAM p (v ARRAY<place>) WITH (KAFKA_TOPIC='p', VALUE_FORMAT='JSON');"
    assert str(run(text, catalog)[1].source("P").schema) == "`V` ARRAY<STRUCT<`X` INTEGER>>"


def test_inserted_values_are_of_their_columns_types(catalog):
    done, _ = run("INSERT INTO rides (vendor, fare, ROWTIME) VALUES ('a' || 'b', 3, 12);", catalog)
    assert [column.name for column in done.columns] == ["VENDOR", "FARE"]
    assert (done.values[1].type, str(done.values[1].value)) == (types.Decimal(8, 2), "3.00")
    assert done.rowtime == typed.Constant(types.BIGINT, 12)


def test_columns_of_a_registry_fill_what_is_not_declared(catalog):
    def infer(topic, is_key, form):
        return None if is_key else (Column("id", types.BIGINT),)

    text = "CREATE STREAM a WITH (KAFKA_TOPIC='a', VALUE_FORMAT='AVRO');"
    assert str(run(text, catalog, infer=infer)[1].source("A").schema) == "`id` BIGINT"


CATALOG = run(SOURCES)[1]

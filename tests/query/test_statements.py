"""A script at its door: all of it or nothing of it, and nothing about topics one may not read."""

import orjson
import pytest

from controlcenter.access import principals
from controlcenter.access.models import AuditEvent, Binding, Role
from controlcenter.observe.snapshot import TABLES, Snapshot, key
from controlcenter.query import catalog, editing, persistent, push, sheets, statements
from controlcenter.query.models import Definition, History, PersistentQuery
from controlcenter.query.scripts import Wish
from tests.conftest import persona

MAKE = "CREATE STREAM rides (id INT KEY, fare DOUBLE, kind STRING) WITH (KAFKA_TOPIC='rides', VALUE_FORMAT='JSON');"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo", "known")]


class Hands:
    """Notes what would be changed."""

    def __init__(self):
        self.done = []

    def create_topic(self, topic, partitions, replicas, configs):
        self.done.append(("create", topic, partitions, dict(configs)))

    def delete_topic(self, topic):
        self.done.append(("delete", topic))

    def write(self, topic, key, value, timestamp_ms):
        self.done.append(("write", topic, key, value))


@pytest.fixture
def known(store, monkeypatch):
    monkeypatch.setattr("controlcenter.observe.store.default", lambda: store)
    rows = {
        key(name): {**dict.fromkeys(TABLES["topics"]), "name": name, "partitions": 3, "is_internal": False} for name in ("rides", "secret")
    }
    monkeypatch.setattr(store.__class__, "read", lambda self, slug: Snapshot(1, {"topics": rows}))


@pytest.fixture
def run(alice):
    hands = Hands()

    def do(text, who=alice, **more):
        return statements.run(Wish(principals.of_user(who), "demo", text, **more), hands)

    do.hands = hands
    return do


def kinds(done):
    return [answer.kind for answer in done]


def test_a_source_is_kept_and_described_in_its_own_words(run):
    assert kinds(run(MAKE)) == ["status"]
    (shown,) = run("DESCRIBE rides;")
    assert [column["name"] for column in shown.told["source"]["columns"]] == ["ID", "FARE", "KIND"]
    assert AuditEvent.objects.filter(operation="query.persist", outcome="ok").exists()


def test_one_bad_statement_changes_nothing_of_the_script(run):
    (only,) = run(MAKE + "SELECT nothing FROM rides EMIT CHANGES;")
    assert only.kind == "fault"
    assert "NOTHING" in only.told["what"]
    assert not Definition.objects.exists()
    assert run.hands.done == []


def test_a_fault_says_line_and_column_and_points(run):
    (only,) = run("SHOW STREAMS;\nSELEC 1;")
    assert (only.told["line"], only.told["column"]) == (2, 1)
    assert only.told["caret"].endswith("^")


def test_a_query_is_wished_and_its_topic_made_with_the_partitions_of_its_source(run):
    done = run(MAKE + "CREATE TABLE counts AS SELECT kind, COUNT(*) AS n FROM rides GROUP BY kind EMIT CHANGES;")
    assert kinds(done) == ["status", "persistent"]
    assert run.hands.done == [("create", "COUNTS", 3, {"cleanup.policy": "compact"})]
    (row,) = PersistentQuery.objects.all()
    assert (row.query_id, row.topics, row.wanted) == ("CTAS_COUNTS_0", ["rides"], "RUNNING")
    assert persistent.job(row).statement == row.statement


def test_the_catalog_replayed_is_the_catalog_that_was_made(run):
    run(MAKE + "CREATE TABLE a AS SELECT kind, COUNT(*) AS n FROM rides GROUP BY kind; CREATE STREAM b AS SELECT * FROM rides;")
    first = catalog.read("demo")
    assert set(first.sources) == {"RIDES", "A", "B"}
    assert catalog.replay(catalog.rows_of("demo")) == first
    run("CREATE STREAM c AS SELECT id, fare FROM b;")
    assert "CSAS_C_2" in catalog.read("demo").queries


def test_a_terminated_query_leaves_its_source_and_frees_it_to_be_dropped(run):
    run(MAKE + "CREATE TABLE counts AS SELECT kind, COUNT(*) AS n FROM rides GROUP BY kind;")
    assert kinds(run("DROP STREAM rides;")) == ["fault"]
    assert kinds(run("TERMINATE CTAS_COUNTS_0;")) == ["status"]
    assert not PersistentQuery.objects.exists()
    assert kinds(run("DROP TABLE counts; DROP STREAM rides;")) == ["status", "status"]
    assert not catalog.read("demo").sources


def test_insert_values_goes_through_the_hands(run):
    run(MAKE + "INSERT INTO rides (id, fare, kind) VALUES (7, 1.5, 'a');")
    assert run.hands.done == [("write", "rides", b"\x00\x00\x00\x07", b'{"FARE":1.5,"KIND":"a"}')]


def test_a_push_query_is_wished_with_its_columns_and_key(run, store):
    run(MAKE)
    (answer,) = run("SELECT kind, COUNT(*) AS n FROM rides GROUP BY kind EMIT CHANGES;", start="earliest")
    assert answer.told["key"] == ["KIND"]
    assert store.redis.llen(push.WISHES) == 1
    for _ in range(7):
        run("SELECT * FROM rides EMIT CHANGES;")
    (ninth,) = run("SELECT * FROM rides EMIT CHANGES;")
    assert "Stop one" in ninth.told["hint"]


@pytest.mark.parametrize("text", ["SHOW STREAMS;", "SHOW TABLES;", "SHOW TOPICS;", "SHOW ALL TOPICS;", "SHOW QUERIES;", "SHOW TYPES;"])
def test_lists_hold_nothing_of_a_topic_one_may_not_read(run, bound, text):
    run("CREATE STREAM hush (a INT) WITH (KAFKA_TOPIC='secret', VALUE_FORMAT='JSON'); CREATE STREAM hush2 AS SELECT * FROM hush;")
    (answer,) = run(text, bound)
    assert "HUSH" not in str(answer.told).upper()
    assert "SECRET" not in str(answer.told).upper()


@pytest.mark.parametrize(
    "text",
    ["DESCRIBE hush;", "SELECT * FROM hush EMIT CHANGES;", "EXPLAIN SELECT * FROM hush EMIT CHANGES;", "DROP STREAM hush;",
     "INSERT INTO hush VALUES (1);", "EXPLAIN CSAS_HUSH2_0;", "TERMINATE CSAS_HUSH2_0;", "PRINT secret;"],
)  # fmt: skip
def test_what_may_not_be_read_answers_like_what_is_not_there(run, bound, text):
    missing = run(text.replace("hush", "nowhere").replace("HUSH2", "NOWHERE").replace("secret", "nowhere"), bound)
    run("CREATE STREAM hush (a INT) WITH (KAFKA_TOPIC='secret', VALUE_FORMAT='JSON'); CREATE STREAM hush2 AS SELECT * FROM hush;")
    hidden = run(text, bound)
    said = [
        answer.told["what"].upper().replace("NOWHERE", "_").replace("HUSH2", "_").replace("HUSH", "_").replace("SECRET", "_")
        for answer in (*missing, *hidden)
    ]
    assert said[0] == said[1]


def test_completions_and_faults_know_nothing_of_it_either(run, bound):
    run("CREATE STREAM hush (a INT) WITH (KAFKA_TOPIC='secret', VALUE_FORMAT='JSON');")
    wish = Wish(principals.of_user(bound), "demo", "SELECT * FROM h")
    assert "HUSH" not in str(editing.completions(wish, len(wish.text)))
    assert "HUSH" in str(editing.completions(Wish(principals.of_user(persona("dave", "admin")), "demo", wish.text), len(wish.text)))


@pytest.fixture
def bound(db):
    """Reads and makes everything but the topic `secret`."""
    user = persona("bound")
    Binding.objects.create(user=user, role=Role.objects.get(name="developer"), name_pattern="rides*")
    return user


def test_history_and_tabs_are_ones_own(run, alice, bob):
    run("SHOW STREAMS;")
    assert History.objects.get().statement == "SHOW STREAMS"
    assert sheets.history(principals.of_user(bob), "demo") == []
    mine = sheets.of(principals.of_user(alice), "demo")[0]
    with pytest.raises(Exception, match="gone"):
        sheets.keep(principals.of_user(bob), "demo", mine["id"], "taken", "x")


def test_variables_are_put_in_and_a_missing_one_is_told(run):
    run(MAKE + "DEFINE kind = 'taxi';")
    assert kinds(run("SELECT * FROM rides WHERE kind = '${kind}' EMIT CHANGES;")) == ["push"]
    assert kinds(run("SELECT * FROM rides WHERE id = ${n} EMIT CHANGES;", variables={"n": "5"})) == ["push"]


def test_a_megabyte_of_nonsense_is_a_sentence(run):
    (answer,) = run("SELECT " + "(" * 1_000_000)
    assert answer.kind == "fault"


def test_a_regular_expression_never_runs_where_pages_are_answered(run):
    run(MAKE)
    (answer,) = run("INSERT INTO rides (id, kind) VALUES (1, REGEXP_REPLACE('aaaa', '(a+)+$', 'b'));")
    assert answer.kind == "fault"
    assert run.hands.done == []


def test_a_groups_place_is_for_those_who_may_see_the_group(run, bound, store):
    run(MAKE)
    (answer,) = run("SELECT * FROM rides EMIT CHANGES;", start="group:billing", limits={"rows": 5})
    assert answer.kind == "push"
    wish = orjson.loads(store.redis.lindex(push.WISHES, -1))
    assert (wish["start"], wish["limits"]) == ("group:billing", {"rows": 5})
    (denied,) = run("SELECT * FROM rides EMIT CHANGES;", bound, start="group:billing")
    assert denied.kind == "fault"
    assert store.redis.llen(push.WISHES) == 1


def test_a_persistent_query_keeps_the_start_that_was_asked(run):
    run(MAKE + "CREATE TABLE counts AS SELECT kind, COUNT(*) AS n FROM rides GROUP BY kind;", start=1_700_000_000_000)
    assert persistent.job(PersistentQuery.objects.get()).start == 1_700_000_000_000
    run("SET 'auto.offset.reset'='earliest'; CREATE STREAM copy AS SELECT * FROM rides;", start="offset:5")
    assert persistent.job(PersistentQuery.objects.last()).start == "earliest"


AVRO = "CREATE STREAM typed (id INT, kind STRING) WITH (KAFKA_TOPIC='rides', VALUE_FORMAT='AVRO');"


@pytest.mark.parametrize(
    "text", ["INSERT INTO typed (id) VALUES (1);", "CREATE STREAM copy AS SELECT * FROM typed;", "INSERT INTO typed SELECT * FROM typed;"]
)
def test_what_is_only_read_is_refused_in_words_before_anything_is_made(run, text):
    run(AVRO)
    (only,) = run(text)
    assert (only.kind, only.told["what"]) == ("fault", "AVRO can be read here, not written yet.")
    assert run.hands.done == []


def test_the_code_of_a_query_over_schemas_is_explained_without_asking_for_one(run):
    run(AVRO)
    (told,) = run("EXPLAIN SELECT kind FROM typed EMIT CHANGES;")
    assert "def " in told.told["code"]

"""SQL over Avro, Protobuf and JSON Schema: the bytes of Confluent's own serializers, real brokers, a real registry."""

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import orjson
import pytest
from confluent_kafka import Producer

from controlcenter.errors import Problem
from controlcenter.kafka.model import Connection
from controlcenter.query import child, inferring, push
from controlcenter.query.job import Job
from controlcenter.query.looking import Looking
from controlcenter.schemas.model import Connection as Registry
from controlcenter.sql.catalog import Format
from demo import records, typed

pytestmark = pytest.mark.real

SHARED = "vendor STRING, passengers INT, miles DOUBLE, from_zone INT, to_zone INT, surcharges MAP<STRING, DOUBLE>"
SOURCES = {
    "rides-avro": ("AVRO", SHARED + ", pickup_at TIMESTAMP, total DECIMAL(9, 2)"),
    "rides-protobuf": ("PROTOBUF", SHARED + ", pickup_at TIMESTAMP, total_cents BIGINT"),
    "rides-json-schema": ("JSON_SR", SHARED + ", pickup_at STRING, total DECIMAL(9, 2)"),
}


@pytest.fixture(scope="module")
def rides(kafka, registry):
    """So many rides in three topics, as Confluent's serializers write them, and what they were."""
    chance, began = random.Random(7), datetime(2026, 1, 1, tzinfo=UTC)
    rows = [records.ride(chance, began + timedelta(minutes=n)) for n in range(40)]
    for n, row in enumerate(rows):  # some without, so that a null is read
        row["passenger_count"] = None if n % 5 == 0 else row["passenger_count"]
    writer, producer = typed.Writer(registry.url, "sql-"), Producer({"bootstrap.servers": kafka.bootstrap})
    for row in rows:
        for record in writer.of_ride(row):
            producer.produce("sql-" + record.topic, record.value, record.key)
    assert producer.flush(30) == 0
    writer.close()
    return [typed.plain(row) for row in rows]


def selected(kafka, store, registry, ddl, statement, start="earliest"):
    """Return the rows of a query that runs to its end, and its figures."""
    job = Job(push.new_id(), "c", statement, ((ddl, {}, None, False),), {}, {}, start)
    child.push(job, Connection(kafka.bootstrap), registry, store.redis, lambda: None, Looking())
    told = orjson.loads(store.redis.get(push.key(job.id, "state")))
    return [row[0] for frame in push.frames(job.id) for row in frame["rows"]], told


@pytest.mark.parametrize("topic", SOURCES)
def test_a_query_gives_what_confluents_serializer_wrote(kafka, store, registry, rides, topic):
    form, columns = SOURCES[topic]
    ddl = f"CREATE STREAM r ({columns}) WITH (KAFKA_TOPIC='sql-{topic}', VALUE_FORMAT='{form}');"
    total = "total_cents" if form == "PROTOBUF" else "total"
    statement = f"SELECT vendor, passengers, miles, to_zone, surcharges, {total}, pickup_at FROM r;"
    rows, told = selected(kafka, store, Registry(registry.url), ddl, statement)
    assert told["state"] == "complete"
    assert told["dropped"] == {}
    found = ordered([*row[:4], json.loads(row[4]), Decimal(row[5]), row[6].replace(" ", "T")[:19]] for row in rows)
    assert found == ordered(expected(ride, form) for ride in rides)


def ordered(rows):
    return sorted(rows, key=repr)


def expected(ride, form):
    at = datetime.fromtimestamp(ride["pickup_at"] / 1000, UTC)
    total = Decimal(str(ride["total"]))
    number = None if ride["passengers"] is None else str(ride["passengers"])
    money = total * 100 if form == "PROTOBUF" else total
    return [ride["vendor"], number, str(ride["miles"]), str(ride["to_zone"]), ride["surcharges"], money, f"{at:%Y-%m-%dT%H:%M:%S}"]


def test_a_record_without_its_schema_is_dropped_and_counted_and_the_others_are_read(kafka, store, registry, rides):
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    for poison in (b"\x00\x7f\xff\xff\xff\x02", b'{"vendor": "CURB"}', b"\x00\x00", b""):
        producer.produce("sql-rides-avro", poison)
    assert producer.flush(30) == 0
    ddl = "CREATE STREAM r (vendor STRING) WITH (KAFKA_TOPIC='sql-rides-avro', VALUE_FORMAT='AVRO');"
    rows, told = selected(kafka, store, Registry(registry.url), ddl, "SELECT vendor FROM r;")
    assert len(rows) == len(rides)
    assert told["dropped"] == {"deserialization": 4}


def test_a_record_of_another_type_is_never_read_as_if_it_were(kafka, store, registry, rides):
    ddl = "CREATE STREAM r (vendor STRING) WITH (KAFKA_TOPIC='sql-rides-protobuf', VALUE_FORMAT='AVRO');"
    rows, told = selected(kafka, store, Registry(registry.url), ddl, "SELECT vendor FROM r;")
    assert rows == []
    assert told["dropped"] == {"deserialization": len(rides)}


def test_a_registry_that_is_down_ends_the_query_and_says_so(kafka, store, rides):
    ddl = "CREATE STREAM r (vendor STRING) WITH (KAFKA_TOPIC='sql-rides-avro', VALUE_FORMAT='AVRO');"
    rows, told = selected(kafka, store, Registry("http://127.0.0.1:1"), ddl, "SELECT vendor FROM r;")
    assert (rows, told["state"], told["dropped"]) == ([], "failed", {})
    assert told["reason"].startswith("The schema registry cannot be asked, so the records cannot be read: ")


def test_without_a_registry_the_format_is_refused(kafka, store, rides):
    ddl = "CREATE STREAM r (vendor STRING) WITH (KAFKA_TOPIC='sql-rides-avro', VALUE_FORMAT='AVRO');"
    _, told = selected(kafka, store, None, ddl, "SELECT vendor FROM r;")
    assert told["reason"].startswith("AVRO needs a schema registry; none is set for this cluster.")


@pytest.mark.parametrize(
    ("topic", "form", "columns"),
    [
        ("rides-avro", "AVRO", "`VENDOR` STRING, `PICKUP_AT` TIMESTAMP, `DROPOFF_AT` TIMESTAMP, `PASSENGERS` INTEGER, `MILES` DOUBLE, "
         "`FROM_ZONE` INTEGER, `TO_ZONE` INTEGER, `TOTAL` DECIMAL(9, 2), `SURCHARGES` MAP<STRING, DOUBLE>"),
        ("rides-protobuf", "PROTOBUF", "`VENDOR` STRING, `PICKUP_AT` TIMESTAMP, `DROPOFF_AT` TIMESTAMP, `PASSENGERS` INTEGER, "
         "`MILES` DOUBLE, `FROM_ZONE` INTEGER, `TO_ZONE` INTEGER, `TOTAL_CENTS` BIGINT, `SURCHARGES` MAP<STRING, DOUBLE>"),
        ("rides-json-schema", "JSON_SR", "`VENDOR` STRING, `PICKUP_AT` STRING, `DROPOFF_AT` STRING, `PASSENGERS` BIGINT, `MILES` DOUBLE, "
         "`FROM_ZONE` BIGINT, `TO_ZONE` BIGINT, `TOTAL` DOUBLE, `SURCHARGES` MAP<STRING, DOUBLE>"),
    ],
)  # fmt: skip
def test_the_columns_come_from_the_newest_schema_of_the_topic(registry, rides, topic, form, columns):
    found = inferring.columns(Registry(registry.url), "sql-" + topic, False, Format(form))
    assert ", ".join(map(str, found)) == columns


def test_a_topic_without_schema_tells_no_columns_and_a_registry_that_is_down_says_so(registry):
    assert inferring.columns(Registry(registry.url), "sql-nothing", False, Format("AVRO")) is None
    with pytest.raises(Problem, match="The schema of x-value cannot be had"):
        inferring.columns(Registry("http://127.0.0.1:1"), "x", False, Format("AVRO"))

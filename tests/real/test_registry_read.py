"""Records with schemas, from real brokers through the sandbox: decoded in children, by schemas that children fetch."""

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from controlcenter.browse import encoding, session
from controlcenter.browse.encoding import Fault, Item
from controlcenter.browse.request import Request
from controlcenter.browse.sandbox import Sandbox
from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Connection
from controlcenter.schemas import cache
from controlcenter.schemas import model as schemas
from demo import traffic
from demo.registry import Registry
from tests.real.worlds import until

pytestmark = pytest.mark.real
AVRO = '{"type": "record", "name": "Ride", "fields": [{"name": "id", "type": "long"}, {"name": "to", "type": "string"}]}'


@pytest.fixture(scope="module")
def box():
    made = Sandbox()
    yield made
    made.stop()


@pytest.fixture
def remembered(monkeypatch):
    """A memory of this test's own."""
    own = cache.Cache()
    monkeypatch.setattr(cache, "default", lambda: own)
    return own


def written(real, registry, count=20):
    """Return a topic of so many rides."""
    topic = real.topic(partitions=1)
    context = SerializationContext(topic, MessageField.VALUE)
    producer = Producer({"bootstrap.servers": real.bootstrap})
    with SchemaRegistryClient({"url": registry.url}) as client:
        write = AvroSerializer(client, AVRO)
        for number in range(count):
            producer.produce(topic, write({"id": 2**53 + number, "to": "ž"}, context), key=b"k")
    assert producer.flush(30) == 0
    return topic


def page(real, topic, registry, box):
    return session.read(Connection(real.bootstrap), topic, Request(), "alice", box=box, registry=registry)


def test_a_page_is_decoded_by_schemas_that_are_fetched_once(real, registry, box, remembered):
    topic = written(real, registry)
    there = schemas.Connection(registry.url)
    rows = page(real, topic, there, box).rows
    assert len(rows) == 20
    assert {row.value.format for row in rows} == {"avro"}
    assert rows[0].value.text == f'{{"id": {2**53 + 19}, "to": "ž"}}'
    assert rows[0].value.why.endswith(f"→ {topic}-value v1, Avro")
    (known,) = remembered.known(there)
    assert known[0] == rows[0].value.schema_id


def test_a_registry_that_is_gone_costs_the_reason_and_what_is_known_is_read(real, tmp_path, box, remembered):
    own = Registry(tmp_path)
    own.start()
    try:
        topic = written(real, own)
    finally:
        own.stop()
    there = schemas.Connection(own.url)
    rows = page(real, topic, there, box).rows
    number = rows[0].value.schema_id
    assert {row.value.format for row in rows} == {"hex"}
    assert {row.value.fault for row in rows} == {f"schema {number}: registry unreachable (Connection refused)"}
    own.start()
    try:  # its ids mean the same after a restart, and the next page reads them
        assert {row.value.format for row in page(real, topic, there, box).rows} == {"avro"}
    finally:
        own.stop()
    assert {row.value.format for row in page(real, topic, there, box).rows} == {"avro"}, "what is known needs no registry"


def test_without_a_registry_it_is_bytes(real, registry, box, remembered):
    row = page(real, written(real, registry, 1), None, box).rows[0]
    assert (row.value.format, row.value.fault) == ("hex", "")
    assert dict(row.value.declined)["avro"] == "no schema registry is set for this cluster"


def test_writing_by_schema_happens_in_a_child_and_tells_the_place_of_a_fault(real, registry, box, remembered):
    topic = written(real, registry, 1)
    there, subject = schemas.Connection(registry.url, "", Secret()), f"{topic}-value"
    sample = encoding.sample(there, subject, None, "alice", box=box)
    items = [
        Item("avro", sample, subject),
        Item("avro", '{"id": 1, "to": 5}', subject, 1),
        Item("null", ""),
        Item("text", ""),
        Item("int32", "x"),
    ]
    good, bad, null, empty, number = encoding.encode(items, there, "alice", box=box)
    with SchemaRegistryClient({"url": registry.url}) as client:
        assert AvroDeserializer(client)(good, SerializationContext(topic, MessageField.VALUE)) == {"id": 0, "to": "text"}
    assert bad == Fault("a number is no string", "$.to")
    assert (null, empty, number) == (None, b"", Fault("it is no whole number"))
    many = encoding.encode([Item("avro", f'{{"id": {n}, "to": "{"x" * 1000}"}}', subject) for n in range(10_000)], there, "alice", box=box)
    assert len(many) == 10_000
    assert all(isinstance(each, bytes) for each in many)


def test_a_subject_that_is_not_there_is_told(registry, box, remembered):
    with pytest.raises(Problem) as met:
        encoding.encode([Item("avro", "{}", "nothing-value")], schemas.Connection(registry.url), "alice", box=box)
    assert met.value.kind is Kind.ABSENT


def test_the_demo_writes_rides_with_schemas(kafka, registry, real, box, remembered):
    prefix = "typed-"
    made = traffic.Traffic(kafka.bootstrap, prefix, registry=registry.url)
    made.start()
    try:
        for topic, form in (("rides-avro", "avro"), ("rides-protobuf", "protobuf"), ("rides-json-schema", "jsonschema")):

            def rows(topic=topic):
                try:
                    return page(real, prefix + topic, schemas.Connection(registry.url), box).rows
                except Problem:
                    return ()  # not made yet

            found = until(rows, 60)
            assert {row.value.format for row in found} == {form}
            assert not any(row.value.fault for row in found)
    finally:
        made.end()

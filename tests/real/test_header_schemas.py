"""Records whose header names their schema, as Confluent's serializers write them, from real brokers through the sandbox.

No registry that can be started here looks schemas up by GUID (Apicurio does not, and its records show it): the schemas come
from the client library's own, and are told over HTTP as Confluent's registry tells them.
"""

import json
from contextlib import contextmanager

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pool, message_factory

from controlcenter.browse import session
from controlcenter.browse.request import Request
from controlcenter.browse.sandbox import Sandbox
from controlcenter.kafka.model import Connection
from controlcenter.schemas import cache
from controlcenter.schemas import model as schemas
from controlcenter.serde import framed, proto_file
from tests.schemas import registry as double

pytestmark = pytest.mark.real
AVRO = '{"type": "record", "name": "Ride", "fields": [{"name": "id", "type": "long"}, {"name": "to", "type": "string"}]}'
JSON = '{"title": "Ride", "type": "object", "properties": {"id": {"type": "integer"}}}'
PROTO = 'syntax = "proto3"; message Outer { message Ride { int64 id = 1; } }'
HEADER = {"schema.id.serializer": header_schema_id_serializer}


@pytest.fixture(scope="module")
def box():
    made = Sandbox()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    own = cache.Cache()
    monkeypatch.setattr(cache, "default", lambda: own)


def produce(real, topic, write, value, key=None):
    headers = [("trace", b"1")]
    data = write(value, SerializationContext(topic, MessageField.VALUE, headers))
    told = None if key is None else key[0](key[1], SerializationContext(topic, MessageField.KEY, headers))
    producer = Producer({"bootstrap.servers": real.bootstrap})
    producer.produce(topic, data, told, headers=headers)
    assert producer.flush(30) == 0
    return headers


@contextmanager
def telling(theirs, *subjects):
    """Serve what the library's registry holds, by GUID."""
    paths = {}
    for number, subject in enumerate(subjects, 40):
        kept = theirs.get_latest_version(subject)
        guid = next(guid for guid, each in theirs._store.schema_guid_index.items() if each.schema == kept.schema)
        paths[f"/schemas/guids/{guid}"] = {"schema": kept.schema.schema_str, "schemaType": kept.schema.schema_type, "guid": guid}
        paths[f"/schemas/guids/{guid}/ids"] = [{"context": ".", "id": number}]
        paths[f"/schemas/ids/{number}/versions"] = [{"subject": subject, "version": 1}]
    with double.serving(paths) as there:
        yield there


def rows(real, topic, url, box, **more):
    asked = Request(**more)
    return session.read(Connection(real.bootstrap), topic, asked, "alice", box=box, registry=schemas.Connection(url)).rows


def test_key_and_value_are_read_by_the_schemas_their_headers_name(real, box):
    topic = real.topic(partitions=1)
    theirs = SchemaRegistryClient.new_client({"url": "mock://"})
    produce(
        real,
        topic,
        AvroSerializer(theirs, AVRO, conf=HEADER),
        {"id": 2**53 + 1, "to": "ž"},
        (AvroSerializer(theirs, '"long"', conf=HEADER), 5),
    )
    with telling(theirs, f"{topic}-key", f"{topic}-value") as there:
        (row,) = rows(real, topic, there.url, box)
        assert (row.value.format, row.value.text, row.value.schema_id) == ("avro", f'{{"id": {2**53 + 1}, "to": "ž"}}', 41)
        assert row.value.why.endswith(f"→ {topic}-value v1, Avro")
        assert row.value.why.startswith("header __value_schema_id: magic 1, GUID ")
        assert (row.key.format, row.key.text) == ("avro", "5")
        assert len(rows(real, topic, there.url, box, filter='value.to == "ž" && key == 5', mode="expression")) == 1
        assert rows(real, topic, there.url, box, filter="value.id == 7", mode="expression") == ()


def test_protobuf_and_json_schema_too(real, box):
    theirs = SchemaRegistryClient.new_client({"url": "mock://"})
    pool = descriptor_pool.DescriptorPool()
    pool.Add(proto_file.parse(PROTO, "ride.proto"))
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("Outer.Ride"))
    topic = real.topic(partitions=1)
    headers = produce(real, topic, ProtobufSerializer(kind, theirs, {"use.deprecated.format": False, **HEADER}), kind(id=7))
    assert len(framed.of_headers(headers, "value")) > framed.GUID  # the places of the message follow the GUID
    with telling(theirs, f"{topic}-value") as there:
        (row,) = rows(real, topic, there.url, box)
        assert (row.value.format, row.value.text) == ("protobuf", '{"id": 7}')
        assert row.value.why.endswith("Protobuf message Outer.Ride")
    topic = real.topic(partitions=1)
    produce(real, topic, JSONSerializer(JSON, theirs, conf=HEADER), {"id": 7})
    with telling(theirs, f"{topic}-value") as there:
        (row,) = rows(real, topic, there.url, box)
        assert (row.value.format, json.loads(row.value.text)) == ("jsonschema", {"id": 7})


def test_a_registry_that_knows_no_guids_is_named_and_the_bytes_are_shown(real, registry, box):
    topic = real.topic(partitions=1)
    theirs = SchemaRegistryClient.new_client({"url": "mock://"})
    headers = produce(real, topic, AvroSerializer(theirs, AVRO, conf=HEADER), {"id": 1, "to": "x"})
    (row,) = rows(real, topic, registry.url, box)
    guid = framed.of_headers(headers, "value")[1:].hex()
    assert (row.value.format, row.value.text) == ("hex", "020278")
    assert row.value.fault.replace("-", "") == f"schema GUID {guid}: the registry does not look schemas up by GUID"

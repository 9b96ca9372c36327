"""A real registry, and the bytes of Confluent's own serializers: what someone else wrote is read, and what we write they read."""

import signal
from decimal import Decimal

import pytest
from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    record_subject_name_strategy,
    topic_record_subject_name_strategy,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pool, message_factory

from controlcenter.errors import Kind, Problem
from controlcenter.schemas.book import Book
from controlcenter.schemas.client import Client
from controlcenter.schemas.model import Connection
from controlcenter.serde import detect, encode, proto_file
from tests.real.worlds import until

pytestmark = pytest.mark.real

ORDER = """{"type": "record", "name": "Order", "namespace": "com.shop", "fields": [
  {"name": "id", "type": "long"}, {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 4}},
  {"name": "note", "type": ["null", "string"], "default": null}]}"""
NESTED = """syntax = "proto3"; package shop.v1;
message Outer {
  message Skipped { int32 a = 1; }
  message Order { int64 id = 1; optional string note = 2; map<string, double> parts = 3; }
}"""
VALUE = {"id": 2**53 + 1, "price": Decimal("12345678901234.5678"), "note": "ž"}


@pytest.fixture
def theirs(registry):
    with SchemaRegistryClient({"url": registry.url}) as client:
        yield client


@pytest.fixture
def ours(registry):
    return Book(Client(Connection(registry.url), seconds=5))


def to(topic, field=MessageField.VALUE):
    return SerializationContext(topic, field)


@pytest.mark.parametrize(
    ("strategy", "subject", "notes"),
    [
        (None, "orders-value", ()),
        (topic_record_subject_name_strategy, "orders-com.shop.Order", ()),
        (record_subject_name_strategy, "com.shop.Order", ()),
    ],
)
def test_avro_is_read_by_its_id_whatever_its_subject_is_called(theirs, ours, strategy, subject, notes):
    data = AvroSerializer(theirs, ORDER, conf={"subject.name.strategy": strategy} if strategy else {})(VALUE, to("orders"))
    found = detect.decode(data, topic="orders", schemas=ours)
    assert found.text == '{"id": 9007199254740993, "price": 12345678901234.5678, "note": "ž"}'
    # The registry gives one id to one text, so that this id stands in more subjects the more strategies were used before.
    names = {each.subject for each in ours.get(found.schema_id).versions}
    assert subject in names
    assert found.why.startswith(f"magic 0, id {found.schema_id} → ")
    assert found.why.endswith(" v1, Avro")
    assert [note for note in found.notes if "2^53" not in note] == list(notes)


def test_what_we_write_in_avro_they_read(theirs, ours, registry):
    AvroSerializer(theirs, ORDER)(VALUE, to("orders"))
    schema = Client(Connection(registry.url)).version("orders-value")
    written = encode.encode("avro", '{"id": 9007199254740993, "price": 12345678901234.5678, "note": "ž"}', schema)
    assert AvroDeserializer(theirs)(written, to("orders")) == VALUE


def test_a_nested_protobuf_message_is_found_by_its_places_and_read_back_by_them(theirs, ours, registry):
    pool = descriptor_pool.DescriptorPool()
    pool.Add(proto_file.parse(NESTED, "shop/v1/order.proto"))
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.v1.Outer.Order"))
    data = ProtobufSerializer(kind, theirs, {"use.deprecated.format": False})(kind(id=2**60, note="", parts={"a": 0.5}), to("nested"))
    assert data[5:8] == b"\x04\x00\x02"
    found = detect.decode(data, topic="nested", schemas=ours)
    assert found.text == '{"id": 1152921504606846976, "note": "", "parts": {"a": 0.5}}'
    assert found.why.endswith("→ nested-value v1, Protobuf message shop.v1.Outer.Order")
    written = encode.encode("protobuf", found.text, ours.get(found.schema_id), "shop.v1.Outer.Order")
    assert written == data
    assert ProtobufDeserializer(kind, {"use.deprecated.format": False}, theirs)(written, to("nested")).id == 2**60


def test_a_protobuf_schema_registered_as_text_with_references_is_read(theirs, ours):
    theirs.register_schema("shop/money.proto", Schema('syntax = "proto3"; package shop; message Money { int64 cents = 1; }', "PROTOBUF"))
    main = 'syntax = "proto3"; import "shop/money.proto"; import "google/protobuf/timestamp.proto"; message Bill { shop.Money sum = 1; google.protobuf.Timestamp at = 2; }'  # noqa: E501
    number = theirs.register_schema("bills-value", Schema(main, "PROTOBUF", [SchemaReference("shop/money.proto", "shop/money.proto", 1)]))
    data = b"\x00" + number.to_bytes(4, "big") + b"\x00" + b"\x0a\x03\x08\xac\x02" + b"\x12\x02\x08\x05"
    assert detect.decode(data, topic="bills", schemas=ours).text == '{"sum": {"cents": 300}, "at": {"seconds": 5, "nanos": 0}}'


def test_avro_references_and_json_schema_references_are_followed(theirs, ours):
    theirs.register_schema(
        "com.shop.Person",
        Schema('{"type": "record", "name": "Person", "namespace": "com.shop", "fields": [{"name": "n", "type": "string"}]}'),
    )
    sale = '{"type": "record", "name": "Sale", "fields": [{"name": "by", "type": "com.shop.Person"}]}'
    number = theirs.register_schema("sales-value", Schema(sale, "AVRO", [SchemaReference("com.shop.Person", "com.shop.Person", 1)]))
    assert (
        detect.decode(b"\x00" + number.to_bytes(4, "big") + b"\x0eAl Dent", topic="sales", schemas=ours).text == '{"by": {"n": "Al Dent"}}'
    )
    theirs.register_schema("person.json", Schema('{"type": "object", "properties": {"n": {"type": "integer"}}}', "JSON"))
    whole = '{"type": "object", "properties": {"by": {"$ref": "person.json"}}}'
    number = theirs.register_schema("visits-value", Schema(whole, "JSON", [SchemaReference("person.json", "person.json", 1)]))
    found = detect.decode(b"\x00" + number.to_bytes(4, "big") + b'{"by": {"n": "x"}}', topic="visits", schemas=ours)
    assert found.notes == ('It does not fit its schema at $.by.n: "x" is not of type "integer".',)


def test_json_with_a_schema_goes_both_ways(theirs, ours):
    schema = '{"title": "Order", "type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}'
    data = JSONSerializer(schema, theirs)({"id": 5}, to("documents"))
    found = detect.decode(data, topic="documents", schemas=ours)
    assert (found.format, found.text, found.notes) == ("jsonschema", '{"id":5}', ())
    written = encode.encode("jsonschema", encode.sample(ours.get(found.schema_id)), ours.get(found.schema_id))
    assert JSONDeserializer(schema)(written, to("documents")) == {"id": 0}


def test_keys_have_schemas_of_their_own(theirs, ours):
    data = AvroSerializer(theirs, '"long"')(7, to("orders", MessageField.KEY))
    found = detect.decode(data, topic="orders", part="key", schemas=ours)
    assert (found.text, found.schema_id) == ("7", theirs.get_latest_version("orders-key").schema_id)
    assert found.why.endswith("→ orders-key v1, Avro")


def test_an_id_that_is_not_there_is_bytes_with_the_reason(ours):
    found = detect.decode(b"\x00\x00\x0f\x42\x3fsome bytes", topic="orders", schemas=ours)
    assert (found.format, found.fault) == ("hex", "schema 999999: not in the registry")


def test_a_registry_that_hangs_is_not_waited_for_and_what_is_known_is_still_read(theirs, registry):
    data = AvroSerializer(theirs, ORDER)(VALUE, to("orders"))
    client = Client(Connection(registry.url), seconds=0.5)
    held = Book(client)
    assert detect.decode(data, topic="orders", schemas=held).format == "avro"
    registry.signal(signal.SIGSTOP)
    try:
        assert detect.decode(data, topic="orders", schemas=held).format == "avro"
        found = detect.decode(data, topic="orders", schemas=Book(client))
        assert (found.format, found.fault) == ("hex", f"schema {found.schema_id}: registry timeout")
    finally:
        registry.signal(signal.SIGCONT)
    until(lambda: client.subjects())


def test_subjects_versions_and_what_is_absent(theirs, registry):
    theirs.register_schema("things/a b-value", Schema('"string"'))
    client = Client(Connection(registry.url), seconds=5)
    assert "things/a b-value" in client.subjects()
    assert client.versions("things/a b-value") == (1,)
    assert client.version("things/a b-value", 1).text == '"string"'
    with pytest.raises(Problem) as met:
        client.version("nothing-value")
    assert met.value.kind is Kind.ABSENT

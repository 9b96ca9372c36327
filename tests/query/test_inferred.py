"""Columns from schemas, and the values that schemas give them: nothing is guessed."""

import json
from decimal import Decimal

import pytest

from controlcenter.errors import Kind, Problem
from controlcenter.query import inferred, running, wires
from controlcenter.query.job import Job
from controlcenter.schemas.model import Schema
from controlcenter.serde import avro_write
from controlcenter.sql.catalog import Column, Format
from controlcenter.sql.types import BIGINT, STRING
from controlcenter.sql.types import Decimal as DecimalType
from controlcenter.sql.wire.base import Halted, Malformed

ORDER = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 3}},
        {"name": "note", "type": ["null", "string"]},
    ],
}


class Book:
    def __init__(self, *known, problem=None):
        self.known, self.problem = {schema.id: schema for schema in known}, problem

    def get(self, number):
        if number not in self.known:
            raise self.problem or Problem(Kind.ABSENT, "no schema of this id")
        return self.known[number]


def columns(kind, told, **given):
    text = told if isinstance(told, str) else json.dumps(told)
    return ", ".join(map(str, inferred.columns(Schema(1, kind, text), **{"is_key": False, "is_by_id": False, **given})))


def test_names_are_capitals_and_those_of_a_schema_by_its_id_are_kept():
    assert columns("AVRO", ORDER) == "`ID` BIGINT, `PRICE` DECIMAL(8, 3), `NOTE` STRING"
    assert columns("AVRO", ORDER, is_by_id=True) == "`id` BIGINT, `price` DECIMAL(8, 3), `note` STRING"


def test_a_bare_schema_is_one_column():
    assert columns("AVRO", '"int"') == "`ROWVAL` INTEGER"
    assert columns("JSON", {"type": "array", "items": {"type": "string"}}, is_key=True) == "`ROWKEY` ARRAY<STRING> KEY"


def test_a_record_in_a_key_is_one_column_and_a_message_in_a_key_its_fields():
    assert columns("AVRO", ORDER, is_key=True) == "`ROWKEY` STRUCT<`ID` BIGINT, `PRICE` DECIMAL(8, 3), `NOTE` STRING> KEY"
    assert columns("PROTOBUF", 'syntax = "proto3"; message K { int32 a = 1; }', is_key=True) == "`A` INTEGER KEY"


def test_the_message_that_is_named_is_taken_and_one_that_is_not_there_is_said():
    text = 'syntax = "proto3"; package p; message A { int32 a = 1; } message B { string b = 1; }'
    assert columns("PROTOBUF", text, name="p.B") == columns("PROTOBUF", text, name="B") == "`B` STRING"
    with pytest.raises(Problem, match="it has no message C"):
        columns("PROTOBUF", text, name="C")


def test_protobuf_messages_within_messages_are_structs():
    text = 'syntax = "proto3"; message A { uint32 n = 1; repeated B bs = 2; map<string, B> by = 3; message B { bytes raw = 1; } }'
    assert columns("PROTOBUF", text) == "`N` BIGINT, `BS` ARRAY<STRUCT<`RAW` BYTES>>, `BY` MAP<STRING, STRUCT<`RAW` BYTES>>"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("AVRO", ["int", "string"]),
        ("PROTOBUF", 'syntax = "proto3"; message A { A next = 1; }'),
        ("JSON", {"type": "object", "properties": {"a": {}}}),
    ],
)
def test_what_sql_has_no_type_for_is_said(kind, told):
    with pytest.raises(Problem, match="SQL has no type for"):
        columns(kind, told)


KINDS = (Column("ID", BIGINT), Column("PRICE", DecimalType(8, 3)), Column("NOTE", STRING))


def read(book, data, kinds=KINDS):
    return wires.formats(book)["AVRO"].reader(kinds, Format("AVRO"), False)(data)


def test_a_frame_is_read_by_its_own_schema_or_not_at_all():
    schema = Schema(7, "AVRO", json.dumps(ORDER))
    payload = avro_write.write(schema, {"id": 2**60, "price": Decimal("1.250"), "note": None})
    assert read(Book(schema), b"\x00\x00\x00\x00\x07" + payload) == [2**60, Decimal("1.250"), None]
    other = Schema(8, "JSON", '{"type": "object"}')
    for data in (
        b"\x00\x00\x00\x00\x06" + payload,
        b"\x00\x00\x00\x00\x08" + payload,
        payload,
        b"",
        b"\x00\x00\x00\x00\x07" + payload + b"x",
    ):
        with pytest.raises(Malformed):
            read(Book(schema, other), data)


def test_a_column_of_another_type_than_the_schemas_is_no_value():
    schema = Schema(7, "AVRO", json.dumps(ORDER))
    data = b"\x00\x00\x00\x00\x07" + avro_write.write(schema, {"id": 5, "price": Decimal("1.250"), "note": "5"})
    assert read(Book(schema), data, [Column("ID", STRING), Column("X", STRING)]) == ["5", None]
    with pytest.raises(Malformed):
        read(Book(schema), data, [Column("NOTE", BIGINT), Column("ID", BIGINT)])


def test_a_silent_registry_stops_the_reader_and_blames_no_record():
    with pytest.raises(Halted, match="registry timeout"):
        read(Book(problem=Problem(Kind.TIMEOUT, "registry timeout")), b"\x00\x00\x00\x00\x07\x02")


def test_groups_are_kept_over_any_format_and_a_result_in_one_with_schemas_is_refused():
    ddl = "CREATE STREAM r (id BIGINT, note STRING) WITH (KAFKA_TOPIC='r', VALUE_FORMAT='AVRO');"

    def made(statement):
        return running.make(Job("q", "c", statement, ((ddl, {}, None, False),), {}, {}), schemas=Book())

    assert made("SELECT note, COUNT(*) AS n FROM r GROUP BY note EMIT CHANGES;").has_state
    assert made("CREATE TABLE t WITH (VALUE_FORMAT='JSON') AS SELECT note, COUNT(*) AS n FROM r GROUP BY note;").sink.name == "T"
    with pytest.raises(Problem, match="AVRO can be read here, not written yet"):
        made("CREATE STREAM s AS SELECT note FROM r;")


def test_a_reader_whose_book_is_full_stops_instead_of_blaming_records():
    with pytest.raises(Halted, match="more than 10,000 ids"):
        read(Book(problem=Problem(Kind.UNSUPPORTED, "more than 10,000 ids were looked up for this answer")), b"\x00\x00\x00\x00\x07\x02")

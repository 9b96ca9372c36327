"""Schemas in .proto text mean what protoc says they mean; messages are read field by field, and nothing is guessed."""

import base64
import contextlib
from pathlib import Path
from typing import Any

import grpc_tools
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2
from grpc_tools import protoc
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.serde import detect, encode, proto_file, protobuf, protobuf_write
from controlcenter.serde.values import Unfit, Wrong
from tests.serde.build import Known, frame
from tests.serde.build import protobuf as schema

CASES = Path(__file__).parents[1] / "cases" / "proto"
INCLUDED = Path(grpc_tools.__file__).parent / "_proto"


def by_protoc(path: Path, out: Path) -> descriptor_pb2.FileDescriptorProto:
    told = protoc.main(["protoc", f"-I{path.parent}", f"-I{INCLUDED}", f"--descriptor_set_out={out}", str(path)])
    assert told == 0
    (file,) = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file
    return file


def resolved(file: descriptor_pb2.FileDescriptorProto) -> descriptor_pb2.FileDescriptorProto:
    """Return a file as a pool of its own understands it: names resolved, so that two ways of writing them are equal."""
    pool = descriptor_pool.DescriptorPool()
    added: set[str] = set()
    for name in file.dependency:
        protobuf._well_known(name, pool, added)
    pool.Add(file)
    found = descriptor_pb2.FileDescriptorProto()
    pool.FindFileByName(file.name).CopyToProto(found)
    return without_options(found)


def without_options(file: descriptor_pb2.FileDescriptorProto) -> descriptor_pb2.FileDescriptorProto:
    """Return a file without what changes no byte: options for programs, services."""
    file.ClearField("service")
    for options in _options(file):
        for field, _ in options.ListFields():
            if field.name not in proto_file.WIRE and field.name != "features":
                options.ClearField(field.name)
        options.DiscardUnknownFields()
    _drop_empty(file)
    file.ClearField("weak_dependency")
    return file


def _drop_empty(told: Any) -> None:
    for field, value in told.ListFields():
        if field.name == "options" and not value.ListFields():
            told.ClearField("options")
        elif field.message_type is not None and field.is_repeated:
            for each in value:
                _drop_empty(each)


def _options(told: Any) -> Any:
    for field, value in told.ListFields():
        if field.name == "options":
            yield value
        elif field.message_type is not None and field.is_repeated:
            for each in value:
                yield from _options(each)


@pytest.mark.parametrize("name", ["shop.proto", "city.proto", "edition.proto"])
def test_the_parser_agrees_with_protoc(name: str, tmp_path: Path) -> None:
    path = CASES / name
    assert resolved(proto_file.parse(path.read_text(), name)) == resolved(by_protoc(path, tmp_path / "out"))


CITY = schema((CASES / "city.proto").read_text())
SHOP = schema((CASES / "shop.proto").read_text())


def test_the_list_of_places_names_a_nested_message() -> None:
    assert protobuf.message(CITY, [0, 0, 0]).full_name == "city.taxi.v1.Outer.Middle.Inner"
    assert protobuf.indexes(b"\x00rest") == ([0], 1)
    assert protobuf.indexes(b"\x06\x00\x02\x04rest") == ([0, 1, 2], 4)
    written = protobuf_write.write(CITY, {"maybe": 5}, "city.taxi.v1.Outer.Middle.Inner")
    name, value, unknown = protobuf.read(CITY, written)
    assert (name, value, unknown) == ("city.taxi.v1.Outer.Middle.Inner", {"maybe": 5}, 0)


def test_a_message_is_told_by_the_names_of_its_schema() -> None:
    text = '{"middle": {"inner": {"maybe": 0, "color": "RED"}, "numbers": [9007199254740993], "loose": []}, "number": 4294967295, "by_id": {"-5": {"numbers": [], "loose": [1]}}, "at": {"seconds": 5, "nanos": 6}, "wrapped": {"value": "x"}, "raw": "\\u0000ÿ", "colors": ["RED", 7]}'  # noqa: E501
    data = encode.encode("protobuf", text, CITY)
    found = detect.decode(data, topic="orders", schemas=Known(CITY))
    assert found.format == "protobuf"
    assert found.text == text
    assert encode.encode("protobuf", found.text, CITY) == data


def test_groups_extensions_and_closed_enums_are_read() -> None:
    told = {"id": 1, "line": [{"sku": 5, "kind": "BROKEN"}], "cash": {"cents": 3}, "insides": {"a": {"yes": True}}}
    made = protobuf_write.write(SHOP, told, "shop.old.Order")
    name, value, _ = protobuf.read(SHOP, made + b"\xaa\x06\x03tag")
    assert name == "shop.old.Order"
    assert value["line"] == [{"sku": 5, "kind": "BROKEN"}]
    assert value["cash"] == {"cents": 3}
    assert value["insides"] == {"a": {"yes": True}}
    assert value["[shop.old.tags]"] == ["tag"]


def test_fields_that_the_schema_does_not_know_are_counted() -> None:
    found = detect.decode(
        frame(8, b"\x00\xf8\x07\x05\xf8\x07\x06"), topic="orders", schemas=Known(schema('syntax = "proto3"; message M {}'))
    )
    assert found.text == "{}"
    assert found.notes == ("2 fields in it are not in its schema.",)


def test_references_and_well_known_files_are_found_by_their_names() -> None:
    other = 'syntax = "proto3"; package a; import "google/protobuf/timestamp.proto"; message T { google.protobuf.Timestamp at = 1; }'
    main = 'syntax = "proto3"; import "a/t.proto"; import "confluent/type/decimal.proto"; import "confluent/meta.proto"; message M { a.T t = 1; confluent.type.Decimal d = 2; }'  # noqa: E501
    own = schema(main, references=(("a/t.proto", other),))
    payload = b"\x00\x0a\x04\x0a\x02\x08\x05"
    assert protobuf.read(own, payload)[1] == {"t": {"at": {"seconds": 5, "nanos": 0}}}


def test_a_descriptor_in_base64_is_a_schema_too() -> None:
    own = schema(base64.b64encode(timestamp_pb2.DESCRIPTOR.serialized_pb).decode())
    assert protobuf.read(own, b"\x00\x08\x05")[:2] == ("google.protobuf.Timestamp", {"seconds": 5, "nanos": 0})


NESTED = 'syntax = "proto3"; message N { N n = 1; }'


def deep(levels: int) -> bytes:
    payload = b""
    for _ in range(levels):
        size, head = len(payload), bytearray(b"\x0a")
        while size > 0x7F:
            head.append(size & 0x7F | 0x80)
            size >>= 7
        payload = bytes([*head, size]) + payload
    return payload


HOSTILE = [
    (NESTED, b"\x00" + deep(2000), "it is no N"),
    (NESTED, b"\x00\x0a\x7f", "it is no N"),
    (NESTED, b"\xfe\xff\xff\xff\x0f", "its list of places says 2,147,483,647 of them"),
    (NESTED, b"\x02\x0a", "its list of places says 5; there are 1 messages"),
    (NESTED, b"\x02\x01", "its list of places says -1; there are 1 messages"),
    (NESTED, b"\xff" * 20, "its list of places holds no number"),
    (NESTED, b"", "the bytes end within its list of places"),
    ('syntax = "proto3"; message M { Gone g = 1; }', b"\x00", "the schema itself is wrong"),
    ('syntax = "proto3"; import "gone.proto"; message M { Gone g = 1; }', b"\x00", "the schema itself is wrong"),
    ('syntax = "proto3"; message M { int32 a = 1; int32 b = 1; }', b"\x00", "the schema itself is wrong"),
    ('syntax = "proto3";\nmessage M {\n  int32 a == 1;\n}', b"\x00", "line 3 of its schema: a whole number expected"),
    ("message M { optional int32 a = 0; }", b"\x00", "line 1 of its schema: a has the number 0"),
    ("message M {" * 200, b"\x00", "line 1 of its schema: messages nest deeper than 100"),
    ("message M { /* never ends", b"\x00", "line 1 of its schema"),
    ("service S { rpc", b"\x00", "line 1 of its schema: the file ends too early"),
    ('{"type": "record"}', b"\x00", "line 1 of its schema"),
]


@pytest.mark.parametrize(("text", "payload", "said"), HOSTILE, ids=[str(place) for place in range(len(HOSTILE))])
def test_hostile_bytes_and_schemas_end_in_a_sentence(text: str, payload: bytes, said: str) -> None:
    with pytest.raises(Wrong) as met:
        protobuf.read(schema(text), payload)
    assert str(met.value).startswith(said)
    assert said != "the schema itself is wrong" or "gone.proto" not in text or "nobody gave gone.proto" in str(met.value)


def test_a_file_that_imports_itself_ends_in_a_sentence() -> None:
    own = schema('import "a"; message M {}', references=(("a", 'import "b"; message A {}'), ("b", 'import "a"; message B {}')))
    with pytest.raises(Wrong, match="imports itself"):
        protobuf.read(own, b"\x00")


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("messagnu {}=;<>[]\"'01.,()/*\n"), max_size=60).map(lambda tail: 'syntax = "proto3"; message M { ' + tail))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(Wrong):
        protobuf.read(schema(text), b"\x00")


@pytest.mark.parametrize(
    ("text", "path", "what"),
    [
        ('{"middle": {"inner": {"maybe": "x"}}}', "$.middle.inner.maybe", "this is no whole number"),
        ('{"middle": {"inner": {"maybe": 2147483648}}}', "$.middle.inner.maybe", "2147483648 is no number from"),
        ('{"middle": {"numbers": [1, 2.5]}}', "$.middle.numbers[1]", "this is no whole number"),
        ('{"color": "BLUE"}', "$.color", "it is none of COLOR_UNSPECIFIED, RED"),
        ('{"text": "a", "number": 1}', "$.number", "only one of text and number may be there"),
        ('{"by_id": {"x": {}}}', '$.by_id.x', "'x' is no key of this map"),
        ('{"more": 1}', "$.more", "city.taxi.v1.Outer has no such field"),
        ('{"colors": "RED"}', "$.colors", "it is repeated"),
        ('{"raw": "ž"}', "$.raw", "bytes are written as"),
        ("5", "$", "Outer is written as an object"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_place(text: str, path: str, what: str) -> None:
    with pytest.raises(Unfit) as met:
        encode.encode("protobuf", text, CITY)
    assert met.value.path == path
    assert met.value.what.startswith(what)


def test_a_required_field_is_asked_for() -> None:
    with pytest.raises(Unfit, match=r"shop\.old\.Order needs it") as met:
        encode.encode("protobuf", "{}", SHOP, "shop.old.Order")
    assert met.value.path == "$.id"


@pytest.mark.parametrize("own", [CITY, SHOP, schema((CASES / "edition.proto").read_text())])
def test_a_sample_fits_each_message(own: Any) -> None:
    for name in protobuf_write.names(own):
        assert encode.encode("protobuf", encode.sample(own, name), own, name) is not None

"""Formats that need no schema: found only in what programs write so, and written back as they came."""

import json
import struct
import uuid
from typing import Any

import cbor2
import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.serde import detect, encode
from controlcenter.serde.json import BEYOND, DOUBLED
from controlcenter.serde.msgpack import OTHER_KEYS
from controlcenter.serde.values import Unfit

UUID = uuid.UUID("123e4567-e89b-12d3-a456-426614174000")
FOUND = [
    (msgpack.packb({"a": [1, None, True, "ž"]}), "msgpack", '{"a": [1, null, true, "ž"]}'),
    (msgpack.packb([{"a": 1}]), "msgpack", '[{"a": 1}]'),
    (cbor2.dumps({"a": [1, 1.5, b"\xff"]}), "cbor", '{"a": [1, 1.5, "ÿ"]}'),
    (b"\xd9\xd9\xf7" + cbor2.dumps([1, 2]), "cbor", "[1, 2]"),
    (UUID.bytes, "uuid", str(UUID)),
    (str(UUID).upper().encode(), "uuid", str(UUID).upper()),
    (b"sixteen letters.", "text", "sixteen letters."),
    (b"\x00" + UUID.bytes[1:], "hex", "00" + UUID.hex[2:]),
    (struct.pack(">d", 3.25), "double", "3.25"),
    (struct.pack(">q", 1700000000000), "int64", "1700000000000"),
    (struct.pack(">i", 1078530011), "int32", "1078530011"),
    (b"\x93\x01\x02\x03", "int32", "-1828650493"),
    (b"\x00\x01\x02", "hex", "000102"),
]


@pytest.mark.parametrize(("data", "name", "text"), FOUND)
def test_each_kind_of_bytes_finds_its_format(data: bytes, name: str, text: str) -> None:
    found = detect.decode(data)
    assert (found.format, found.text) == (name, text)


@pytest.mark.parametrize(
    ("data", "forced", "text"),
    [
        (struct.pack(">f", 0.1), "float", "0.1"),
        (struct.pack(">d", float("inf")), "double", "inf"),
        (b"\xff" * 16, "uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        (b"\x93\x01\x02\x03", "msgpack", "[1, 2, 3]"),
        (b"\x81\x01\x02", "msgpack", '{"1": 2}'),
        (cbor2.dumps([1, 2]), "cbor", "[1, 2]"),
        (b"123", "text", "123"),
    ],
)
def test_a_chosen_format_need_not_be_plausible(data: bytes, forced: str, text: str) -> None:
    found = detect.decode(data, forced=forced)
    assert (found.format, found.text) == (forced, text)


def test_what_json_cannot_say_is_noted() -> None:
    assert detect.decode(msgpack.packb({"n": 2**60})).notes == (BEYOND,)
    assert OTHER_KEYS in detect.decode(b"\x81\x01\x02", forced="msgpack").notes
    assert DOUBLED in detect.decode(b"\x82\xa1a\x01\xa1a\x02").notes
    assert DOUBLED in detect.decode(b"\xa2\x61a\x01\x61a\x02").notes


CLAIMS = [
    b"\xdf\xff\xff\xff\xff",  # a map of 2^32 entries
    b"\xdd\xff\xff\xff\xff",
    b"\x81\xa1a" * 5000,  # nested 5,000 deep
    b"\xa1\x61a" * 5000,
    b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\xa1\x61a\xd8\x1c\x81\xd8\x1d\x00",  # a list that holds itself
    b"\x81\xa1a\xc6\xff\xff\xff\xff\x00",
]


@pytest.mark.parametrize("data", CLAIMS, ids=range(len(CLAIMS)))
@pytest.mark.parametrize("forced", [None, "msgpack", "cbor"])
def test_claims_without_bytes_behind_them_are_declined(data: bytes, forced: str | None) -> None:
    found = detect.decode(data, forced=forced)
    assert found.format == "hex"


DOCUMENTS = st.dictionaries(
    st.text(min_size=1),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
        lambda i: st.lists(i, max_size=3),
    ),
    min_size=1,
)


@given(DOCUMENTS)
def test_every_document_of_either_kind_is_shown_whole(document: dict[str, Any]) -> None:
    for form, data in (("msgpack", msgpack.packb(document)), ("cbor", cbor2.dumps(document))):
        found = detect.decode(data, forced=form)
        assert found.format == form
        assert found.size_bytes == len(data)


COMMIT = b"\x00\x01" + b"\x00\x05group" + b"\x00\x06orders" + b"\x00\x00\x00\x02"
COMMITTED = b"\x00\x03" + struct.pack(">qi", 42, 7) + b"\x00\x02hi" + struct.pack(">q", 1700000000000)


def test_a_commit_is_told_by_its_key_and_its_value() -> None:
    key = detect.decode(COMMIT, topic="__consumer_offsets", part="key")
    assert key.format == "consumer_offsets"
    assert key.text == '{"type": "offset commit", "group": "group", "topic": "orders", "partition": 2}'
    value = detect.decode(COMMITTED, topic="__consumer_offsets", key=COMMIT)
    assert value.text == (
        '{"type": "offset commit", "version": 3, "offset": 42, "leaderEpoch": 7, "metadata": "hi", "commitTimestamp": 1700000000000}'
    )
    assert value.why == "type 1 is offset commit, version 3"


def test_flexible_versions_have_short_lengths_and_tagged_fields() -> None:
    value = b"\x00\x04" + struct.pack(">qi", 42, 7) + b"\x03hi" + struct.pack(">q", 5) + b"\x02\x00\x10" + UUID.bytes + b"\x09\x02xx"
    found = detect.decode(value, topic="__consumer_offsets", key=COMMIT)
    assert f'"commitTimestamp": 5, "topicId": "{UUID}"' in found.text


def test_a_value_without_its_key_and_a_type_that_is_not_known_are_declined() -> None:
    assert (
        dict(detect.decode(COMMITTED, topic="__consumer_offsets").declined)["consumer_offsets"]
        == "needs the record's key, which says what it is"
    )
    unknown = detect.decode(b"\x00\x63\x00", topic="__consumer_offsets", part="key")
    assert "type 99" in dict(unknown.declined)["consumer_offsets"]
    cut = detect.decode(COMMITTED[:-3], topic="__consumer_offsets", key=COMMIT)
    assert "is no offset commit of version 3" in dict(cut.declined)["consumer_offsets"]
    bomb = b"\x00\x00" + b"\xff\xff\xff\xff\x07" * 3
    assert detect.decode(bomb, topic="__consumer_offsets", key=b"\x00\x04\x00\x01g").format == "hex"


def test_a_transaction_has_its_state_as_a_word() -> None:
    key = b"\x00\x00\x00\x02tx"
    value = (
        b"\x00\x00"
        + struct.pack(">qhib", 9, 1, 60000, 4)
        + b"\x00\x00\x00\x01\x00\x01t\x00\x00\x00\x01\x00\x00\x00\x03"
        + struct.pack(">qq", 5, 6)
    )
    found = detect.decode(value, topic="__transaction_state", key=key)
    assert '"transactionStatus": "CompleteCommit", "transactionPartitions": [{"topic": "t", "partitionIds": [3]}]' in found.text


def test_a_share_group_has_what_stands_out_as_words() -> None:
    where = b"\x00\x01g" + UUID.bytes + struct.pack(">i", 3)
    batches = b"\x03" + struct.pack(">qqbh", 5, 7, 0, 2) + b"\x00" + struct.pack(">qqbh", 8, 8, 4, 5) + b"\x00"
    snapshot = b"\x00\x00" + struct.pack(">iiiqqq", 1, 2, 3, 5, 10, 11) + batches + b"\x01\x00\x04" + struct.pack(">i", 1)
    found = detect.decode(snapshot, topic="__share_group_state", key=b"\x00\x00" + where)
    assert found.format == "share_group_state"
    assert json.loads(found.text) == {
        "type": "share snapshot", "version": 0, "snapshotEpoch": 1, "stateEpoch": 2, "leaderEpoch": 3, "startOffset": 5,
        "createTimestamp": 10, "writeTimestamp": 11, "deliveryCompleteCount": 1,
        "stateBatches": [
            {"firstOffset": 5, "lastOffset": 7, "deliveryState": "Available", "deliveryCount": 2},
            {"firstOffset": 8, "lastOffset": 8, "deliveryState": "Archived", "deliveryCount": 5},
        ],
    }  # fmt: skip
    key = detect.decode(b"\x00\x01" + where, topic="__share_group_state", part="key")
    assert json.loads(key.text) == {"type": "share update", "groupId": "g", "topicId": str(UUID), "partition": 3}
    cut = detect.decode(snapshot[:-2], topic="__share_group_state", key=b"\x00\x00" + where)
    assert "is no share snapshot of version 0" in dict(cut.declined)["share_group_state"]


WRITTEN = [
    ("null", "", None),
    ("empty", "", b""),
    ("text", "", b""),
    ("text", "žluť", "žluť".encode()),
    ("json", ' {"a": 1.0e0, "b": 12345678901234567890} ', b' {"a": 1.0e0, "b": 12345678901234567890} '),
    ("hex", "0x00 ff\n10", b"\x00\xff\x10"),
    ("hex", "", b""),
    ("base64", "AP8=", b"\x00\xff"),
    ("int32", "-1", b"\xff\xff\xff\xff"),
    ("int64", "9007199254740993", struct.pack(">q", 9007199254740993)),
    ("float", "0.1", struct.pack(">f", 0.1)),
    ("double", "0.1", struct.pack(">d", 0.1)),
    ("uuid", str(UUID).upper(), str(UUID).encode()),
]


@pytest.mark.parametrize(("form", "text", "data"), WRITTEN)
def test_what_is_typed_becomes_its_bytes_and_null_is_not_empty(form: str, text: str, data: bytes | None) -> None:
    assert encode.encode(form, text) == data


@pytest.mark.parametrize(
    ("form", "text", "what"),
    [
        ("json", '{"a": 1,}', "it is no JSON"),
        ("json", "", "it is no JSON: expecting value at line 1, column 1"),
        ("json", '{"a": 1,\n "a": 2}', "the key 'a' stands twice in one object"),
        ("json", "[" * 101 + "]" * 101, "it nests deeper than 100"),
        ("json", "9" * 5000, "a number in it has too many digits"),
        ("text", "\ud800", "character 1 is half a character"),
        ("hex", "abc", "it is no even number of hexadecimal digits"),
        ("base64", "AP8", "it is no base64"),
        ("int32", "2147483648", "it is no number from -2147483648 to 2147483647"),
        ("int64", "1.5", "it is no whole number"),
        ("float", "1e39", "it is too large for a float"),
        ("double", "1e400", "it is too large for a double"),
        ("double", "x", "it is no number"),
        ("uuid", "x", "it is no UUID"),
        ("null", "x", "null has no content"),
        ("empty", " ", "empty has no content"),
        ("avro", "1", "no schema was chosen"),
        ("xml", "<a/>", "nothing is written as xml"),
    ],
)
def test_what_does_not_fit_is_told(form: str, text: str, what: str) -> None:
    with pytest.raises(Unfit) as met:
        encode.encode(form, text)
    assert met.value.what.startswith(what)


@given(st.binary(max_size=200))
def test_bytes_shown_as_hex_or_base64_are_written_back(data: bytes) -> None:
    for form in ("hex", "base64"):
        assert encode.encode(form, detect.decode(data, forced=form).text) == data

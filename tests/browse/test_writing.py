"""Whole records as lines of a file: the same as a short record's row is written, however long they are."""

import csv
import io
import json
from dataclasses import replace

import pytest

from controlcenter.browse import archive, export, heard, request, rows, writing
from controlcenter.browse.shown import shown
from controlcenter.kafka.browsing import Raw
from tests.browse.test_archive import drained

RECORD = Raw(2, 7, 5, "CreateTime", None, b"k", b'{"id": 9223372036854775808, "p": 1.10}', (("a", b"1"), ("a", None), ("\u00e9", b"\xff")))


def written(*records, form="ndjson", faults=(), **more):
    frames = []
    writer = writing.Writer(replace(request.Request(), form=form, **more), "t", None, lambda *frame: frames.append(frame))
    for record in records:
        writer.add(record, dict(faults).get(record.offset, ""))
    writer.flush()
    return b"".join(frame[1] for frame in frames), frames


def test_a_line_is_what_the_page_exports():
    row = heard.row(rows.row(RECORD, 1 << 20, 0))
    assert written(RECORD)[0] == b"".join(export.text([shown(row)], "ndjson"))
    told = written(RECORD, form="csv")[0]
    assert export.head(",") + told == b"".join(export.text([shown(row)], "csv"))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b'"a"\n,;' * 2_000_000, '"a"\n,;' * 2_000_000),
        ("é€😀".encode() * 1_200_000, "é€😀" * 1_200_000),
        (b"\xff\x00" * 4_500_000, "ff00" * 4_500_000),
    ],
)
def test_a_field_too_large_to_decode_is_whole(data, text):
    record = RECORD._replace(value=data, key=None)
    line = json.loads(written(record)[0])
    assert line["value"] == text
    assert line["note"] == "value: not decoded: more than 8 MiB"
    assert line["key"] is None
    csv.field_size_limit(1 << 27)
    ((*_, found, headers, note),) = csv.reader(
        io.StringIO(written(record, form="csv", separator=";")[0].decode(), newline=""), delimiter=";"
    )
    assert found == text
    assert json.loads(headers) == [["a", "1"], ["a", None], ["é", "ff"]]
    assert note


def test_no_frame_is_larger_than_a_piece_and_what_is_whole_is_said():
    big = RECORD._replace(offset=8, value=b"x" * 5_000_000)
    _, frames = written(RECORD, big, RECORD._replace(offset=9))
    assert max(len(frame[1]) for frame in frames) <= writing.PIECE
    assert [place for kind, *said in frames if kind == "written" for place in said[1]] == [[2, 7], [2, 8], [2, 9]]


def test_a_record_that_is_not_looked_into_says_why():
    line = json.loads(written(RECORD, faults=[(7, "it is poison")])[0])
    assert (line["value"], line["headers"], line["note"]) == (None, [], "it is poison")


def test_a_formula_is_guarded_unless_it_may_stay():
    record = RECORD._replace(value=b"=1+1", key=b"-5")
    rows_ = list(csv.reader(io.StringIO(written(record, form="csv")[0].decode())))
    assert rows_[0][3:5] == ["-5", "'=1+1"]
    assert b",=1+1," in written(record, form="csv", is_guarded=False)[0]


def test_members_of_a_zip_stand_where_they_are_said_to():
    big = RECORD._replace(offset=8, key=None, value=bytes(range(256)) * 30_000)
    data, frames = written(RECORD, big, RECORD._replace(offset=9, value=b""), form="zip")
    at, base = {}, 0
    for frame in frames:
        if frame[0] == "written":
            at |= {name: base + start for name, *_, start in frame[3]}
            base = sum(len(f[1]) for f in frames[: frames.index(frame) + 1])
    for name, content in (("2-7.value", RECORD.value), ("2-8.value", big.value), ("2-9.value", b"")):
        whole, _ = drained(archive.deflated(name, content))
        assert data[at[name] :].startswith(whole)
    manifest = [json.loads(line) for frame in frames if frame[0] == "written" for line in frame[4].splitlines()]
    assert [(line["key"]["is_null"], line["value"]["size_bytes"]) for line in manifest] == [(False, 38), (True, 7_680_000), (False, 0)]
    assert manifest[0]["headers"] == [["a", "MQ=="], ["a", None], ["é", "/w=="]]

"""Files of records: exact, guarded, and read back by the form that writes."""

import csv
import io
import json
import zipfile

import pytest

from controlcenter.browse import export
from controlcenter.errors import Problem
from controlcenter.operate import unpack


def field(text, format="text", **more):
    return {
        "format": format,
        "text": text,
        "size_bytes": len(text.encode()),
        "is_cut": False,
        "notes": [],
        "schema_id": None,
        "fault": "",
        **more,
    }


NULL = field("", "null")
ROWS = [
    {"partition": 0, "offset": 7, "timestamp_ms": 5, "key": field("k"), "value": field('{"id": 9223372036854775808, "p": 1.10}', "json"),
     "headers": [["a", field("1")], ["a", NULL]], "fault": ""},
    {"partition": 1, "offset": 8, "timestamp_ms": None, "key": NULL, "value": field("=1+1"), "headers": [], "fault": ""},
    {"partition": 1, "offset": 9, "timestamp_ms": 6, "key": NULL, "value": NULL, "headers": [], "fault": "cannot be decoded safely"},
    {"partition": 2, "offset": 0, "timestamp_ms": 6, "key": field("", "empty"), "value": field("x" * 10, is_cut=True), "headers": [],
     "fault": ""},
]  # fmt: skip


def written(format, **more):
    return b"".join(export.text(ROWS, format, **more)).decode()


def test_ndjson_keeps_every_number_as_its_letters():
    first = written("ndjson").splitlines()[0]
    assert '"value":{"id": 9223372036854775808, "p": 1.10}' in first
    assert json.loads(first)["headers"] == [["a", "1"], ["a", None]]


def test_null_is_null_and_empty_is_an_empty_text():
    rows = [json.loads(line) for line in written("ndjson").splitlines()]
    assert (rows[1]["key"], rows[3]["key"]) == (None, "")


def test_what_is_not_whole_says_so():
    notes = [json.loads(line).get("note") for line in written("ndjson").splitlines()]
    assert notes == [None, None, "cannot be decoded safely", "cut: value"]


def test_json_is_one_document():
    assert [row["offset"] for row in json.loads(written("json"))] == [7, 8, 9, 0]
    assert json.loads(b"".join(export.text([], "json"))) == []


def test_a_cell_that_a_spreadsheet_would_compute_is_guarded():
    rows = list(csv.reader(io.StringIO(written("csv"))))
    assert rows[2][4] == "'=1+1"
    assert list(csv.reader(io.StringIO(written("csv", guard=False))))[2][4] == "=1+1"
    assert written("csv", separator=";").startswith("partition;offset;")


def test_the_form_that_writes_reads_what_was_exported():
    line = written("ndjson").splitlines()[0].encode()
    ((_, row),) = unpack.rows(line, "ndjson")
    assert (row.key, row.value, row.headers, row.partition, row.timestamp_ms) == (
        "k", '{"id":9223372036854775808,"p":1.10}', (("a", "1"), ("a", None)), 0, 5,
    )  # fmt: skip


def test_raw_bytes_come_as_they_are_and_null_is_told_from_empty():
    kept = export.archive([(ROWS[0], b"k", b"\x00\xff"), (ROWS[1], None, b"")])
    with zipfile.ZipFile(io.BytesIO(kept)) as folder:
        assert sorted(folder.namelist()) == ["0-7.key", "0-7.value", "1-8.value", "manifest.ndjson"]
        assert folder.read("0-7.value") == b"\x00\xff"
        manifest = [json.loads(line) for line in folder.read("manifest.ndjson").splitlines()]
    assert manifest[1]["key"]["is_null"] is True
    assert manifest[1]["value"]["is_null"] is False


@pytest.mark.parametrize(("format", "separator"), [("xml", ","), ("csv", "::")])
def test_what_there_is_not_is_refused(format, separator):
    with pytest.raises(Problem):
        export.check(format, separator)

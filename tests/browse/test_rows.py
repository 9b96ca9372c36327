"""Records as rows: bounded, whatever they hold, and honest about what was left out."""

import pytest

from controlcenter.browse import frames, heard, page, rows
from controlcenter.kafka.browsing import Raw


def row(value: bytes | None, **more: object) -> page.Row:
    """Return a row as it arrives on the other side of the pipe."""
    record = Raw(0, 7, 5, "CreateTime", 1, b"k", value, (("h", b"1"), ("h", None)), **more)
    return heard.row(frames.unpack(frames.pack(rows.row(record, 4096, 16))[frames.HEAD.size :]))


def test_a_record_arrives_as_it_was() -> None:
    found = row(b'{"a": 1}', flags=("aborted",))
    assert (found.partition, found.offset, found.timestamp_ms, found.flags) == (0, 7, 5, ("aborted",))
    assert found.value is not None
    assert (found.value.format, found.value.text, found.value.size_bytes) == ("json", '{"a": 1}', 8)
    assert [(name, value.format) for name, value in found.headers] == [("h", "text"), ("h", "null")]


@pytest.mark.parametrize(("unit", "form", "shown"), [(b'{"x":"', "text", 4096), ("é".encode(), "text", 2048), (b"\xff\x00", "hex", None)])
def test_a_field_too_large_to_decode_shows_its_beginning_and_its_size(unit: bytes, form: str, shown: int | None) -> None:
    value = unit * (rows.LARGEST_BYTES // len(unit) + 1)
    found = row(value).value
    assert found is not None
    assert (found.format, found.size_bytes, found.is_cut, found.is_exact) == (form, len(value), True, False)
    assert "are not decoded" in found.notes[0] or "not decoded" in found.notes[0]
    assert shown is None or len(found.text) == shown
    assert len(found.raw) == 16

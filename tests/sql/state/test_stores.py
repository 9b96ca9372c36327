"""One body for every store: what `state.base` promises. A driver enters by being named in `OPEN`."""

import pytest

from controlcenter.sql.state.memory import MemoryStore

OPEN = {"memory": MemoryStore}


@pytest.fixture(params=OPEN, name="make")
def _make(request):
    return OPEN[request.param]


def test_a_commit_changes_values_and_marks_together(make):
    store = make()
    assert (store.get(b"a"), store.marks()) == (None, {})
    store.apply({b"a": b"1", b"b": b"2"}, [], {"s/0": 7})
    store.apply({b"c": b"3"}, [b"a", b"never"], {"s/0": 9, "T": 4})
    assert (store.get(b"a"), store.get(b"b"), store.get(b"c")) == (None, b"2", b"3")
    assert store.marks() == {"s/0": 9, "T": 4}


def test_ranges_follow_the_bytes_and_leave_the_end_out(make):
    store = make()
    store.apply({key: key for key in (b"b\xff", b"a", b"b", b"c", b"b\x00")}, [], {})
    assert [key for key, _ in store.range(b"b", b"c")] == [b"b", b"b\x00", b"b\xff"]
    assert [key for key, _ in store.range(b"b\x01")] == [b"b\xff", b"c"]
    store.apply({b"bb": b""}, [b"b"], {})
    assert [key for key, _ in store.range(b"b", b"c")] == [b"b\x00", b"bb", b"b\xff"]


def test_a_snapshot_opens_as_it_was(make, tmp_path):
    store = make()
    store.apply({b"a": b"1"}, [], {"s/0": 7})
    store.snapshot(tmp_path / "at")
    store.apply({b"a": b"2"}, [], {"s/0": 8})
    store.close()
    again = make(tmp_path / "at")
    assert (again.get(b"a"), again.marks()) == (b"1", {"s/0": 7})

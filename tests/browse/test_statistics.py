"""Figures of a sample: exact sizes, and nothing counted that is not there."""

from types import SimpleNamespace

from controlcenter.browse import statistics
from controlcenter.serde import detect


def row(key, value, *, partition=0, stamp=0, codec="zstd", base=0, fault=False):
    sides = (None, None) if fault else (detect.decode(key, raw=64), detect.decode(value, raw=64))
    return SimpleNamespace(
        partition=partition, timestamp_ms=stamp, key=sides[0], value=sides[1], batch={"base_offset": base, "codec": codec}
    )


SAMPLE = [
    row(b"a", b'{"n": 1, "in": {"x": null}}'), row(b"a", b'{"n": 2.5}', stamp=3_600_000), row(None, b"", partition=1), row(b"b", None),
    row(b"", b"plain", base=9, codec="none"), row(b"z", b"z", fault=True),
]  # fmt: skip


def test_each_kind_of_absence_is_counted_by_itself():
    found = statistics.compute(SAMPLE)
    assert (found.records, found.null_keys, found.tombstones, found.empty_values, found.undecodable) == (6, 1, 1, 1, 1)
    assert found.distinct_keys == 3
    assert found.keys.count == 4


def test_batches_are_counted_once_and_hours_by_their_start():
    found = statistics.compute(SAMPLE)
    assert dict(found.by_hour) == {0: 5, 3_600_000: 1}
    assert sorted(found.codecs) == [("none", 1), ("zstd", 2)]


def test_fields_tell_how_often_and_as_what():
    assert {path: (n, kinds) for path, n, kinds in statistics.compute(SAMPLE).fields} == {
        "n": (2, "decimal, integer"),
        "in.x": (1, "null"),
    }


def test_a_quantile_is_a_size_that_occurs():
    found = statistics.sizes(range(1, 1001))
    assert dict(found.quantiles) == {"p50": 500, "p90": 900, "p95": 950, "p99": 990, "p99.9": 999}
    assert dict(statistics.sizes([7]).quantiles)["p99.9"] == 7


def test_nothing_has_no_least_and_no_mean():
    found = statistics.compute([])
    assert (found.values.count, found.values.least, found.values.mean, found.fields) == (0, None, None, ())

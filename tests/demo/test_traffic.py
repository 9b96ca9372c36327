"""What the demo writes has the fields the lecture names, and the troubles it promises. On brokers: tests/real/test_traffic.py."""

import json
import random
from datetime import UTC, datetime

import pytest

from demo import records

NOW = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)


def rides(count: int) -> list[dict]:
    chance = random.Random(7)
    return [records.ride(chance, NOW) for _ in range(count)]


def test_a_ride_has_the_fields_of_the_citys_records():
    row = rides(1)[0]
    assert row.keys() >= {
        "VendorID", "tpep_pickup_datetime", "tpep_dropoff_datetime", "passenger_count", "trip_distance", "PULocationID", "DOLocationID",
        "payment_type", "fare_amount", "tip_amount", "total_amount",
    }  # fmt: skip
    assert row["tpep_dropoff_datetime"] == "2026-03-01 17:30:00" > row["tpep_pickup_datetime"]
    assert {each["payment_type"] for each in rides(500)} == set("123456")
    assert {each["VendorID"] for each in rides(50)} == {"1", "2"}


def test_the_same_seed_gives_the_same_rides():
    assert rides(20) == rides(20)


def test_only_cards_tip_and_the_total_is_the_sum():
    for row in rides(300):
        assert row["payment_type"] == "1" or row["tip_amount"] == 0
        parts = ("fare_amount", "extra", "mta_tax", "tip_amount", "tolls_amount", "improvement_surcharge", "congestion_surcharge")
        assert row["total_amount"] == pytest.approx(sum(row[part] for part in parts), abs=0.01)


def test_a_ride_is_written_as_json_and_as_csv_under_its_drop_off_location():
    row = rides(1)[0]
    as_json, as_csv = records.of_ride(row)
    assert (as_json.topic, as_csv.topic) == ("rides", "rides_csv")
    assert as_json.key == as_csv.key == str(row["DOLocationID"]).encode()
    assert json.loads(as_json.value) == row
    assert as_csv.value.decode().split(",") == [str(value) for value in row.values()]


def test_oddities_hold_every_kind_of_trouble():
    odd = {record.key: record for record in records.oddities(NOW)}
    assert odd[None].value is None
    assert odd[b"tombstone"].value is None
    assert odd[b""].value == b""
    assert json.loads(odd[b"beyond-2^53"].value)["id"] == 2**53 + 1
    assert [name for name, _ in odd[b"repeated-headers"].headers].count("trace") == 2
    with pytest.raises(UnicodeDecodeError):
        odd[b"\xff\xfe\x00key"].value.decode()


def test_zones_come_round_again_under_the_same_key():
    first, again = records.zone(3, 3), records.zone(3 + len(records.ZONES), 90)
    assert first.key == again.key
    assert first.value != again.value

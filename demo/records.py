"""What the demo traffic writes, as values: taxi rides, zones, payments and oddities. Pure: chance and time are arguments.

The distributions follow New York's yellow taxis: mostly one passenger, two miles, paid by card; Midtown and the airports lead.
"""

import csv
import io
import json
import random
from datetime import datetime, timedelta
from typing import Any, NamedTuple

# The city's own location ids, by how often one is dropped off there.
ZONES = (
    (236, "Manhattan", "Upper East Side North"), (237, "Manhattan", "Upper East Side South"), (161, "Manhattan", "Midtown Center"),
    (132, "Queens", "JFK Airport"), (230, "Manhattan", "Times Sq/Theatre District"), (162, "Manhattan", "Midtown East"),
    (142, "Manhattan", "Lincoln Square East"), (239, "Manhattan", "Upper West Side South"), (170, "Manhattan", "Murray Hill"),
    (141, "Manhattan", "Lenox Hill West"), (234, "Manhattan", "Union Sq"), (186, "Manhattan", "Penn Station/Madison Sq West"),
    (48, "Manhattan", "Clinton East"), (68, "Manhattan", "East Chelsea"), (138, "Queens", "LaGuardia Airport"),
    (163, "Manhattan", "Midtown North"), (238, "Manhattan", "Upper West Side North"), (263, "Manhattan", "Yorkville West"),
    (164, "Manhattan", "Midtown South"), (107, "Manhattan", "Gramercy"), (79, "Manhattan", "East Village"),
    (140, "Manhattan", "Lenox Hill East"), (249, "Manhattan", "West Village"), (229, "Manhattan", "Sutton Place/Turtle Bay North"),
    (246, "Manhattan", "West Chelsea/Hudson Yards"), (90, "Manhattan", "Flatiron"), (43, "Manhattan", "Central Park"),
    (113, "Manhattan", "Greenwich Village North"), (100, "Manhattan", "Garment District"), (231, "Manhattan", "TriBeCa/Civic Center"),
    (114, "Manhattan", "Greenwich Village South"), (148, "Manhattan", "Lower East Side"), (75, "Manhattan", "East Harlem South"),
    (87, "Manhattan", "Financial District North"), (13, "Manhattan", "Battery Park City"), (7, "Queens", "Astoria"),
    (74, "Manhattan", "East Harlem North"), (181, "Brooklyn", "Park Slope"), (1, "EWR", "Newark Airport"),
)  # fmt: skip
_IDS = [each[0] for each in ZONES]
_WEIGHTS = [1 / (rank + 4) for rank in range(len(ZONES))]


class Record(NamedTuple):
    """One record to write; None is Kafka's null, b"" is empty."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def ride(chance: random.Random, now: datetime) -> dict[str, Any]:
    """Return a ride that ends now, with the fields of the city's yellow-taxi records."""
    miles = round(min(30.0, max(0.3, chance.lognormvariate(0.65, 0.75))), 2)
    minutes = miles / max(4.0, chance.gauss(11, 3)) * 60
    fare = round(3.0 + 3.5 * miles + 0.2 * minutes, 1)
    payment = chance.choices("123456", (78, 17, 2, 1, 1, 1))[0]
    tip = round(fare * max(0.0, chance.gauss(0.2, 0.07)), 2) if payment == "1" else 0.0
    tolls = 6.94 if miles > 9 and chance.random() < 0.5 else 0.0
    extra = 2.5 if 16 <= now.hour < 20 else 0.0
    return {
        "VendorID": chance.choices("12", (27, 73))[0],
        "tpep_pickup_datetime": _at(now - timedelta(minutes=minutes)),
        "tpep_dropoff_datetime": _at(now),
        "passenger_count": chance.choices(range(7), (1, 73, 16, 4, 2, 2, 2))[0],
        "trip_distance": miles,
        "RatecodeID": 1,
        "store_and_fwd_flag": "N",
        "PULocationID": chance.choices(_IDS, _WEIGHTS)[0],
        "DOLocationID": chance.choices(_IDS, _WEIGHTS)[0],
        "payment_type": payment,
        "fare_amount": fare,
        "extra": extra,
        "mta_tax": 0.5,
        "tip_amount": tip,
        "tolls_amount": tolls,
        "improvement_surcharge": 1.0,
        "total_amount": round(fare + extra + 0.5 + tip + tolls + 1.0 + 2.5, 2),
        "congestion_surcharge": 2.5,
    }


def as_json(row: dict[str, Any]) -> bytes:
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()


def as_csv(row: dict[str, Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row.values())
    return text.getvalue().encode()


def of_ride(row: dict[str, Any]) -> list[Record]:
    """Return a ride as JSON and as CSV, keyed by where it ends."""
    key = str(row["DOLocationID"]).encode()
    return [Record("rides", key, as_json(row)), Record("rides_csv", key, as_csv(row))]


def pickup(row: dict[str, Any]) -> Record:
    """Return where and when a ride began, keyed by the place."""
    seen = {"PULocationID": row["PULocationID"], "tpep_pickup_datetime": row["tpep_pickup_datetime"]}
    return Record("pickup_locations", str(row["PULocationID"]).encode(), as_json(seen))


def zone(number: int, rides: int) -> Record:
    """Return the row of a zone (counted from 0, round and round) in the table of zones."""
    location, borough, name = ZONES[number % len(ZONES)]
    return Record("zones", str(location).encode(), as_json({"LocationID": location, "Borough": borough, "Zone": name, "rides": rides}))


def payment(row: dict[str, Any], number: int) -> Record:
    """Return what a passenger paid, keyed by a payment id."""
    paid = {
        "payment_id": number,
        "payment_type": row["payment_type"],
        "total_amount": row["total_amount"],
        "at": row["tpep_dropoff_datetime"],
    }
    return Record("payments", str(number).encode(), as_json(paid))


def oddities(now: datetime) -> list[Record]:
    """Return one of every kind of record that readers stumble over."""
    deep: Any = {"leaf": True}
    for _ in range(24):
        deep = {"in": [deep]}
    bodies: list[tuple[bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...]]] = [
        (None, None, ()),
        (b"tombstone", None, (("why", b"deleted"),)),
        (b"", b"", ()),
        (b"binary", bytes(range(256)), ()),
        (b"\xff\xfe\x00key", b"caf\xe9 \xc3\x28 \xed\xa0\x80", ()),
        (b"nested", as_json(deep), ()),
        (
            b"beyond-2^53",
            b'{"id":9007199254740993,"low":-9223372036854775808,"high":18446744073709551615,"price":0.10000000000000000001}',
            (),
        ),
        (
            b"repeated-headers",
            as_json({"at": _at(now)}),
            (("trace", b"1"), ("trace", b"2"), ("Trace", b""), ("none", None), ("", b"\x00\xff")),
        ),
        (b"repeated-names", b'{"a":1,"a":2}', ()),
        (b"almost-json", b'{"a": 1,', ()),
        (b"numbers", b"NaN", ()),
        (b"int64", (2**53 + 1).to_bytes(8, "big"), ()),
        (b"float64", b"\x40\x09\x21\xfb\x54\x44\x2d\x18", ()),
        ("schlüssel-鍵-🔑".encode(), "Grüße, 世界 👋\u202egnp.exe\x00".encode(), ()),
        (b"markup", b"<script>alert(1)</script>{{7*7}}", ()),
        (b"formula", b"=1+1,@SUM(A1)", ()),
        (b"long", as_json({"text": "all work and no play " * 800}), ()),
    ]
    return [Record("odd-records", key, value, named) for key, value, named in bodies]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"

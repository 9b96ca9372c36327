"""Records for benches of search: rides as JSON, flat to nested, the same for everybody who counts to the same number."""

import json
from typing import Any

CITIES = ("Oslo", "Rome", "Lyon", "Graz", "Turku", "Porto")
RARE = "lost umbrella"  # one record in a thousand says so
PREDICATE = "value.fare.base > 60 && value.city != 'Oslo' && value.passengers >= 5"  # about a tenth; no text that must occur
SCRIPT = "return value.fare.base > 60 && value.city != 'Oslo' && value.passengers >= 5"
RARE_PREDICATE = f"value.note.contains('{RARE}')"


def ride(i: int, size: int) -> dict[str, Any]:
    """Return ride i, about `size` bytes as JSON."""
    dice = (i * 2654435761) % 2**32  # Knuth's multiplier: even, and the same on every machine
    found: dict[str, Any] = {"ride_id": f"ride-{i:09d}", "city": CITIES[dice % 6], "passengers": dice // 6 % 6 + 1}
    found["fare"] = {"base": dice // 36 % 10_000 / 100, "currency": "EUR"}
    if size >= 400:
        found["user"] = {"id": dice, "name": f"user-{dice % 997}", "email": f"user-{dice % 997}@example.org", "is_member": dice % 3 == 0}
        found["vehicle"] = {"plate": f"EL {dice % 90000}", "kind": "van", "seats": 6, "range_km": dice % 400}
        points = 5 if size < 2000 else size // 100
        found["route"] = [{"lat": 59.9 + k / 128, "lon": 10.75 + k / 128, "at": 1772366400000 + k * 1000} for k in range(points)]
    found["note"] = RARE if i % 1000 == 7 else "all well"
    missing = size - len(json.dumps(found)) - len(', "remark": ""')
    if missing > 0:
        words = f"the driver took road {dice % 500} and was on time; "
        found["remark"] = (words * (missing // len(words) + 1))[:missing]
    return found


def holds(found: dict[str, Any]) -> bool:
    """The predicate, by hand."""
    return bool(found["fare"]["base"] > 60 and found["city"] != "Oslo" and found["passengers"] >= 5)

"""When a produced record is the expected one: the rules of the public cases, read with every digit (`parse_float=Decimal`).

The type of the expected value decides. `problem(...)` gives None, or the first difference as a sentence.
"""

import base64
from decimal import Decimal, InvalidOperation

NEAR = Decimal("0.000001")


def problem(case, produced):
    """Return None when each topic named in the outputs holds exactly the expected records, else what is wrong."""
    wanted_by_topic = {}
    for record in case["outputs"]:
        wanted_by_topic.setdefault(record["topic"], []).append(record)
    is_exact = case["properties"].get("use.exact.numeric.comparison", True)
    for topic, wanted in wanted_by_topic.items():
        got = produced.get(topic, [])
        if len(got) != len(wanted):
            return f"{topic}: {len(got)} records, expected {len(wanted)}: {[(g['key'], g['value']) for g in got]}"
        for at, (one, other) in enumerate(zip(got, wanted, strict=True)):
            wrong = record_problem(one, other, is_exact, is_stamped=not case["inputs"])
            if wrong:
                return f"{topic}, record {at}: {wrong}"
    return None


def record_problem(got, wanted, is_exact, is_stamped):
    window = wanted.get("window")
    window = window and (window["start"], window["end"], window["type"].lower())
    if got["window"] != window:
        return f"window {got['window']}, expected {window}"
    if not equal(got["key"], wanted.get("key"), is_exact):
        return f"key {got['key']!r}, expected {wanted.get('key')!r}"
    if not equal(without_empty_bytes(got["value"]), wanted["value"], is_exact):
        return f"value {got['value']!r}, expected {wanted['value']!r}"
    headers = [(h["KEY"], None if h.get("VALUE") is None else base64.b64decode(h["VALUE"])) for h in wanted.get("headers") or []]
    if list(got["headers"] or []) != headers:
        return f"headers {got['headers']}, expected {headers}"
    when = wanted.get("timestamp", got["timestamp"])
    if got["timestamp"] != when and not (is_stamped and when == 0):  # INSERT VALUES stamps the clock
        return f"timestamp {got['timestamp']}, expected {when}"
    return None


def without_empty_bytes(value):
    return {k: None if v == b"" else v for k, v in value.items()} if isinstance(value, dict) else value


def equal(got, wanted, is_exact=True):
    """Tell whether one decoded value is the expected JSON value."""
    match wanted:
        case dict():
            return isinstance(got, dict) and len(got) == len(wanted) and all(equal(field(got, k), v, is_exact) for k, v in wanted.items())
        case list():
            return (
                isinstance(got, list) and len(got) == len(wanted) and all(equal(a, b, is_exact) for a, b in zip(got, wanted, strict=True))
            )
        case None | True | False:
            return got is wanted
        case int() | Decimal():
            return number_equal(got, wanted, is_exact)
    if isinstance(got, bytes | bytearray):
        return base64.b64encode(got).decode() == wanted
    if isinstance(got, Decimal):
        try:
            return same(got, Decimal(wanted))
        except InvalidOperation:
            return False
    return isinstance(got, str) and got == wanted


def field(got, name):
    value = got.get(name)
    return got.get(name.upper()) if value is None else value


def number_equal(got, wanted, is_exact):
    if isinstance(got, bool):
        return False
    if isinstance(got, int):
        return int(wanted) == got
    if isinstance(got, float) or (isinstance(got, Decimal) and not is_exact):
        return abs(float(got) - float(wanted)) < float(NEAR)
    if not isinstance(got, Decimal):
        return False
    return got == wanted and got.as_tuple().exponent >= 0 if isinstance(wanted, int) else same(got, wanted)


def same(one, other):
    return one == other and one.as_tuple().exponent == other.as_tuple().exponent

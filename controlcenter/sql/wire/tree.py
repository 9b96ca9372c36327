"""A tree of plain Python, as a schema's reader gives it, ↔ values of columns: what AVRO and PROTOBUF share.

Law: a schema says what its values are, so nothing is guessed: a value of another kind is `Malformed` for the record.
Only a STRING takes any single value, as its text.

Trees hold bool, int, float, Decimal, str, bytes, list and dict. A Protobuf message that stands for one value (a timestamp, a
decimal, a wrapper) is a dict here.
"""

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from controlcenter.sql import types
from controlcenter.sql.java import doubles
from controlcenter.sql.types import SqlType
from controlcenter.sql.wire.base import Malformed
from controlcenter.sql.wire.plain import fit, time_of_day

Coerce = Callable[[Any], Any]
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()


def coercer(kind: SqlType) -> Coerce:
    """Return tree value → column value for one type; None stays None."""
    work = _coercer(kind)
    return lambda x: None if x is None else work(x)


def _coercer(kind: SqlType) -> Coerce:
    match kind:
        case types.Decimal(precision, scale):
            return lambda x: fit(_decimal(x), precision, scale)
        case types.Array(item):
            inner = coercer(item)
            return lambda x: [inner(y) for y in _a(list, x, kind)]
        case types.Map(_, value):
            inner = coercer(value)
            return lambda x: {name: inner(y) for name, y in _a(dict, x, kind).items()}
        case types.Struct(fields):
            wanted = [(name, coercer(inner)) for name, inner in fields]
            return lambda x: dict(zip((name for name, _ in wanted), fields_of(_a(dict, x, kind), wanted), strict=True))
    return _SIMPLE[kind]


def fields_of(tree: Mapping[str, Any], wanted: list[tuple[str, Coerce]]) -> list[Any]:
    """Return the values of columns: the field of exactly a column's name, else the one whose upper case is the column's."""
    folded = None
    found = []
    for name, coerce in wanted:
        if name not in tree and folded is None:
            folded = {known.upper(): held for known, held in tree.items()}
        found.append(coerce(tree[name] if name in tree else (folded or {}).get(name.upper())))
    return found


def _a(wanted: type, x: Any, kind: SqlType) -> Any:
    if isinstance(x, wanted):
        return x
    raise _odd(x, kind)


def _odd(x: Any, kind: SqlType) -> Malformed:
    return Malformed(f"Can't convert type. type: {type(x).__name__}, wanted: {kind}")


def _bare(x: Any) -> Any:
    """Return what a Protobuf wrapper holds; anything else is itself."""
    return x["value"] if isinstance(x, dict) and x.keys() == {"value"} else x


def _boolean(x: Any) -> bool:
    return bool(_a(bool, _bare(x), types.BOOLEAN))


def _whole(bits: int, kind: SqlType) -> Coerce:
    half = 1 << (bits - 1)

    def coerce(x: Any) -> int:
        found = _bare(x)
        if isinstance(found, bool) or not isinstance(found, int) or not -half <= found < half:
            raise _odd(found, kind)
        return found

    return coerce


def _double(x: Any) -> float:
    found = _bare(x)
    if isinstance(found, float) or (isinstance(found, Decimal) and not found.is_nan()):
        return float(found)
    raise _odd(found, types.DOUBLE)


def _string(x: Any) -> str:
    found = _bare(x)
    if isinstance(found, str):
        return found
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float):
        return doubles.text(found)
    if isinstance(found, int | Decimal):
        return str(found)
    raise _odd(found, types.STRING)


def _bytes(x: Any) -> bytes:
    return bytes(_a(bytes, _bare(x), types.BYTES))


def _decimal(x: Any) -> Decimal:
    if isinstance(x, Decimal):
        return x
    if isinstance(x, dict) and isinstance(x.get("value"), bytes) and isinstance(x.get("scale"), int):
        unscaled = int.from_bytes(x["value"], "big", signed=True)
        return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -x["scale"]))
    raise Malformed(f"Can't convert type. type: {type(x).__name__}, wanted: DECIMAL")


def _timestamp(x: Any) -> int:
    if isinstance(x, dict) and {"seconds", "nanos"} <= x.keys():
        return int(x["seconds"]) * 1000 + int(x["nanos"]) // 1_000_000
    return int(_LONG(x))


def _date(x: Any) -> int:
    if isinstance(x, dict) and {"year", "month", "day"} <= x.keys():
        try:
            return datetime.date(x["year"], x["month"], x["day"]).toordinal() - EPOCH_DAY
        except ValueError as error:
            raise Malformed(str(error)) from None
    return int(_INT(x))


def _time(x: Any) -> int:
    if isinstance(x, dict) and {"hours", "minutes", "seconds", "nanos"} <= x.keys():
        ms = ((x["hours"] * 60 + x["minutes"]) * 60 + x["seconds"]) * 1000 + x["nanos"] // 1_000_000
    else:
        ms = _INT(x)
    return time_of_day(int(ms))


_INT, _LONG = _whole(32, types.INTEGER), _whole(64, types.BIGINT)
_SIMPLE: dict[SqlType, Coerce] = {
    types.BOOLEAN: _boolean,
    types.INTEGER: _INT,
    types.BIGINT: _LONG,
    types.DOUBLE: _double,
    types.STRING: _string,
    types.BYTES: _bytes,
    types.DATE: _date,
    types.TIME: _time,
    types.TIMESTAMP: _timestamp,
}

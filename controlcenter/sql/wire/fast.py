"""JSON, the quick way: only the columns in use, typed, through msgspec.

Law: what `quick(data)` returns is what `exact(data)` returns, or it raises and the exact way answers.

Fields are called c0, c1 … in the order of the columns. The names on the wire are learned from the first records; a
record that spells a column otherwise, leaves it out, or holds a value that needs coercion goes the exact way. After
some records that left a column out, a second form is tried that allows absence and then proves it.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw

from controlcenter.sql import types
from controlcenter.sql.catalog import Column
from controlcenter.sql.types import SqlType
from controlcenter.sql.wire import json
from controlcenter.sql.wire.base import Malformed
from controlcenter.sql.wire.plain import DAY_MS

Row = Any  # a Struct with the fields c0, c1 …
LESSONS = frozenset(10**n for n in range(7))  # which of the records that went the exact way teach: a changed topic is learned anew
Never = Annotated[str, Meta(min_length=1, max_length=0)]  # a field that no value fits: where it occurs, decoding raises

_QUICK: dict[SqlType, Any] = {
    types.BOOLEAN: bool,
    types.INTEGER: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)],
    types.BIGINT: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)],
    types.DOUBLE: float,
    types.STRING: str,
    types.DATE: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)],
    types.TIME: Annotated[int, Meta(ge=0, le=DAY_MS)],
    types.TIMESTAMP: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)],
}


def _decline(data: bytes) -> Row:
    raise Malformed("no quick way yet")


class RowReader:
    """Bytes of a JSON object → a row of the columns in use.

    quick   the quick way as far as it is known: raises whatever it cannot answer
    exact   the exact way: a row, None for a JSON null, or `Malformed`; it teaches the quick one
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = list(columns)
        self._wanted = [(c.name, c.name.lower(), json.coercer(c.type)) for c in columns]
        self._row = msgspec.defstruct("Row", [(f"c{i}", object) for i in range(len(columns))], gc=False)
        self._seen = 0
        self.quick: Callable[[bytes], Row] = _decline
        if not columns:  # COUNT(*) reads none, yet a malformed record must be dropped
            self.quick = msgspec.json.Decoder(msgspec.defstruct("Empty", [], gc=False)).decode

    def exact(self, data: bytes) -> Row | None:
        tree = json.parse(data)
        if tree is None:
            return None
        if not isinstance(tree, dict):
            raise Malformed("Can't convert type. wanted: an object")
        row = self._row(*json.fields_of(tree, self._wanted))
        self._seen += 1
        if self._seen in LESSONS and self._columns:
            self._learn(tree)
        return row

    def _learn(self, tree: dict[str, Any]) -> None:
        """Make the quick way from the spelling of one record. Columns it leaves out are allowed to be absent from then on."""
        names = [_spelling(tree, c.name) for c in self._columns]
        if all(name is None for name in names):
            return
        spelled = [name or c.name for name, c in zip(names, self._columns, strict=True)]
        self.quick = _quick(self._columns, spelled, [tree.get(name) for name in spelled], None in names)


def _spelling(tree: dict[str, Any], name: str) -> str | None:
    """Return the field that a column takes in this record, by the exact way's rule; None when there is none."""
    if name in tree:
        return name
    if name.lower() in tree:
        return name.lower()
    return next((known for known in reversed(tree) if known.upper() == name), None)


def _quick(columns: Sequence[Column], names: Sequence[str], sample: Sequence[Any], may_lack: bool) -> Callable[[bytes], Row]:
    fields: list[Any] = []
    rename: dict[str, str] = {}
    coercions: list[tuple[str, Callable[[Any], Any]]] = []
    for i, (column, name) in enumerate(zip(columns, names, strict=True)):
        kind = _QUICK.get(column.type)
        if kind is None:  # DECIMAL, BYTES and what holds others: just this part goes the exact way
            coercions.append((f"c{i}", _exactly(json.coercer(column.type))))
        elif kind is str and type(sample[i]) is int:  # a whole number read into a STRING is its digits
            kind = int | str
            coercions.append((f"c{i}", _digits))
        typed = Raw if kind is None else kind | None
        fields.append((f"c{i}", typed | msgspec.UnsetType, UNSET) if may_lack else (f"c{i}", typed))
        rename[f"c{i}"] = name
    guards = sorted({other for c, name in zip(columns, names, strict=True) for other in _before(c.name, name)} - set(names))
    for i, other in enumerate(guards):
        fields.append((f"x{i}", Never, ""))
        rename[f"x{i}"] = other
    struct = msgspec.defstruct("Quick", fields, rename=rename, gc=False, kw_only=True)
    decode = msgspec.json.Decoder(struct).decode
    odd = [name.lower().encode() for c, name in zip(columns, names, strict=True) if name not in (c.name, c.name.lower())]
    lacking = [(f"c{i}", c.name.lower().encode()) for i, c in enumerate(columns)] if may_lack else []
    return _checked(decode, coercions, odd, lacking) if coercions or odd or lacking else decode


def _before(name: str, spelled: str) -> list[str]:
    """Return the spellings that win over the learned one."""
    return [] if spelled == name else [name] if spelled == name.lower() else [name, name.lower()]


def _checked(
    decode: Callable[[bytes], Row], coercions: Sequence[tuple[str, Any]], odd: Sequence[bytes], lacking: Sequence[tuple[str, bytes]]
) -> Callable[[bytes], Row]:
    def quick(data: bytes) -> Row:
        row = decode(data)
        if odd:
            _only_once(data, odd)
        for field, name in lacking:
            if getattr(row, field) is UNSET:
                _prove_absent(data, name)
                setattr(row, field, None)
        for field, coerce in coercions:
            raw = getattr(row, field)
            if raw is not None:
                setattr(row, field, coerce(raw))
        return row

    return quick


def _exactly(coerce: Callable[[Any], Any]) -> Callable[[Raw], Any]:
    return lambda raw: coerce(json.parse(bytes(raw)))


def _digits(value: int | str) -> str:
    return value if type(value) is str else str(value)


def _only_once(data: bytes, names: Sequence[bytes]) -> None:
    """Raise unless each name is spelled once: the last of several in mixed case wins, which typed decoding cannot see."""
    folded = data.lower()
    if b"\\u" in folded or any(folded.count(b'"%b"' % name) != 1 for name in names) or not data.isascii():
        raise Malformed("a field in several spellings")


def _prove_absent(data: bytes, name: bytes) -> None:
    """Raise unless no spelling of a name can be in the bytes."""
    if name in data.lower() or b"\\u" in data or not data.isascii():
        raise Malformed("a field that may be there")

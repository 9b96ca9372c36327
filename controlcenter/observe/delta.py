"""What changed between two snapshots. Law: `apply(old, between(old, new)) == new`, and `between(x, x)` is empty.

A delta is JSON: {"version": n, "tables": {name: {"set": {key: {column: value}}, "drop": [key]}}}; `set` holds only the
columns that changed (all of them for a new row). The same case files (tests/cases/delta) hold the browser's copy to it.
"""

from collections.abc import Mapping
from typing import Any

from controlcenter.observe.snapshot import Row, Rows, Snapshot

Delta = dict[str, Any]


def between(old: Snapshot, new: Snapshot) -> Delta:
    """Return the difference, carrying the version of `new`; "tables" is empty when nothing changed."""
    tables = {}
    for name in {**old.tables, **new.tables}:
        change = _between_rows(old.table(name), new.table(name))
        if change:
            tables[name] = change
    return {"version": new.version, "tables": tables}


def apply(old: Snapshot, change: Delta) -> Snapshot:
    """Return the snapshot that `change` leads to from `old`."""
    tables = dict(old.tables)
    for name, part in change["tables"].items():
        tables[name] = apply_rows(tables.get(name, {}), part)
    return Snapshot(change["version"], {name: rows for name, rows in tables.items() if rows})


def apply_rows(rows: Rows, part: Mapping[str, Any]) -> Rows:
    """Return the rows of one table after its part of a delta."""
    after = dict(rows)
    for k, columns in part.get("set", {}).items():
        after[k] = {**after.get(k, {}), **columns}
    for k in part.get("drop", ()):
        after.pop(k, None)
    return after


def _between_rows(old: Rows, new: Rows) -> dict[str, Any]:
    if old is new:
        return {}
    changed = {}
    for k, row in new.items():
        before = old.get(k)
        if before is not row and before != row:
            changed[k] = dict(row) if before is None else _columns(before, row)
    dropped = [k for k in old if k not in new]
    return ({"set": changed} if changed else {}) | ({"drop": dropped} if dropped else {})


def _columns(before: Row, row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in before or before[name] != value}

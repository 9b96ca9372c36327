"""Run benches, print their figures as a table, and keep them as JSON in build/bench.

Ends with 1 when a limit was missed or an answer was wrong, with 3 when none was but times were taken under load: that is not a pass;
with 4 when a bench itself broke.
"""

import importlib
import json
import subprocess
import sys
import time
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import _machine
from bench.row import Row

HERE = Path(__file__).parent
OUT = HERE.parent / "build" / "bench"
NOT_BENCHES = {"__init__", "large_search", "row", "run"}  # large_search is run by hand
MISSED, NOISY, BROKE = 1, 3, 4
SCHEMA = 1


def names() -> list[str]:
    """Return the benches there are; a file with a leading _ is a part of one."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHES and not path.stem.startswith("_"))


def main(asked: list[str]) -> int:
    if unknown := set(asked) - set(names()):
        print(f"There is no bench {', '.join(sorted(unknown))}; there are: {', '.join(names())}.", file=sys.stderr)
        return 2
    wanted = asked or names()
    if len(wanted) == 1:
        return _attempt(wanted[0])
    codes = []
    for name in wanted:
        if codes:
            _machine.settle()
        # each in a process of its own: the settings of a process, and with them its data directory, are read once
        codes.append(subprocess.run([sys.executable, "-m", "bench.run", name], check=False).returncode)
    together(wanted, codes)
    return next((code for code in (BROKE, MISSED, NOISY) if code in codes), 0)


def _attempt(name: str) -> int:
    try:
        return one(name)
    except Exception:
        traceback.print_exc()
        return BROKE


def one(name: str) -> int:
    """Run a bench, show and keep its rows; returns the exit code they deserve."""
    started, load = time.monotonic(), _machine.load()
    rows = list(importlib.import_module(f"bench.{name}").run())
    is_noisy = _machine.is_noisy(load)
    keep(name, {"took_s": round(time.monotonic() - started, 1), **_machine.told(load), "rows": as_told(name, rows, is_noisy)})
    show(name, rows, is_noisy, load)
    verdicts = {row.verdict(is_noisy) for row in rows}
    return MISSED if verdicts & {"MISSED", "wrong"} else NOISY if "noisy" in verdicts else 0


def as_told(name: str, rows: list[Row], is_noisy: bool) -> list[dict[str, Any]]:
    """Return rows as they are kept; of pairs also how many they were, and the least and the most of them."""
    told = []
    for row in rows:
        spread = {"n": len(row.pairs), "min": min(row.pairs), "max": max(row.pairs)} if row.pairs else {}
        told.append({"bench": name} | asdict(row) | spread | {"verdict": row.verdict(is_noisy)})
    return told


def keep(name: str, told: dict[str, Any]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    kept = {"schema": SCHEMA, "bench": name, "utc": datetime.now(UTC).isoformat(timespec="seconds"), **told}
    (OUT / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def together(ran: list[str], codes: list[int]) -> None:
    """Keep the rows of a run of several as one file, named by its instant and its commit."""
    parts = [
        json.loads((OUT / f"{name}.json").read_text(encoding="utf-8"))
        for name, code in zip(ran, codes, strict=True)
        if code in (0, MISSED, NOISY)
    ]
    if parts:
        whole = parts[0] | {
            "bench": ran,
            "host": {part["bench"]: part["host"] for part in parts},
            "rows": [row for part in parts for row in part["rows"]],
        }
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        (OUT / f"{stamp}-{whole['commit']}.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def show(name: str, rows: list[Row], is_noisy: bool, load: float) -> None:
    width = max(len(row.what) for row in rows)
    for row in rows:
        limit = "" if row.limit is None else f"{'at most' if row.at_most else 'at least'} {row.limit:g}"
        value = row.note if row.measured is None else f"{row.measured:,.{1 if abs(row.measured) >= 100 else 2}f} {row.unit}"
        print(f"{name:13} {row.what:{width}} {value:>14} {limit:17} {row.verdict(is_noisy):7} {_spread(row)}".rstrip())
    print(f"{name:13} load at the start {load:.2f}{': too much for times to count' if is_noisy else ''}", flush=True)


def _spread(row: Row) -> str:
    return f"{len(row.pairs)} pairs, {min(row.pairs):.2f} to {max(row.pairs):.2f}" if row.pairs else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

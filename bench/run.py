"""Run benches, print their figures as a table, and keep them as JSON in build/bench. Ends with 1 when a limit was missed."""

import importlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from bench.row import Row

HERE = Path(__file__).parent
OUT = HERE.parent / "build" / "bench"
NOT_BENCHES = {"__init__", "row", "run"}


def names() -> list[str]:
    """Return the benches there are; a file with a leading _ is a part of one."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHES and not path.stem.startswith("_"))


def main(asked: list[str]) -> int:
    if unknown := set(asked) - set(names()):
        print(f"There is no bench {', '.join(sorted(unknown))}; there are: {', '.join(names())}.", file=sys.stderr)
        return 2
    wanted = asked or names()
    if len(wanted) == 1:
        return one(wanted[0])
    # each in a process of its own: the settings of a process, and with them its data directory, are read once
    codes = [subprocess.run([sys.executable, "-m", "bench.run", name], check=False).returncode for name in wanted]
    return int(any(codes))


def one(name: str) -> int:
    """Run a bench, show and keep its rows; returns 1 when a limit was missed or an answer was wrong."""
    started = time.monotonic()
    rows = list(importlib.import_module(f"bench.{name}").run())
    keep(name, rows, time.monotonic() - started)
    show(name, rows)
    return int(any(row.verdict in ("MISSED", "wrong") for row in rows))


def keep(name: str, rows: list[Row], took_s: float) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    kept = {"bench": name, "took_s": round(took_s, 1), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    kept["rows"] = [asdict(row) | {"verdict": row.verdict} for row in rows]
    (OUT / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def show(name: str, rows: list[Row]) -> None:
    width = max(len(row.what) for row in rows)
    for row in rows:
        limit = "" if row.limit is None else f"{'at most' if row.at_most else 'at least'} {row.limit:g}"
        print(
            f"{name:10} {row.what:{width}} {row.measured:>12,.{1 if abs(row.measured) >= 100 else 2}f} {row.unit:6} {limit:18} {row.verdict}"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a page must admit about its figures: the cluster is gone, half of it did not answer, or all of it is old.

static/js/lib/strips.js says the same sentences while the page lives.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from controlcenter.observe.snapshot import Row, Snapshot

SILENCE_MS = 60_000  # the slowest idle round is 30 s
WORDS = {
    "metadata": "topics and leaders",
    "cluster": "the controller's view",
    "quorum": "the quorum",
    "starts": "start offsets",
    "ends": "end offsets",
    "stable": "stable offsets",
    "first_records": "oldest records",
    "last_records": "newest records",
    "groups": "groups",
    "described": "group members",
    "commits": "committed offsets",
    "log_dirs": "sizes on disk",
    "configs": "settings",
    "opened": "settings with their documentation",
}


def strips(snapshot: Snapshot, sources: Iterable[str], now_ms: float) -> list[dict[str, Any]]:
    """Return the sentences above a page: kind (unreachable, loading, stale, partial), text, tone and since_ms."""
    row = snapshot.cluster()
    if not snapshot.table("sources"):
        return [_strip("loading", "", "The first answer of this cluster is on its way.")]
    if row["state"] == "unreachable":
        why = row["reason"] or ""
        return [
            {
                "kind": "unreachable",
                "tone": "bad",
                "what": "This cluster does not answer.",
                "why": why,
                "since_ms": row["unreachable_since_ms"],
            }
        ]
    newest = max((row["as_of_ms"] or 0 for row in snapshot.table("sources").values()), default=0)
    if newest and now_ms - newest > SILENCE_MS:
        return [_strip("stale", "warn", "Nothing new has been read: the figures are the last known.", "The worker may be down.", newest)]
    return [strip for source in sources for strip in _of_source(source, _rows(snapshot, source))]


def is_failing(row: Row) -> bool:
    return bool(row["failure"]) and (row["as_of_ms"] is None or (row["failed_at_ms"] or 0) >= row["as_of_ms"])


def _rows(snapshot: Snapshot, source: str) -> list[Mapping[str, Any]]:
    return [row for row in snapshot.table("sources").values() if row["source"] == source]


def _of_source(source: str, rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    failing = [row for row in rows if is_failing(row)]
    if not failing:
        return []
    word = WORDS.get(source, source)
    oldest = min((row["as_of_ms"] for row in failing if row["as_of_ms"] is not None), default=None)
    why = "; ".join(sorted({row["failure"] for row in failing}))
    by_broker = [row for row in rows if row["broker"] != ""]
    missing = sorted(str(row["broker"]) for row in failing if row["broker"] != "")
    if missing and len(missing) < len(by_broker):
        what = f"{len(by_broker) - len(missing)} of {len(by_broker)} brokers told {word}; missing: {', '.join(missing)}."
        return [_strip("partial", "warn", what, why, oldest)]
    known = "Figures are the last known." if oldest is not None else "They are not known yet."
    return [_strip("stale", "warn", f"{word[0].upper()}{word[1:]} could not be read. {known}", why, oldest)]


def _strip(kind: str, tone: str, what: str, why: str = "", since_ms: int | None = None) -> dict[str, Any]:
    return {"kind": kind, "tone": tone, "what": what, "why": why, "since_ms": since_ms}


def closest(wanted: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names most like what was typed, for "no match"."""
    return difflib.get_close_matches(wanted, list(names)[:5000], most, 0.4)

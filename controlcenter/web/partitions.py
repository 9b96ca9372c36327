"""The partitions of one topic as its page shows them: columns, the grid of replicas, and how even they are. Pure.

static/js/pages/partitions.js draws the same in the browser.
"""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import escape

from controlcenter.observe.derive import total
from controlcenter.observe.filters import Field
from controlcenter.observe.snapshot import Row
from controlcenter.web import cells, numbers
from controlcenter.web.tables import Column

STATES = ("in_sync", "under_replicated", "under_min_isr", "offline")
FIELDS: Mapping[str, Field] = {
    "partition": Field("partition", "number"),
    "state": Field("state", "word", STATES),
    "leader": Field("leader", "number"),
    "preferred": Field("is_preferred", "flag"),
    "lagging": Field("is_lagging", "flag"),
    "replicas": Field("replicas", "list"),
    "epoch": Field("leader_epoch", "number"),
    "start": Field("start", "number"),
    "end": Field("end", "number"),
    "records": Field("records", "number"),
    "size": Field("size_bytes", "bytes"),
    "in": Field("records_per_s", "number"),
    "idle": Field("last_record_at_ms", "age"),
}
MEASURES = (("records", "Records"), ("size_bytes", "Size"), ("records_per_s", "Records in"))
Racks = Mapping[int, str]  # broker → rack; without those that have none
SHORT = 4  # a rack's name up to so many letters stands beside its replica; a longer one only in its title
GRID = 200  # partitions in the grid: more are narrower than a hair; the filter chooses which


def rows(found: Sequence[Row]) -> list[Row]:
    """Return the partitions by number, each with what follows from its own columns."""
    return [
        {
            **row,
            "records": None if row["start"] is None or row["end"] is None else row["end"] - row["start"],
            "is_preferred": bool(row["replicas"]) and row["leader"] == row["replicas"][0],
            "is_lagging": bool(out_of_sync(row)),
        }
        for row in sorted(found, key=lambda row: row["partition"])
    ]


def out_of_sync(row: Row) -> list[int]:
    return [broker for broker in row["replicas"] or () if broker not in (row["in_sync_replicas"] or ())]


def columns(known: Sequence[Row], racks: Racks) -> tuple[Column, ...]:
    largest = max((row["size_bytes"] for row in known if row["size_bytes"] is not None), default=1)
    return (
        Column("partition", "#", lambda row: cells.number(str(row["partition"])), "short", True),
        Column("state", "State", lambda row: cells.state(row["state"]), "pill"),
        Column("leader", "Leader", _leader, "pill"),
        Column("replicas", "Replicas", lambda row: _replicas(row, racks), "wide"),
        Column("epoch", "Epoch", lambda row: cells.number(numbers.grouped(row["leader_epoch"]), "dim"), "short", True),
        Column("start", "Start", lambda row: cells.number(numbers.grouped(row["start"]), "mono dim"), "mid", True),
        Column("end", "End", _end, "mid", True),
        Column("records", "Records", lambda row: cells.count(row["records"]), "count", True),
        Column("size", "Size", lambda row: cells.size(row["size_bytes"], largest), "graph", True),
        Column("in", "In /s", lambda row: cells.rate(row["records_per_s"]), "short", True),
        Column(
            "idle",
            "Last record",
            lambda row: cells.age(row["last_record_at_ms"], cells.NONE if row["records"] == 0 else "?"),
            "count",
            True,
        ),
    )


def _leader(row: Row) -> str:
    if row["leader"] is None or row["leader"] < 0:
        return '<td class="bad-text">none</td>'
    mark = "" if row["is_preferred"] else ' <span class="status line">not preferred</span>'
    return f"<td>broker {row['leader']}{mark}</td>"


def _replicas(row: Row, racks: Racks) -> str:
    """Each replica by its broker and rack; one out of sync is struck in colour, and says in words how far behind it is."""
    late, offline = out_of_sync(row), row["offline_replicas"] or ()
    behind = dict(zip(row["replicas"] or (), row["replica_lags"] or (), strict=False))
    words = []
    for broker in row["replicas"] or ():
        state = "offline" if broker in offline else "out of sync" if broker in late else "in sync"
        lag, rack = behind.get(broker), racks.get(broker, "")
        place = f"broker {broker}, rack {rack}" if rack else f"broker {broker}"
        told = f"{place}: {state}" + (f", {numbers.count(lag)} records behind" if lag else "")
        cls = "down" if state != "in sync" else ""
        beside = f'<small class="dimmer">{escape(rack)}</small>' if 0 < len(rack) <= SHORT else ""
        words.append(f'<span class="{cls}" title="{escape(told)}">{broker}{"" if state == "in sync" else "!"}{beside}</span>')
    mark = f' <span class="status line" title="{SAME_RACK}">one rack</span>' if in_one_rack(row, racks) else ""
    return f'<td class="mono replicas">{" ".join(words) or "?"}{mark}</td>'


SAME_RACK = "All replicas stand in one rack: what takes the rack takes the partition."


def in_one_rack(row: Row, racks: Racks) -> bool:
    """Return whether all replicas share a rack while the cluster has others."""
    held = {racks.get(broker) for broker in row["replicas"] or ()}
    return len(row["replicas"] or ()) > 1 and len(held) == 1 and None not in held and len(set(racks.values())) > 1


def _end(row: Row) -> str:
    held = row["end"] is not None and row["stable_end"] is not None and row["stable_end"] < row["end"]
    mark = f' <span class="status line" title="Open transaction: stable up to {row["stable_end"]:,}">open tx</span>' if held else ""
    return f'<td class="num mono">{numbers.grouped(row["end"])}{mark}</td>'


def grid(brokers: Sequence[int], shown: Sequence[Row], racks: Racks) -> str:
    """Return the table of replicas, brokers down and partitions across, as HTML."""
    heads = "".join(f'<th scope="col"{" class=bad" if row["is_lagging"] else ""}>{row["partition"]}</th>' for row in shown)
    names = {broker: f'broker {broker} <span class="dimmer">{escape(racks.get(broker, ""))}</span>' for broker in brokers}
    lines = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(_square(row, broker) for row in shown)}</tr>' for broker, name in names.items()
    )
    head = f'<thead><tr><th scope="col"><span class="vh">Broker</span></th>{heads}</tr></thead>'
    return f'<table><caption class="vh">Replica placement</caption>{head}<tbody>{lines}</tbody></table>'


def _square(row: Row, broker: int) -> str:
    state, word = _held(row, broker)
    is_preferred = bool(row["replicas"]) and row["replicas"][0] == broker and row["leader"] != broker
    told = f"partition {row['partition']}, broker {broker}: {word}{', preferred' if is_preferred else ''}"
    return f'<td class="{state}{" preferred" if is_preferred else ""}" title="{told}"><span class="vh">{word}</span></td>'


def _held(row: Row, broker: int) -> tuple[str, str]:
    if broker not in (row["replicas"] or ()):
        return "none", "no replica"
    if broker in (row["offline_replicas"] or ()):
        return "offline", "offline"
    if broker not in (row["in_sync_replicas"] or ()):
        return "lagging", "out of sync"
    return ("leader", "leader") if row["leader"] == broker else ("follower", "in sync")


def holders(known: Sequence[Row], brokers: Sequence[int]) -> list[int]:
    """Return every broker of the cluster or of a replica: one that left still holds its row."""
    return sorted({*brokers, *(broker for row in known for broker in row["replicas"] or ())})


def pivot(known: Sequence[Row], brokers: Sequence[int], racks: Racks) -> list[dict[str, Any]]:
    """Return one row a broker: what it leads and holds of the topic. A sum with an unknown part is None."""
    return [_pivot(known, broker, racks.get(broker)) for broker in brokers]


def _pivot(known: Sequence[Row], broker: int, rack: str | None) -> dict[str, Any]:
    held = [row for row in known if broker in (row["replicas"] or ())]
    led = [row for row in held if row["leader"] == broker]
    lags = [_replica(row, "replica_lags", broker) for row in held if row["leader"] != broker]
    return {
        "broker": broker,
        "rack": rack,
        "leaders": len(led),
        "preferred": sum(row["replicas"][0] == broker for row in held),
        "replicas": len(held),
        "out_of_sync": sum(broker in out_of_sync(row) for row in held),
        "records": total(row["records"] for row in led),
        "size_bytes": total(_replica(row, "replica_sizes", broker) for row in held),
        "records_per_s": total(row["records_per_s"] for row in led),
        "lag": total(lags),
    }


def _replica(row: Row, column: str, broker: int) -> Any:
    return dict(zip(row["replicas"] or (), row[column] or (), strict=False)).get(broker)


def skew(known: Sequence[Row]) -> list[dict[str, Any]]:
    """Return how even each measure is over the partitions: largest against the mean, and its z-score.

    bars  partition and value of the first GRID partitions; value None where it is not known
    A measure with fewer than two known values has no evenness, and gives None.
    """
    return [{"name": name, "word": word, **_evenness([(row["partition"], row[name]) for row in known])} for name, word in MEASURES]


def _evenness(values: Sequence[tuple[int, float | None]]) -> dict[str, Any]:
    told = [(value, partition) for partition, value in values if value is not None]
    top, where = max(told, default=(None, None), key=lambda pair: pair[0])
    bars = values[:GRID]
    if len(told) < 2 or not top:
        return {"top": top, "where": where, "times": None, "z": None, "bars": bars}
    mean = statistics.fmean(value for value, _ in told)
    spread = statistics.pstdev([value for value, _ in told])
    return {"top": top, "where": where, "times": top / mean, "z": (top - mean) / spread if spread else 0.0, "bars": bars}

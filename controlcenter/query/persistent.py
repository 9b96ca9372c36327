"""CREATE … AS SELECT and INSERT INTO: wished here, run by the worker, shown as the worker tells.

They survive the browser and the worker. At least once; state is rebuilt from the topic after a restart.
"""

import time
from collections.abc import Mapping
from typing import Any

import orjson

from controlcenter.access.principals import Principal
from controlcenter.errors import Kind, Problem
from controlcenter.observe import store
from controlcenter.query import catalog, push
from controlcenter.query.job import Job
from controlcenter.query.limits import DEATHS
from controlcenter.query.looking import Place
from controlcenter.query.models import Definition, PersistentQuery

HURRY = "cc:queries:hurry"
GUARANTEE = "At least once. After a restart its state is rebuilt from the topic: records that retention has deleted are missing from it."
STALE_S = 15
FIGURES = ("lag", "read_per_s", "written_per_s", "read", "written", "restored", "dropped", "log", "at_ms")


def group_of(slug: str, query_id: str) -> str:
    """Return the consumer group that holds a query's place."""
    return f"_cc-{slug}-{query_id}"


def figures_key(slug: str, query_id: str) -> str:
    return f"cc:persistent:{slug}:{query_id}"


def wish(principal: Principal, slug: str, query_id: str, statement: str, about: Mapping[str, Any]) -> PersistentQuery:
    """Write that a query is to run. about: sink, sink_topic, topics, properties, start."""
    return PersistentQuery.objects.create(
        cluster=slug, query_id=query_id, statement=statement, owner_kind=principal.kind, owner_id=str(principal.id), owner=principal.name,
        **about,
    )  # fmt: skip


def of(slug: str) -> list[dict[str, Any]]:
    """Return every query of a cluster with its newest figures: lag, rates, counts; None where nobody told them lately."""
    rows = list(PersistentQuery.objects.filter(cluster=slug))
    told = store.default().redis.mget([figures_key(slug, row.query_id) for row in rows]) if rows else []
    has_worker = push.is_host_alive()
    return [_shown(row, orjson.loads(found) if found else {}, has_worker) for row, found in zip(rows, told, strict=True)]


def get(slug: str, query_id: str) -> PersistentQuery:
    """Return one query; raises Problem(ABSENT)."""
    found = PersistentQuery.objects.filter(cluster=slug, query_id=query_id).first()
    if found is None:
        raise Problem(Kind.ABSENT, f"There is no query {query_id}.", "See the list of queries.")
    return found


def want(slug: str, query_id: str, wanted: str) -> None:
    """Wish that a query runs or pauses; the worker makes it true within two seconds."""
    row = get(slug, query_id)
    row.wanted, row.reason, row.stuck = wanted, "", None
    if wanted == PersistentQuery.Wanted.RUNNING and row.state in ("FAILED", "PAUSED"):
        row.state = "STARTING"
    row.save(update_fields=["wanted", "reason", "stuck", "state", "changed_at"])
    hurry()


def skip(slug: str, query_id: str) -> list[Any]:
    """Let a query pass the record that ended its process each time, and go on; returns its place. Raises Problem when there is none."""
    row = get(slug, query_id)
    if row.stuck is None:
        raise Problem(Kind.CONFLICT, f"No record holds {query_id} up.", "See its state.")
    place, row.skipped = row.stuck, [*row.skipped, row.stuck]
    row.save(update_fields=["skipped"])
    want(slug, query_id, PersistentQuery.Wanted.RUNNING)
    return list(place)


def fail_at(row: PersistentQuery, place: Place) -> None:
    """Write that a record ends a query's process each time it is looked into."""
    row.stuck = [place.topic, place.partition, place.offset]
    row.save(update_fields=["stuck"])
    say(row, "FAILED", f"Its process ended {DEATHS} times while it looked into {place}. Skip that record, or end the query.")


def end(slug: str, query_id: str) -> None:
    """Terminate a query for good: its row goes, its worker's child with it. What it wrote stays."""
    PersistentQuery.objects.filter(cluster=slug, query_id=query_id).delete()
    store.default().redis.delete(figures_key(slug, query_id))
    hurry()


def pause_for(row: PersistentQuery, reason: str) -> None:
    """Pause a query that may not go on, and say why."""
    row.wanted, row.reason = PersistentQuery.Wanted.PAUSED, reason
    row.save(update_fields=["wanted", "reason", "changed_at"])


def say(row: PersistentQuery, state: str, reason: str) -> None:
    """Write how a query stands."""
    row.state, row.reason = state, reason
    row.save(update_fields=["state", "reason", "changed_at"])


def job(row: PersistentQuery) -> Job:
    """Return what a child needs to run a query; raises Problem when a definition it rests on is gone."""
    definition = Definition.objects.filter(cluster=row.cluster, number__isnull=False).filter(statement=row.statement).first()
    if definition is None:
        raise Problem(Kind.ABSENT, f"The definition of {row.query_id} is gone.", "Terminate the query.")
    before = catalog.rows_of(row.cluster, until=definition.pk)
    start = row.start if row.start is not None else row.properties.get("auto.offset.reset", "latest")
    skipped = tuple((topic, partition, offset) for topic, partition, offset in row.skipped)
    return Job(row.query_id, row.cluster, row.statement, before, row.properties, {}, start, definition.number, skipped=skipped)


def hurry() -> None:
    """Let the worker look at once."""
    store.default().redis.set(HURRY, b"1", ex=60)


def _shown(row: PersistentQuery, figures: Mapping[str, Any], has_worker: bool) -> dict[str, Any]:
    is_fresh = time.time() * 1000 - figures.get("at_ms", 0) < STALE_S * 1000
    state = figures["state"] if is_fresh and row.state == "RUNNING" and "state" in figures else row.state
    live, reason = figures if is_fresh else {}, row.reason
    if not has_worker and not is_fresh and row.wanted == "RUNNING" and state != "FAILED":
        state, reason = "STOPPED", "No query worker runs now. The query goes on when one does."
    return {
        "id": row.query_id, "statement": row.statement, "state": state, "wanted": row.wanted, "reason": reason, "owner": row.owner,
        "stuck": row.stuck, "sink": row.sink, "sink_topic": row.sink_topic, "topics": row.topics, "created_at": row.created_at.isoformat(),
        **{name: live.get(name) for name in FIGURES},
        "guarantee": GUARANTEE,
    }  # fmt: skip

"""SELECT: wished here, run by a child of the query worker, its rows and figures kept a day in Redis under the query's id.

cc:query:<id>:about     what it is and whose (JSON)
cc:query:<id>:state     how it stands (JSON): state, reason, figures
cc:query:<id>:rows      a stream of frames, the newest 10,000 rows
cc:query:<id>:wanted    there while somebody follows; when it is gone, the query ends
cc:query:<id>:stop      there when it was told to end
"""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import orjson

from controlcenter.access.principals import Principal
from controlcenter.errors import Kind, Problem
from controlcenter.observe import store
from controlcenter.query import limits
from controlcenter.query.job import Job

WISHES = "cc:queries:wishes"
ALIVE = "cc:queries:worker"
ALIVE_MS = 5000
ENDED = ("complete", "limit", "stopped", "failed", "gone")


def start(principal: Principal, job: Job, about: Mapping[str, Any]) -> str:
    """Ask the worker to run a query; returns its id. Raises Problem when the user runs as many as they may.

    about  what its page is told at once: statement, columns, is_table, topics
    """
    redis = store.default().redis
    running = f"cc:queries:of:{job.slug}:{principal.id}"
    if redis.zcard(running) >= limits.PUSH_A_USER and len(_alive(redis, running)) >= limits.PUSH_A_USER:
        raise Problem(Kind.CONFLICT, f"You run {limits.PUSH_A_USER} queries already.", "Stop one of them.")
    kept = {"id": job.id, "cluster": job.slug, "owner": str(principal.id), "running": running, "started_ms": now_ms(), **about}
    line = redis.pipeline()
    line.set(key(job.id, "about"), orjson.dumps(kept), ex=limits.KEPT_S)
    line.set(key(job.id, "state"), orjson.dumps({"state": "waiting", "reason": "", "at_ms": now_ms()}), ex=limits.KEPT_S)
    line.zadd(running, {job.id: time.time()})
    line.expire(running, limits.KEPT_S)
    line.rpush(WISHES, orjson.dumps(asdict(job)))
    line.execute()
    return job.id


def new_id() -> str:
    return uuid4().hex


def about(principal: Principal, slug: str, query: str) -> dict[str, Any]:
    """Return what a query is; raises Problem(ABSENT) for one that is not there, or is somebody else's."""
    found = store.default().redis.get(key(query, "about"))
    told = orjson.loads(found) if found else None
    if told is None or told["owner"] != str(principal.id) or told["cluster"] != slug:
        raise Problem(Kind.ABSENT, "There is no such result.", "Results are kept for a day.")
    return dict(told)


def state(query: str) -> dict[str, Any]:
    """Return how a query stands: state, reason, and its figures once there are any."""
    return told(store.default().redis.get(key(query, "state")), now_ms())


def told(kept: bytes | None, at_ms: int) -> dict[str, Any]:
    """Return how a query stands by what is kept of it: one that nobody has heard of for long does not run, whatever it said last."""
    if kept is None:
        return {"state": "gone", "reason": "Its result is not kept any more."}
    found = dict(orjson.loads(kept))
    silent_s = (at_ms - found.get("at_ms", at_ms)) / 1000
    if found["state"] == "running" and silent_s > limits.SILENT_S:
        found |= {"state": "failed", "reason": "Its process is gone: the query worker, or Valkey, was ended. The rows so far stay."}
    if found["state"] == "waiting" and silent_s > limits.TAKEN_S:
        found |= {"state": "failed", "reason": f"No query worker took it within {limits.TAKEN_S:.0f} seconds. Run it again."}
    return found


def _alive(redis: Any, running: str) -> list[bytes]:
    """Return the ids of somebody's queries that run; those that died without a word are forgotten."""
    ids = redis.zrange(running, 0, -1)
    gone = [query for query in ids if told(redis.get(key(query.decode(), "state")), now_ms())["state"] in ENDED]
    if gone:
        redis.zrem(running, *gone)
    return [query for query in ids if query not in gone]


def frames(query: str) -> list[dict[str, Any]]:
    """Return the kept frames of rows, oldest first."""
    return [orjson.loads(fields[b"frame"]) for _, fields in store.default().redis.xrange(key(query, "rows"))]


def stop(principal: Principal, slug: str, query: str) -> None:
    """Tell a query to end; it does within a second."""
    about(principal, slug, query)
    store.default().redis.set(key(query, "stop"), b"1", ex=60)


def forget_running(redis: Any, query: str) -> None:
    """Note that a query ended: it does not count against its user any more."""
    found = redis.get(key(query, "about"))
    if found:
        redis.zrem(orjson.loads(found)["running"], query)


def key(query: str, what: str) -> str:
    return f"cc:query:{query}:{what}"


def is_host_alive() -> bool:
    """Whether a query worker has been heard of in the last seconds."""
    return bool(store.default().redis.exists(ALIVE))


def now_ms() -> int:
    return time.time_ns() // 1_000_000

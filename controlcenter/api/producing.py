"""Writing records: the same door as the form, as JSON, safe to repeat with an `Idempotency-Key`."""

import hashlib
from typing import Any

import orjson
from django.http import HttpRequest
from ninja import Field, Header, Path, Schema, Status

from controlcenter.api import reading, shapes
from controlcenter.api.records import router
from controlcenter.browse import encoding
from controlcenter.browse.encoding import Fault, Item
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters
from controlcenter.kafka.model import Message
from controlcenter.observe import store
from controlcenter.operate import ProduceRecords, parcels, records, unpack
from controlcenter.operate.perform import Faulty, Request, perform, plan

MOST = 1000  # records in one request; the form takes files
KEPT_S = 86_400


class Part(Schema):
    """A key or value: null for null. format: json, text, hex, base64, avro, protobuf, jsonschema, int32, int64, float, double, uuid."""

    format: str = "json"
    text: str
    subject: str = ""
    version: int | None = None


class HeaderPart(Schema):
    name: str
    value: Part | None = None


class NewRecord(Schema):
    key: Part | None = None
    value: Part | None = None
    headers: list[HeaderPart] = Field(default_factory=list)
    partition: int | None = Field(None, ge=0)
    timestamp: int | str | None = None


class NewRecords(Schema):
    """count: how many times the records are sent, round by round. confirm: the topic's name, when more than 1000 are sent."""

    records: list[NewRecord]
    codec: str = "none"
    count: int = 1
    rate_per_s: int = 0
    seconds: int = records.MOST_SECONDS
    plan_hash: str = ""
    confirm: str = ""


class Written(Schema):
    """state: ok, error or unknown, of the record number `index`."""

    index: int
    state: str
    partition: int | None
    offset: int | None
    latency_ms: float | None
    error: str
    hint: str


class Run(Schema):
    """outcome: ok, error (some failed), unknown (some may have been written), running (see `run` later)."""

    outcome: str
    audit_id: str
    run: str
    total: int
    ok: int
    failed: int
    unknown: int
    results: list[Written]


@router.post("{name:topic}/records/", response={200: shapes.Plan | Run, 422: shapes.Refusal})
def produce_records(
    request: HttpRequest,
    slug: Path[str],
    topic: Path[str],
    given: NewRecords,
    preview: bool = False,
    key: str = Header("", alias="Idempotency-Key"),
) -> Status:
    reading.of(request, ProduceRecords.operation, slug, topic)
    if preview:
        return Status(200, shapes.plan(plan(_action(request, slug, topic, given))))
    kept = _Kept(request, topic, key, given) if key else None
    told = kept.before() if kept else None
    if told is None:
        try:
            told = _run(request, _action(request, slug, topic, given), given)
        except (Problem, Faulty):
            if kept:
                kept.forget()  # nothing was sent: the same key may try again
            raise
        if kept:
            kept.after(told)
    return Status(200, told)


def _run(request: HttpRequest, action: ProduceRecords, given: NewRecords) -> dict[str, Any]:
    wish = Request(request.principal, "api", given.plan_hash, given.confirm, "", request.META.get("REMOTE_ADDR", ""))
    result = perform(action, wish)
    if result.problem:
        raise result.problem
    total = action.records * action.count
    counts = {name: result.details.get(name, 0) for name in ("ok", "failed", "unknown")}
    results = [{name: row[name] for name in Written.model_fields} for row in result.details.get("results", [])]
    return {"outcome": result.outcome, "audit_id": result.audit_id, "run": action.parcel, "total": total, **counts, "results": results}


def _action(request: HttpRequest, slug: str, topic: str, given: NewRecords) -> ProduceRecords:
    if not 1 <= len(given.records) <= MOST:
        raise Problem(
            Kind.INVALID, f"A request holds 1 to {MOST:,} records; this one has {len(given.records):,}.", "Send parts.", "records"
        )
    items = [item for record in given.records for item in _items(record)]
    parts = iter(encoding.encode(items, clusters.registry(clusters.get(slug)), user=request.principal.id))
    messages, faults = [], []
    for number, record in enumerate(given.records):
        key, value, *headers = [next(parts) for _ in range(2 + len(record.headers))]
        wrong = [part for part in (key, value, *headers) if isinstance(part, Fault)]
        faults += [
            Problem(Kind.INVALID, f"Record {number}: {part.what}{f' ({part.path})' if part.path else ''}", "", "records") for part in wrong
        ]
        names = [unpack.header_name(header.name) for header in record.headers]
        stamp = None if record.timestamp is None else unpack.timestamp(str(record.timestamp))
        messages.append(Message(key, value, tuple(zip(names, headers, strict=True)), record.partition, stamp))
    if faults:
        raise Faulty(faults)
    parcel, digest = parcels.put(store.default().redis, str(request.principal.id), messages)
    first = given.records[0]
    kinds = {"key": first.key.format if first.key else "null", "value": first.value.format if first.value else "null"}
    return ProduceRecords(
        slug, topic, parcel, digest, **records.describe(messages), count=given.count, rate_per_s=given.rate_per_s,
        seconds=given.seconds, codec=given.codec, kinds=kinds,
    )  # fmt: skip


def _items(record: NewRecord) -> list[Item]:
    return [_item(part) for part in (record.key, record.value, *(header.value for header in record.headers))]


def _item(part: Part | None) -> Item:
    return Item("null", "") if part is None else Item(part.format, part.text, subject=part.subject, version=part.version)


class _Kept:
    """The answer of a request, kept a day under its key, so that a repetition sends nothing again."""

    def __init__(self, request: HttpRequest, topic: str, key: str, given: NewRecords) -> None:
        self._redis = store.default().redis
        self._name = "cc:idempotency:" + hashlib.sha256(f"{request.principal.id}\0{topic}\0{key}".encode()).hexdigest()
        self._body = hashlib.sha256(given.model_dump_json().encode()).hexdigest()

    def before(self) -> dict[str, Any] | None:
        """Return the kept answer; None when this request is the first. Raises Problem when it is another request, or still on its way."""
        if self._redis.set(self._name, orjson.dumps({"body": self._body, "answer": None}), nx=True, ex=KEPT_S):
            return None
        found = orjson.loads(self._redis.get(self._name) or b"{}")
        if found.get("body") != self._body:
            raise Problem(Kind.INVALID, "This Idempotency-Key was used for another request.", "Use a new key for new records.")
        if found["answer"] is None:
            raise Problem(Kind.CONFLICT, "The request with this Idempotency-Key has not ended yet.", "Ask again in a few seconds.")
        return dict(found["answer"])

    def after(self, answer: dict[str, Any]) -> None:
        self._redis.set(self._name, orjson.dumps({"body": self._body, "answer": answer}), ex=KEPT_S)

    def forget(self) -> None:
        self._redis.delete(self._name)

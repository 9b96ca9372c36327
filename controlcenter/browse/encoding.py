"""Writing keys and values by schema, in a killable child: a registry's schemas are as little trusted as records are.

`encode` and `sample` are the parent's side; `serve` is what the child does. Texts travel in slices, so that a file of many
lines is never one frame.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from controlcenter.browse import sandbox
from controlcenter.errors import Kind, Problem
from controlcenter.schemas import book, cache
from controlcenter.schemas.client import Client
from controlcenter.schemas.model import Connection, Schema, connection_of
from controlcenter.serde import encode as serde
from controlcenter.serde.values import Unfit

SLICE_BYTES = 4 << 20  # of texts in one job
SECONDS = 15.0  # of one job


@dataclass(frozen=True, slots=True)
class Item:
    """A key or value to write.

    format     one of serde.encode.FORMATS
    subject    of a schema, version None for its latest; or schema_id in their place
    message    full name of a Protobuf message, "" for the first
    """

    format: str
    text: str
    subject: str = ""
    version: int | None = None
    schema_id: int | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an item cannot be written. path: the place in its document, like $.lines[2].price; "" for all of it."""

    what: str
    path: str = ""


def encode(
    items: Sequence[Item], registry: Connection | None, user: object, *, box: sandbox.Sandbox | None = None
) -> list[bytes | Fault | None]:
    """Return each item's bytes, None for null, or its fault; raises Problem when the registry or the child fails.

    user  whoever writes: each holds few places
    """
    found: list[bytes | Fault | None] = []
    for part in _slices(items):
        told = _ask({"do": "encode", "items": [list(astuple(item)) for item in part]}, registry, user, box)
        if len(told) != len(part):
            raise Problem(Kind.BROKEN, "The process that writes by schema lost a record.", "Try again.")
        found += [_outcome(each) for each in told]
    return found


def sample(
    registry: Connection | None, subject: str, version: int | None, user: object, *, message: str = "", box: sandbox.Sandbox | None = None
) -> str:
    """Return a document that fits a subject's schema, to begin with; raises Problem."""
    item = Item("", "", subject, version, message=message)
    outcome = _outcome(_ask({"do": "sample", "items": [list(astuple(item))]}, registry, user, box)[0])
    if isinstance(outcome, Fault) or outcome is None:
        raise Problem(Kind.INVALID, f"No sample can be made: {outcome.what if outcome else 'there is none'}.")
    return outcome.decode("utf-8")


def _slices(items: Sequence[Item]) -> Iterator[list[Item]]:
    part: list[Item] = []
    size = 0
    for item in items:
        size += len(item.text) + 100
        if part and size > SLICE_BYTES:
            yield part
            part, size = [], len(item.text)
        part.append(item)
    if part:
        yield part


def _ask(job: dict[str, Any], registry: Connection | None, user: object, box: sandbox.Sandbox | None) -> list[Any]:
    """Return what a child answers to a job."""
    box = box or sandbox.default()
    deadline = time.monotonic() + SECONDS
    told: list[Any] = []
    with box.place(user, deadline):
        child = box.child(cpu_s=2 * round(SECONDS))
        try:
            child.send({"kind": "encode", **job, "registry": cache.default().job(registry)})
            while True:
                kind, *said = child.receive(deadline - time.monotonic())
                if kind == "encoded":
                    told += said[0]
                elif kind == "schemas":
                    cache.default().learn(registry, said[0])
                elif kind == "problem":
                    raise Problem(Kind(said[0]), *(str(word) for word in said[1:4]))
                elif kind in ("done", "unexpected"):
                    break
        except (sandbox.Died, TypeError, ValueError) as fault:
            raise Problem(
                Kind.BROKEN, f"The process that writes by schema ended: {getattr(fault, 'cause', fault)}.", "Look at the schema."
            ) from None
        finally:
            child.close()
    return told


def _outcome(told: Any) -> bytes | Fault | None:
    if told is None or isinstance(told, bytes):
        return told
    return Fault(str(told[0]), str(told[1]))


def serve(job: Mapping[str, Any], send: Callable[..., None]) -> None:
    """Do an encoding job in the child: one answer for each item, in order."""
    held = book.of_job(job.get("registry"), send)
    client = Client(connection_of(job["registry"]), before=lambda: send("fetching")) if held else None
    known: dict[tuple[str, int | None], Schema] = {}
    told, size = [], 0
    for each in job["items"]:
        item = Item(*each)
        told.append(_written(job["do"], item, lambda item=item: _schema(item, held, client, known)))  # type: ignore[misc]
        size += len(told[-1] or b"")
        if size > SLICE_BYTES:
            send("encoded", told)
            told, size = [], 0
    send("encoded", told)
    send("done")


def _written(do: str, item: Item, schema: Callable[[], Schema]) -> bytes | list[str] | None:
    try:
        if do == "sample":
            return serde.sample(schema(), item.message).encode("utf-8")
        return serde.encode(item.format, item.text, schema() if item.format in serde.KINDS else None, item.message)
    except Unfit as fault:
        return [fault.what, fault.path]


def _schema(item: Item, held: book.Book | None, client: Client | None, known: dict[tuple[str, int | None], Schema]) -> Schema:
    if held is None or client is None:
        raise Problem(Kind.INVALID, "This cluster has no schema registry.", "Set KAFKA_SCHEMA_REGISTRY_URL, or choose another format.")
    if item.schema_id is not None:
        return held.get(item.schema_id)
    key = (item.subject, item.version)
    if key not in known:
        known[key] = client.version(item.subject, item.version)
    return known[key]

"""What a child says, held against what it may say: rows, trouble, its end. And the connection as it is told to one."""

import logging
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from controlcenter.browse.page import Row
from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Connection
from controlcenter.serde.values import Decoded

log = logging.getLogger(__name__)


def opened(connection: Connection) -> dict[str, str]:
    """Return a connection as it goes to a child, over its pipe alone: secrets in clear."""
    values = {each.name: getattr(connection, each.name) for each in fields(connection)}
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in values.items()}


def row(told: Mapping[str, Any]) -> Row:
    """Return a row as a child told it; raises ValueError, TypeError or KeyError for what is none."""
    at_ms = int(told["timestamp_ms"])
    epoch = told["leader_epoch"]
    return Row(
        int(told["partition"]), int(told["offset"]), None if at_ms < 0 else at_ms, str(told["timestamp_type"]),
        None if epoch is None else int(epoch), _decoded(told.get("key")), _decoded(told.get("value")),
        tuple((str(name), found) for name, value in told.get("headers", ()) if (found := _decoded(value))),
        int(told.get("headers_count", 0)), str(told["fault"]), tuple(map(str, told.get("flags", ()))), _batch(told.get("batch")),
    )  # fmt: skip


def problem(said: list[Any]) -> Problem:
    """Return the problem a child told."""
    return Problem(Kind(said[0]), *(str(word) for word in said[1:4]))


def ended(kind: str, said: list[Any]) -> Problem:
    """Return how a child ended, in words; what nobody expected goes to the log."""
    if kind == "gone":
        return Problem(Kind.CONFLICT, str(said[0]), "Open it again.")
    log.error("a reading child failed: %s", said[0])
    return Problem(Kind.BROKEN, "Reading met trouble it did not expect; the server's log has it.", "Try again.")


def _decoded(told: Mapping[str, Any] | None) -> Decoded | None:
    if told is None:
        return None
    return Decoded(
        str(told["format"]), str(told["text"]), int(told["size_bytes"]), tuple(map(str, told["notes"])),
        tuple((str(name), str(why)) for name, why in told["declined"]), bytes(told["raw"]), bool(told["is_exact"]), bool(told["is_cut"]),
        str(told["why"]), None if told["schema_id"] is None else int(told["schema_id"]), str(told["fault"]),
    )  # fmt: skip


def _batch(told: Any) -> dict[str, Any] | None:
    """Return what was told of a batch: plain values by known names alone."""
    if told is None:
        return None
    numbers = {name: None if told[name] is None else int(told[name]) for name in ("producer_id", "base_offset", "records", "size_bytes")}
    return {"codec": str(told["codec"]), "is_transactional": bool(told["is_transactional"]), **numbers}

"""Which format a field has: the first of the chain that takes it, and why each one before declined.

Adding a format is copying its nearest sibling and naming it here, before the formats that take nearly anything. What a
schema should read and cannot (no registry, wrong bytes) is shown as bytes with the reason: nobody guesses after that.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from controlcenter.serde import (
    avro,
    base64,
    cbor,
    consumer_offsets,
    empty,
    floats,
    hex,
    integers,
    json,
    jsonschema,
    msgpack,
    null,
    protobuf,
    share_group_state,
    text,
    transaction_state,
    uuid,
    values,
)  # fmt: skip
from controlcenter.serde.values import Asked, Declined, Decoded, Schemas, Unreadable


class Format(Protocol):
    @property
    def NAME(self) -> str: ...

    def decode(self, data: bytes | None, asked: Asked) -> Decoded: ...


CHAIN: tuple[Format, ...] = (
    null,
    empty,
    consumer_offsets,
    transaction_state,
    share_group_state,
    avro,
    protobuf,
    jsonschema,
    json,
    uuid,
    text,
    msgpack,
    cbor,
    floats.double,  # before int64, which takes any eight bytes
    integers.int32,
    integers.int64,
    hex,
    floats.float32,  # from here on only by choice: hex takes everything
    base64,
)
ASKED_FIRST = CHAIN[: CHAIN.index(json)]
BROKERS_OWN = (consumer_offsets.TOPIC, transaction_state.TOPIC, share_group_state.TOPIC)
BY_SCHEMA = ("avro", "protobuf", "jsonschema")
TRIVIAL = ("null", "empty")  # that a value is neither needs no explanation


def names() -> tuple[str, ...]:
    """Return every format that can be chosen for a topic."""
    return tuple(form.NAME for form in CHAIN if form.NAME not in TRIVIAL)


def decode(
    data: bytes | None,
    shown: int = values.SHOWN_BYTES,
    raw: int = 0,
    *,
    topic: str = "",
    part: str = "value",
    forced: str | None = None,
    schemas: Schemas | None = None,
    key: bytes | None = None,
    frame: bytes | None = None,
) -> Decoded:
    """Return a field as text.

    data    None for null
    shown   how many bytes may be shown
    raw     how many of the first bytes to keep beside the text, for the hex view
    forced  the format chosen by the reader; null and empty stay what they are
    frame   what the record's header says the schema is
    """
    asked = Asked(shown, topic, part, schemas, key, forced is not None, frame)
    chain, declined = _chain(forced), []
    if forced is None and frame is None and data and data[0] and topic not in BROKERS_OWN:
        chain, declined = CHAIN[len(ASKED_FIRST) :], list(_without_magic(topic, part, data[0]))
    for form in chain:
        try:
            found = _read(form, data, asked)
        except Declined as why:
            if form.NAME not in TRIVIAL:
                declined.append((form.NAME, str(why)))
            if forced == form.NAME:
                return _bytes(data or b"", asked, declined, raw, f"It was to be read as {forced}, which declined: {why}.")
        except Unreadable as why:
            declined.append((form.NAME, str(why)))
            return _bytes(data or b"", asked, declined, raw, str(why))
        else:
            chosen = "chosen by the reader" if forced == form.NAME and not found.why else found.why
            return Decoded(
                found.format,
                found.text,
                found.size_bytes,
                found.notes,
                tuple(declined),
                (data or b"")[:raw],
                found.is_exact,
                found.is_cut,
                chosen,
                found.schema_id,
                found.fault,
            )  # fmt: skip  `replace` takes three times as long
    raise AssertionError("hex takes everything")


@lru_cache(4096)
def _without_magic(topic: str, part: str, first: int) -> tuple[tuple[str, str], ...]:
    """Return why each format before JSON declines a field: by its topic and its first byte, which is no zero, and nothing else."""
    declined = []
    for form in ASKED_FIRST:
        try:
            form.decode(bytes([first]), Asked(topic=topic, part=part))
        except Declined as why:
            declined += [] if form.NAME in TRIVIAL else [(form.NAME, str(why))]
        else:
            raise AssertionError(f"{form.NAME} takes bytes without a magic byte")
    return tuple(declined)


def _read(form: Format, data: bytes | None, asked: Asked) -> Decoded:
    """Return what a format makes of bytes. One record that a library stumbles over must not cost the others."""
    try:
        return form.decode(data, asked)
    except (Declined, Unreadable, MemoryError):
        raise
    except Exception as fault:
        said = f"met trouble it did not expect ({type(fault).__name__}: {str(fault)[:120]})"
        raise (Unreadable if form.NAME in BY_SCHEMA else Declined)(said) from fault


def _chain(forced: str | None) -> tuple[Format, ...]:
    if forced is None:
        return CHAIN
    return tuple(form for form in CHAIN if form.NAME in (*TRIVIAL, forced))


def _bytes(data: bytes, asked: Asked, declined: list[tuple[str, str]], raw: int, fault: str) -> Decoded:
    """Return bytes that could not be read, with the reason."""
    number = int.from_bytes(data[1:5], "big") if fault.startswith("schema ") and asked.frame is None else None
    return replace(hex.decode(data, asked), declined=tuple(declined), raw=data[:raw], schema_id=number, fault=fault)

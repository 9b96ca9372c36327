"""What the form that writes records holds: fields as typed, the faults of each, and the action they make.

Bytes are made in a child (`browse.encoding`), since a schema is somebody else's text. What cannot be is blamed on its field.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from controlcenter.browse import encoding, look
from controlcenter.browse import request as asked
from controlcenter.browse.encoding import Fault, Item
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters
from controlcenter.kafka.model import Message
from controlcenter.observe import store
from controlcenter.operate import ProduceRecords, parcels, records, unpack
from controlcenter.operate.perform import Faulty
from controlcenter.web import uploads

FORMS = (
    ("json", "JSON"), ("text", "Text"), ("null", "null"), ("hex", "Hex"), ("base64", "Base64"),
    ("avro", "Avro"), ("protobuf", "Protobuf"), ("jsonschema", "JSON Schema"),
    ("int32", "Integer, 32 bit"), ("int64", "Integer, 64 bit"), ("float", "Float"), ("double", "Double"), ("uuid", "UUID"),
)  # fmt: skip
BY_SCHEMA = ("avro", "protobuf", "jsonschema")
HEADER_FORMS = ("text", "hex", "null")
FILE_FORMS = (
    ("ndjson", "NDJSON: one record a line"),
    ("csv", "CSV: columns key, value, partition, timestamp"),
    ("lines", "One value a line"),
)
SPARE_HEADERS = 2
START = {
    "key_form": "text", "key": "", "key_subject": "", "key_version": "", "value_form": "json", "value": "", "value_subject": "",
    "value_version": "", "partition": "", "timestamp": "", "codec": "none", "count": "1", "rate": "0", "seconds": str(records.MOST_SECONDS),
    "file_form": "ndjson", "file_key_form": "", "file_value_form": "", "separator": "", "typed_name": "",
}  # fmt: skip


@dataclass(slots=True)
class Form:
    """What stands in the fields, and what is wrong with it: a list of Problems per field, "" for the whole form."""

    values: dict[str, str]
    headers: list[tuple[str, str, str]] = field(default_factory=list)
    faults: dict[str, list[Problem]] = field(default_factory=dict)

    def blame(self, problem: Problem) -> None:
        place = problem.field if problem.field in {*self.values, "headers", "file"} else ""
        self.faults.setdefault(place, []).append(problem)


def of_form(request: HttpRequest, slug: str, topic: str, form: Form) -> ProduceRecords:
    """Return the action of what was typed; raises Problem or Faulty, each on its field."""
    place, stamp = _checked(form, "partition", unpack.partition), _checked(form, "timestamp", unpack.timestamp)
    for name, _, _ in form.headers:
        _checked_text(form, name)
    counts = {name: whole(form, name) for name in ("count", "rate", "seconds")}
    values = form.values
    items = [_item(topic, values, "key"), _item(topic, values, "value"), *(Item(form_, text) for _, form_, text in form.headers)]
    key_bytes, value, *headers = _encoded(request, slug, items, form, ["key", "value", *["headers"] * len(form.headers)])
    names = [name for name, _, _ in form.headers]
    message = Message(key_bytes, value, tuple(zip(names, headers, strict=True)), place, stamp)
    return packed(request, slug, topic, [message], form, counts)


def packed(request: HttpRequest, slug: str, topic: str, messages: Sequence[Message], form: Form, counts: dict[str, int]) -> ProduceRecords:
    if form.faults:
        raise Faulty([])
    values = form.values
    parcel, digest = parcels.put(store.default().redis, str(request.principal.id), messages)
    return ProduceRecords(
        slug, topic, parcel, digest, **records.describe(messages), count=counts["count"], rate_per_s=counts["rate"],
        seconds=counts["seconds"], codec=values["codec"], kinds={"key": values["key_form"], "value": values["value_form"]},
    )  # fmt: skip


def messages_of(request: HttpRequest, slug: str, topic: str, form: Form, parsed: uploads.Parsed) -> tuple[list[Message], dict[str, Any]]:
    values = form.values
    items = []
    for row in parsed.rows:
        items.append(Item("null", "") if row.key is None else _item(topic, {**values, "key": row.key}, "key"))
        items.append(Item("null", "") if row.value is None else _item(topic, {**values, "value": row.value}, "value"))
    encoded = encoding.encode(items, clusters.registry(clusters.get(slug)), user=request.principal.id) if items else []
    messages, bad = [], list(parsed.faults)
    faulty = parsed.faulty
    for place, row in enumerate(parsed.rows):
        key_bytes, value = encoded[2 * place], encoded[2 * place + 1]
        wrong = next((part for part in (key_bytes, value) if isinstance(part, Fault)), None)
        if wrong is not None:
            faulty += 1
            bad += [uploads.Bad(parsed.lines[place], f"{_told(wrong)[:1].upper()}{_told(wrong)[1:]}.", "")][
                : max(0, uploads.MOST_FAULTS - len(bad))
            ]
            continue
        headers = tuple((name, None if text is None else text.encode()) for name, text in row.headers)
        messages.append(Message(key_bytes, value, headers, row.partition, row.timestamp_ms))  # type: ignore[arg-type]
    return messages, {"lines": bad, "count": faulty}


def of_file(form: Form) -> Form:
    """Return the form as a file's own fields have it: they stand beside those of the record, which keep what was typed."""
    own = {f"{part}_form": form.values[f"file_{part}_form"] or form.values[f"{part}_form"] for part in ("key", "value")}
    return Form({**form.values, **own}, form.headers, form.faults)


def of_parcel(request: HttpRequest, slug: str, topic: str, form: Form) -> ProduceRecords:
    """Return the action of records that wait already: what was previewed is what is sent."""
    redis, parcel = store.default().redis, request.POST["parcel"]
    if parcels.owner(redis, parcel) != str(request.principal.id):
        raise Problem(Kind.ABSENT, "The records have waited too long and are gone; nothing was sent.", "Send the form again.")
    messages = list(parcels.take(redis, parcel))
    return packed(request, slug, topic, messages, form, {name: whole(form, name) for name in ("count", "rate", "seconds")})


def _encoded(request: HttpRequest, slug: str, items: list[Item], form: Form, places: list[str]) -> list[Any]:
    found = encoding.encode(items, clusters.registry(clusters.get(slug)), user=request.principal.id)
    for place, part in zip(places, found, strict=True):
        if isinstance(part, Fault):
            form.blame(Problem(Kind.INVALID, _told(part), "", place))
    return found


def _told(fault: Fault) -> str:
    return f"{fault.what} ({fault.path})" if fault.path else fault.what


def _item(topic: str, values: dict[str, str], part: str) -> Item:
    form = values[f"{part}_form"]
    if form not in BY_SCHEMA:
        return Item(form, values[part])
    return Item(
        form, values[part], subject=values[f"{part}_subject"] or f"{topic}-{part}", version=version_of(values[f"{part}_version"], part)
    )


def version_of(text: str, field: str) -> int | None:
    """Return the version of a schema, None for the latest; raises Problem(INVALID) on the field."""
    if text in ("", "latest"):
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Problem(
            Kind.INVALID, f"“{text}” is not a version of a schema.", "Use a whole number, or leave it empty for the latest.", field
        )
    return int(text)


def typed(request: HttpRequest) -> Form:
    values = {**START, **{name: value for name, value in request.POST.items() if name in START}}
    for name in START:
        if name not in ("key", "value"):
            values[name] = values[name].strip()
    parts = zip(*(request.POST.getlist(f"header_{part}") for part in ("name", "form", "value")), strict=False)
    return Form(values, [(name, form, text) for name, form, text in parts if name or text])


def opened(request: HttpRequest, slug: str, topic: str) -> Form:
    """Return the form as it opens: empty, or a copy of a record, or a tombstone for its key."""
    form = Form(dict(START))
    wanted = request.GET.get("copy") or request.GET.get("tombstone") or ""
    place, colon, offset = wanted.partition(":")
    if not (colon and place.isdecimal() and offset.isdecimal()):
        return form
    try:
        page = look.records(request.principal, slug, topic, asked.one(int(place), int(offset)))
        row = next((row for row in page.rows if row.offset == int(offset)), None)
        if row is None or row.key is None or row.value is None:
            raise Problem(
                Kind.ABSENT, f"There is no record that can be read at offset {offset} of partition {place}.", "It may have expired."
            )
        form.values["key_form"], form.values["key"] = _copied(row.key)
        form.values["value_form"], form.values["value"] = ("null", "") if "tombstone" in request.GET else _copied(row.value)
        form.headers = [] if "tombstone" in request.GET else [(name, *_copied(value)) for name, value in row.headers]
        form.values["partition"] = place
    except Problem as problem:
        form.blame(problem)
    return form


def _copied(decoded: Any) -> tuple[str, str]:
    """Return the form and text that make the same bytes again; raises Problem when only a part of them is here."""
    if decoded.format in ("null", "empty"):
        return ("null", "") if decoded.format == "null" else ("text", "")
    if decoded.is_cut or len(decoded.raw) < decoded.size_bytes:
        raise Problem(
            Kind.INVALID, f"The record has a part of {decoded.size_bytes:,} bytes: more than a form can hold.", "Copy it by file."
        )
    text = decoded.raw.decode("utf-8", "replace")
    if decoded.format in ("json", "text") and text.encode() == decoded.raw and "\r" not in text:
        return decoded.format, text
    return "hex", decoded.raw.hex()


def _checked(form: Form, name: str, read: Any) -> Any:
    try:
        return read(form.values[name])
    except Problem as problem:
        form.blame(problem)
        return None


def _checked_text(form: Form, name: str) -> None:
    try:
        unpack.header_name(name)
    except Problem as problem:
        form.blame(problem)


def whole(form: Form, name: str) -> int:
    text = form.values[name] or START[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        form.blame(Problem(Kind.INVALID, f"“{text}” is not a whole number.", "Use digits only.", name))
        return 1
    return int(text)


def first_rows(parsed: uploads.Parsed) -> list[dict[str, Any]]:
    return [{"key": row.key, "value": row.value, "headers": len(row.headers), "partition": row.partition} for row in parsed.rows[:5]]

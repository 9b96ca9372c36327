"""What somebody asks to read: from where to where, in which order, how many, and which of them. Checked here, once.

The same words stand in a page's address, a program's query and a search's frame. `parse` reads them; what cannot be is a
Problem at its field. Whether an offset or a partition exists is not known here: `ranges.plan` tells.
"""

import base64
import binascii
import re
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from controlcenter.browse import instants
from controlcenter.errors import Kind, Problem

STARTS = ("newest", "oldest", "time", "offset", "group", "key")
ENDS = ("end", "time", "offset", "records", "follow")
ISOLATIONS = ("read_committed", "read_uncommitted")
MODES = ("text", "expression")
PARTS = ("key", "value", "headers")
MOST = 10_000
BUDGET_BYTES = 16 << 20  # of one field over all rows
SHOWN_BYTES = 1 << 20  # of one field
LARGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Request:
    """start       where reading begins; "newest" and "oldest" are the whole log, from one end or the other
    n           how many results
    partitions  None for all
    offsets     partition → first offset; key -1 stands for every partition
    at_ms       epoch milliseconds, for start "time"
    group       for start "group": whose position
    order       newest or oldest first, "" for what is usual at this start
    until       what ends it: the log's end now, a time (to_ms), offsets (stops), a number of records (most), or nothing
    key         only records with exactly this key; is_key_anywhere: in every partition, not in its own alone
    markers     show control, aborted and open records too; reads uncommitted
    filter      text or expression; "" for all. parts: where a text is looked for
    raw_bytes   how many first bytes of a field to keep for the hex view; most_shown: how many at most to show of it
    has_batches  tell of each record's batch
    form        whole records are written as a file of this form (`export.FORMATS`), partition by partition as they come; "": rows to show
    separator, is_guarded  of CSV: what stands between cells, and whether one a spreadsheet would compute is guarded
    """

    start: str = "newest"
    n: int = 100
    partitions: tuple[int, ...] | None = None
    offsets: Mapping[int, int] | None = None
    at_ms: int | None = None
    isolation: str = "read_committed"
    raw_bytes: int = 512
    group: str = ""
    order: str = ""
    until: str = "end"
    to_ms: int | None = None
    stops: Mapping[int, int] | None = None
    most: int | None = None
    key: bytes | None = None
    is_key_anywhere: bool = False
    markers: bool = False
    filter: str = ""
    mode: str = "text"
    is_case_ignored: bool = False
    parts: tuple[str, ...] = PARTS
    key_serde: str = ""
    value_serde: str = ""
    has_batches: bool = False
    most_shown: int = SHOWN_BYTES
    form: str = ""
    separator: str = ","
    is_guarded: bool = True

    @property
    def is_backward(self) -> bool:
        return (self.order or ("newest" if self.start in ("newest", "key") else "oldest")) == "newest"

    @property
    def is_filtered(self) -> bool:
        """Whether records are read that are not shown."""
        return bool(self.filter) or self.key is not None

    @property
    def level(self) -> str:
        """The isolation level the consumer reads with."""
        return "read_uncommitted" if self.markers else self.isolation

    @property
    def shown_bytes(self) -> int:
        """How much of one field is shown: all of 1 MiB while the whole answer stays bounded."""
        return min(self.most_shown, max(4096, BUDGET_BYTES // self.n))


def parse(given: Mapping[str, str], now_ms: int | None = None) -> Request:
    """Return the request of a form or a query; raises Problem(INVALID), its field named, and what would be right."""
    start = _one_of(given, "from", "newest", STARTS, "place to start")
    until = _one_of(given, "until", "end", ENDS, "place to end")
    within = instants.zone(given.get("zone") or "UTC")
    now_ms = round(time.time() * 1000) if now_ms is None else now_ms
    field, at, to = "limit" if given.get("limit") else "n", given.get("at") or "", given.get("to") or ""
    return Request(
        start=start,
        n=_whole(given.get(field) or "100", field, 1, MOST),
        partitions=_partitions(given.get("partitions") or ""),
        offsets=_offsets(given.get("offset") or "", "offset") if start == "offset" else None,
        at_ms=instants.parse(at, within, now_ms, "at") if start == "time" else None,
        isolation=_one_of(given, "isolation", "read_committed", ISOLATIONS, "isolation level"),
        group=_group(given.get("group") or "") if start == "group" else "",
        order=_one_of(given, "order", "", ("", "newest", "oldest"), "order"),
        until=until,
        to_ms=instants.parse(to, within, now_ms, "to", is_last=True) if until == "time" else None,
        stops=_offsets(to, "to") if until == "offset" else None,
        most=_whole(to, "to", 1, LARGEST) if until == "records" else None,
        key=_key(given, is_needed=start == "key"),
        is_key_anywhere=_flag(given, "key_all"),
        markers=_flag(given, "markers"),
        filter=_filter(given.get("filter") or ""),
        mode=_one_of(given, "mode", "text", MODES, "kind of filter"),
        is_case_ignored=_flag(given, "ignore_case"),
        parts=_parts(given.get("in") or ""),
        key_serde=_serde(given, "key_serde"),
        value_serde=_serde(given, "value_serde"),
    )


def one(partition: int, offset: int) -> Request:
    """Return the request for one record, shown as fully as we show anything."""
    if not 0 <= offset < LARGEST:
        raise _invalid("offset", f"Offset {offset} cannot be.", "Offsets start at 0.")
    return Request(
        "offset", 1, (partition,), {partition: offset}, isolation="read_uncommitted", raw_bytes=64 << 10, until="offset",
        stops={partition: offset + 1}, markers=True, has_batches=True,
    )  # fmt: skip


def of_frame(told: Mapping[str, object]) -> Request:
    """Return a request that travelled as a frame: lists become tuples again."""
    return Request(**{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()})  # type: ignore[arg-type]


def _text(text: str) -> bytes:
    return text.encode()


def _hex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _number(form: str) -> Callable[[str], bytes]:
    return lambda text: struct.pack(form, int(text))


# how a key is written → its bytes
KEYS: dict[str, Callable[[str], bytes]] = {
    "text": _text, "hex": _hex, "base64": _base64, "int32": _number(">i"), "int64": _number(">q"),
}  # fmt: skip


def _key(given: Mapping[str, str], *, is_needed: bool) -> bytes | None:
    text = given.get("key") or ""
    if not text and not is_needed:
        return None
    if not text:
        raise _invalid("key", "No key was given.", "Write the key of the records you look for.")
    form = _one_of(given, "key_as", "text", tuple(KEYS), "way to write a key")
    try:
        return KEYS[form](text)
    except (ValueError, binascii.Error, struct.error, OverflowError):
        raise _invalid("key", f"{text!r} is no key written as {form}.", "Choose another way to write it, or write it otherwise.") from None


def _group(text: str) -> str:
    if not text.strip():
        raise _invalid("group", "No group was given.", "Write the group whose position you want to read from.")
    return text.strip()


def _filter(text: str) -> str:
    if len(text) > 10_000:
        raise _invalid("filter", f"The filter has {len(text):,} letters.", "Use 10,000 at most.")
    return text if text.strip() else ""


def _parts(text: str) -> tuple[str, ...]:
    found = tuple(word for word in text.replace(" ", "").split(",") if word)
    if wrong := [word for word in found if word not in PARTS]:
        raise _invalid("in", f"{wrong[0]!r} is no part of a record.", f"Use {', '.join(PARTS)}.")
    return found or PARTS


def _serde(given: Mapping[str, str], field: str) -> str:
    found = given.get(field) or ""
    if not re.fullmatch(r"[a-z0-9_-]{0,40}", found, re.ASCII):
        raise _invalid(field, f"{found!r} is no format.", "Choose one of the list.")
    return "" if found == "auto" else found


def _flag(given: Mapping[str, str], field: str) -> bool:
    return (given.get(field) or "").lower() in ("1", "on", "true", "yes")


def _one_of(given: Mapping[str, str], field: str, usual: str, words: tuple[str, ...], what: str) -> str:
    found = given.get(field) or usual
    if found not in words:
        raise _invalid(field, f"{found!r} is no {what}.", f"Use one of {', '.join(word for word in words if word)}.")
    return found


def _partitions(text: str) -> tuple[int, ...] | None:
    """Return 0,2,5-7 as numbers; None for all."""
    if not text.strip():
        return None
    found: set[int] = set()
    for word in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", word, re.ASCII)
        if match is None:
            raise _invalid("partitions", f"{word!r} is no partition.", "Write numbers and ranges: 0,2,5-7.")
        low, high = int(match[1]), int(match[2] or match[1])
        if high < low or high - low > 10_000:
            raise _invalid("partitions", f"{word!r} is no range.", "Write the smaller number first.")
        found.update(range(low, high + 1))
    return tuple(sorted(found))


def _offsets(text: str, field: str) -> dict[int, int]:
    """Return 1200 for every partition, or 0:1200,3:17 one by one."""
    if not text.strip():
        raise _invalid(field, "No offset was given.", "Write one offset, or partition:offset pairs: 0:1200,3:17.")
    found: dict[int, int] = {}
    for word in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(?:(\d{1,6}):)?(\d{1,19})", word, re.ASCII)
        if match is None or int(match[2]) > LARGEST:
            raise _invalid(field, f"{word!r} is no offset.", "Write one offset, or partition:offset pairs: 0:1200,3:17.")
        found[int(match[1]) if match[1] else -1] = int(match[2])
    if -1 in found and len(found) > 1:
        raise _invalid(field, "One offset and pairs do not go together.", "Write one offset, or partition:offset pairs.")
    return found


def _whole(text: str, field: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,15}", text.strip(), re.ASCII) or not low <= int(text) <= high:
        raise _invalid(field, f"{text!r} is no number of messages.", f"Use a whole number from {low:,} to {high:,}.")
    return int(text)


def _invalid(field: str, what: str, hint: str) -> Problem:
    return Problem(Kind.INVALID, what, hint, field)

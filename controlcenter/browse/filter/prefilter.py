"""Bytes that must occur in a record for the filter to hold, so that most records are never decoded. Lossless.

AND: the longest. OR: every branch needs one, else there is none. Under NOT none; numbers none (40 is also 4e1).
A JSON text can hide a character only behind a backslash: a document with one passes. What is neither JSON nor readable
text passes too, unless its schema is known to lay texts down as they are (`plain_ids`): an Avro enum does not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from operator import itemgetter
from typing import Any, TypeVar

import stringzilla

from controlcenter.browse.filter import tree
from controlcenter.browse.filter.tree import Call, Compare, In, ListOf, Literal, Loop, Node, Path
from controlcenter.serde.text import CONTROL

find = stringzilla.find
FIRST = itemgetter(0)
OBJECTS = {ord("{")}
RUN, RUN_BYTES = 64, 4 << 20  # of records copied to be looked through together
M = TypeVar("M")
Needs = tuple[tuple[str, bytes], ...]  # one of these (field, literal) must be there; () for no demand
FIELDS = ("key", "value")
NO_LOOPS: Mapping[str, str] = {}
TEXTS = ("startsWith", "endsWith", "contains")


def needs(node: Node, loops: Mapping[str, str] = NO_LOOPS) -> Needs:
    """Return the literals of which one must occur in its field, () when nothing must. loops: a loop's item → where its list stands."""
    match node:
        case tree.Both(of):
            return max((needs(each, loops) for each in of), key=_worth, default=())
        case tree.Either(of):
            found = [needs(each, loops) for each in of]
            return tuple(dict.fromkeys(need for each in found for need in each)) if all(found) else ()
        case Compare("==", Path(root), Literal(str() as text)) | Compare("==", Literal(str() as text), Path(root)):
            return _literal(loops.get(root, root), text)
        case Call(name, (Path(root), Literal(str() as text))) if name in TEXTS:
            return _literal(loops.get(root, root), text)
        case In(Path(root), ListOf(of)) if of:
            found = [_literal(loops.get(root, root), each.value) if isinstance(each, Literal) else () for each in of]
            return tuple(dict.fromkeys(need for each in found for need in each)) if all(found) else ()
        case Loop("exists", Path(root), name, body):
            return needs(body, {**loops, name: loops.get(root, root)})
        case _:
            return ()


def _literal(root: str, text: Any) -> Needs:
    if type(text) is not str or not text or root not in FIELDS:
        return ()
    return ((root, text.encode()),)


def _worth(found: Needs) -> int:
    return min((len(literal) for _, literal in found), default=0)


def test(found: Needs, plain_ids: Set[int], json: Sequence[str]) -> Callable[[bytes | None, bytes | None], bool] | None:
    """Return may_match(key, value) for what must occur, None when nothing must."""
    if not found:
        return None
    if len(found) == 1 and found[0][0] == "value" and "value" in json:
        return _value_test(found[0][1], plain_ids)

    def may_match(key: bytes | None, value: bytes | None) -> bool:
        return any(_may_hold(key if field == "key" else value, literal, plain_ids, field in json) for field, literal in found)

    return may_match


def _value_test(literal: bytes, plain_ids: Set[int]) -> Callable[[bytes | None, bytes | None], bool]:
    """The usual case, a literal in the value, without a loop."""

    def may_match(_: bytes | None, value: bytes | None) -> bool:
        if value is None:
            return False
        if find(value, literal) >= 0:
            return True
        if value[:1] == b"{":
            return bool(find(value, b"\\") >= 0)
        return _may_hide(value, plain_ids)

    return may_match


def runs(messages: Sequence[M]) -> Iterator[Sequence[M]]:
    """Yield messages in runs as long as it pays to look through together: a text of one record in a thousand is in few of them."""
    return (messages[at : at + RUN] for at in range(0, len(messages), RUN))


def is_hopeless(values: list[bytes | None], literal: bytes, *, ignores_case: bool = False) -> bool:
    """Return whether it is sure that a text is in none of many JSON objects, neither as bytes nor behind a backslash.

    One look through all of them costs a third of one look at each, and a rare text is in none of most runs. literal: lower
    case already when case is ignored.
    """
    present = [value for value in values if value]
    if len(present) != len(values) or set(map(FIRST, present)) != OBJECTS or sum(map(len, present)) > RUN_BYTES:
        return False
    whole = b"\n".join(present)
    if ignores_case:
        if not whole.isascii():
            return False
        whole = whole.lower()
    return bool(find(whole, literal) < 0 and find(whole, b"\\") < 0)


def lone_literal(found: Needs, json: Sequence[str]) -> bytes | None:
    """Return the text that must occur in the value, as the only demand; else None."""
    return found[0][1] if len(found) == 1 and found[0][0] == "value" and "value" in json else None


def _may_hold(data: bytes | None, literal: bytes, plain_ids: Set[int], may_be_json: bool) -> bool:
    if data is None:
        return False
    return not may_be_json or find(data, literal) >= 0 or _may_hide(data, plain_ids)


def _may_hide(data: bytes, plain_ids: Set[int]) -> bool:
    """Whether decoding may bring out a text that does not lie in the bytes."""
    if data[:1] in (b"{", b"[") or data.lstrip()[:1] in (b"{", b"["):
        return bool(find(data, b"\\") >= 0)
    if data[:1] == b"\0" and len(data) >= 5 and plain_ids:
        return int.from_bytes(data[1:5], "big") not in plain_ids
    return not is_text(data)


def is_text(data: bytes) -> bool:
    """Whether bytes are what the serde calls text: what they say is what they are."""
    try:
        return CONTROL.search(data.decode("utf-8")) is None
    except UnicodeDecodeError:
        return False


def is_plain_avro(schema: Any) -> bool:
    """Whether every text that an Avro schema can give lies in the bytes as it is: no enum, no logical type, no bytes, no default."""
    level = [schema]
    while level:
        each = level.pop()
        if isinstance(each, Mapping):
            if each.get("type") in ("enum", "fixed", "bytes") or "logicalType" in each:
                return False
            level += [part for name, part in each.items() if name in ("type", "fields", "items", "values")]
        elif isinstance(each, (list, tuple)):
            level += each
        elif each == "bytes":
            return False
    return True

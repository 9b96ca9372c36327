"""A filter that is an expression: its tree made into what is asked in turn, the cheap before the dear.

Raw bytes (prefilter), then conditions that need no value, then the projection of the value, then, in doubt, all of it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from controlcenter.browse.filter import evaluate, parser, paths, prefilter, tree
from controlcenter.browse.filter.check import check
from controlcenter.browse.filter.filters import Filter, M
from controlcenter.browse.filter.meter import STEPS, Meter, Overrun
from controlcenter.browse.filter.projection import Projection
from controlcenter.browse.filter.quick import Doubt
from controlcenter.browse.filter.record import Record, Seen
from controlcenter.browse.filter.tree import Node, Path


class Expression(Filter):
    def __init__(self, text: str, hash: str, json: Sequence[str]) -> None:
        super().__init__(text, "expression", hash)
        self.tree = check(parser.parse(text), text)
        self.paths = paths.named(self.tree)
        self._json = json
        self._meter, self._seen = Meter(), Seen(json)
        early, late = _parted(self.tree)
        self._early = evaluate.condition(early, evaluate.Whole(), self._meter) if early else None
        self._late = evaluate.condition(late, evaluate.Whole(), self._meter) if late else None
        self._project(late)
        needs = prefilter.needs(self.tree)
        self._may = prefilter.test(needs, self.plain_ids, json)
        self._literal = prefilter.lone_literal(needs, json)

    def _project(self, late: Node | None) -> None:
        """Make the short way through a JSON value: decoder and closure of the named fields, where that is possible."""
        self._decode: Callable[[bytes], Any] | None = None
        self._is_alone = False  # whether nothing but the value is read
        self._blank: bool | None = None  # the answer for a value without fields, when that depends on nothing else
        projection = Projection(path.steps for path in _value_paths(late))
        if late is None or not projection.is_possible or "value" not in self._json:
            return
        self._quick = evaluate.condition(late, projection, self._meter)
        self._decode = projection.decoder()
        if not any(isinstance(node, tree.Variable | tree.Loop) or _is_other(node) for node in tree.walk(late)):
            self._blank = self._quick(None, None)
            self._is_alone = self._early is None

    def may_match(self, key: bytes | None, value: bytes | None) -> bool:
        return self._may is None or self._may(key, value)

    def matches(self, record: Record) -> bool:
        if self._is_alone and record.value is not None:
            self._meter.left, self._meter.is_odd = STEPS, False
            found = self._quickly(record.value, None)
            if found is not None:
                self.mismatched += self._meter.is_odd
                return found
        return self._wholly(record)

    def _wholly(self, record: Record) -> bool:
        seen = self._seen.start(record)
        self._meter.left, self._meter.is_odd = STEPS, False
        try:
            found = (self._early is None or self._early(None, seen)) and self._value_matches(record.value, seen)
        except Overrun:
            self.overruns += 1
            found = False
        self.mismatched += self._meter.is_odd
        self.undecoded += seen.failed
        return bool(found)

    def _value_matches(self, data: bytes | None, seen: Seen) -> Any:
        """Return whether the part that reads the value holds: by the projection, in doubt by the whole document."""
        if self._decode is not None and data is not None:
            found = self._quickly(data, seen)
            if found is not None:
                return found
            self._meter.left, self._meter.is_odd = STEPS, False
        return self._late is None or self._late(seen.value(), seen)

    def _quickly(self, data: bytes, seen: Seen | None) -> bool | None:
        """Return the projection's answer; None when it must not answer: no JSON after all, or doubles that only texts tell apart."""
        assert self._decode is not None  # noqa: S101 for mypy: asked only when there is one
        try:
            found: bool = self._quick(self._decode(data), seen)
        except (ValueError, RecursionError, Doubt):
            return None
        # the decoder skips what nobody named unread, invalid UTF-8 too: such a document is no JSON
        return found if found is self._blank or data.isascii() or _is_utf8(data) else None

    def pick(self, messages: Sequence[M], record: Callable[[M], Record]) -> list[M]:
        if self._literal is None:
            return self._picked(messages, record)
        found: list[M] = []
        for run in prefilter.runs(messages):
            if not prefilter.is_hopeless([message.value() for message in run], self._literal):
                found += self._picked(run, record)
        return found

    def _picked(self, messages: Sequence[M], record: Callable[[M], Record]) -> list[M]:
        """Return what matches, looking at each."""
        if not self._is_alone:
            return super().pick(messages, record)
        found: list[M] = []  # `_quickly`, written out: a call more would be a tenth of the whole
        may, decode, quick, meter, blank = self._may, self._decode, self._quick, self._meter, self._blank
        assert decode is not None  # noqa: S101 for mypy
        meter.left, meter.is_odd = STEPS * (len(messages) + 1), False  # no loops here: one budget for all will do
        for message in messages:
            value = message.value()
            if may is not None and not may(None, value):
                continue
            try:
                is_hit = quick(decode(value), None) if value is not None else blank
            except (ValueError, RecursionError, Doubt, Overrun):
                is_hit = self._wholly(record(message))
                meter.is_odd = False
            else:
                if is_hit is not blank and value is not None and not (value.isascii() or _is_utf8(value)):
                    is_hit = self._wholly(record(message))
                    meter.is_odd = False
                elif meter.is_odd:
                    self.mismatched += 1
                    meter.is_odd = False
            if is_hit:
                found.append(message)
        return found


def _parted(node: Node) -> tuple[Node | None, Node | None]:
    """Return what can be decided without decoding the value, and the rest; both must hold."""
    parts = node.of if isinstance(node, tree.Both) else (node,)
    early = tuple(each for each in parts if not _value_paths(each))
    late = tuple(each for each in parts if _value_paths(each))
    return _joined(early), _joined(late)


def _joined(of: tuple[Node, ...]) -> Node | None:
    if len(of) < 2:
        return of[0] if of else None
    return tree.Both(of)


def _value_paths(node: Node | None) -> list[Path]:
    return [each for each in tree.walk(node) if isinstance(each, Path) and each.root == "value"] if node else []


def _is_other(node: Node) -> bool:
    return isinstance(node, Path) and node.root != "value"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

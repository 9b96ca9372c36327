"""Tree → one closure. Closures take (value, seen): the decoded value, and the rest of the record, see `record.Seen`.

Law: a condition gives True or False, never null. Null is no part of any comparison except == null and != null; kinds that
cannot be compared are false, and counted in the meter. One evaluator for filters, masks and alerts.
"""

from collections.abc import Callable
from typing import Any, Protocol

from controlcenter.browse.filter import functions, quick, sums, tree, values
from controlcenter.browse.filter.functions import MISMATCH
from controlcenter.browse.filter.kinds import HEADER_LIST
from controlcenter.browse.filter.meter import Meter
from controlcenter.browse.filter.tree import Literal, Node, Path
from controlcenter.browse.filter.values import Instant, plain

Closure = Callable[[Any, Any], Any]

PLAIN = (int, str)  # two of these compare as Python has them
LONG_TEXT = 4096  # characters; shorter ones cost nothing


class Access(Protocol):
    """How paths into the value are read: from a whole decoded object, or from a projection of it."""

    def path(self, steps: tuple[str | int, ...]) -> Closure: ...

    def direct(self, path: Path) -> quick.Getter | None: ...


class Whole:
    """Paths into a value decoded wholly."""

    def path(self, steps: tuple[str | int, ...]) -> Closure:
        return lambda v, _: walk(v, steps)

    def direct(self, path: Path) -> None:
        return None


def walk(found: Any, steps: tuple[str | int, ...]) -> Any:
    """Return what stands at a path; None where there is nothing."""
    for step in steps:
        if isinstance(found, dict):
            found = found.get(step)
        elif type(step) is int and isinstance(found, (list, tuple)) and 0 <= step < len(found):
            found = found[step]
        else:
            return None
    return plain(found)


def condition(node: Node, access: Access, meter: Meter) -> Closure:
    """Return the closure of a condition: it gives True or False."""
    if (found := quick.test(node, access, meter)) is not None:
        return found
    match node:
        case tree.Both(of):
            return quick.both(tuple(condition(each, access, meter) for each in of))
        case tree.Either(of):
            return quick.either(tuple(condition(each, access, meter) for each in of))
        case tree.Not(of):
            return _not(of, access, meter)
        case tree.Compare(sign, left, right):
            return _compare(sign, left, right, access, meter)
        case tree.In(one, of):
            return _in(value(one, access, meter), value(of, access, meter), meter)
        case tree.Loop():
            return _loop(node, access, meter)
        case tree.Choose(test, yes, no):
            return _choose(condition(test, access, meter), condition(yes, access, meter), condition(no, access, meter))
        case Literal(constant):
            return lambda _v, _s: constant is True
        case _:
            return _truth(value(node, access, meter), meter)


def value(node: Node, access: Access, meter: Meter) -> Closure:
    """Return the closure of any node: it gives a value of our kinds, None for null."""
    match node:
        case Literal(constant):
            return lambda _v, _s: constant
        case Path("value", steps):
            return access.path(steps)
        case Path(root, steps):
            return _other_path(root, steps)
        case tree.Variable(name):
            return VARIABLES[name]
        case tree.ListOf(of):
            return _list(of, access, meter)
        case tree.Item(of, by):
            return _item(value(of, access, meter), value(by, access, meter))
        case tree.Call(name, of):
            return _call(name, tuple(value(each, access, meter) for each in of), meter)
        case tree.Arithmetic(sign, left, right):
            return _arithmetic(sign, value(left, access, meter), value(right, access, meter), meter)
        case tree.Negative(of):
            return _arithmetic("-", lambda _v, _s: 0, value(of, access, meter), meter)
        case tree.Choose(test, yes, no):
            return _choose(condition(test, access, meter), value(yes, access, meter), value(no, access, meter))
        case _:
            return condition(node, access, meter)


VARIABLES: dict[str, Closure] = {
    "partition": lambda _, s: s.record.partition,
    "offset": lambda _, s: s.record.offset,
    "timestamp": lambda _, s: Instant(s.record.timestamp_ms * 1_000_000) if s.record.timestamp_ms >= 0 else None,
    "key_size": lambda _, s: None if s.record.key is None else len(s.record.key),
    "value_size": lambda _, s: None if s.record.value is None else len(s.record.value),
    "schema_id": lambda _, s: s.schema_id,
    "tombstone": lambda _, s: s.record.value is None,
    HEADER_LIST: lambda _, s: s.header_list,
}


def _list(of: tuple[Node, ...], access: Access, meter: Meter) -> Closure:
    constants = [each.value for each in of if isinstance(each, Literal)]
    if len(constants) == len(of):
        return lambda _v, _s: constants
    items = tuple(value(each, access, meter) for each in of)
    return lambda v, s: [each(v, s) for each in items]


def _other_path(root: str, steps: tuple[str | int, ...]) -> Closure:
    if root == "key":
        return lambda _, s: walk(s.key, steps)
    if root == "headers":
        return lambda _, s: walk(s.headers, steps)
    slot = int(root[1:])
    return lambda _, s: walk(s.items[slot], steps)


def _truth(read: Closure, meter: Meter) -> Closure:
    def test(v: Any, s: Any) -> bool:
        found = read(v, s)
        if found is None or type(found) is bool:
            return found is True
        meter.is_odd = True
        return False

    return test


def _not(of: Node, access: Access, meter: Meter) -> Closure:
    read = value(of, access, meter)

    def test(v: Any, s: Any) -> bool:
        found = read(v, s)
        if found is None or type(found) is bool:
            return found is not True
        meter.is_odd = True
        return False

    return test


def _choose(test: Closure, yes: Closure, no: Closure) -> Closure:
    return lambda v, s: yes(v, s) if test(v, s) else no(v, s)


def _compare(sign: str, left: Node, right: Node, access: Access, meter: Meter) -> Closure:
    a, b = value(left, access, meter), value(right, access, meter)
    for side, constant in ((a, right), (b, left)):
        if isinstance(constant, Literal) and constant.value is None:
            return _null_test(side, is_wanted=sign == "==")
    return _equal(a, b, meter, is_wanted=sign == "==") if sign in ("==", "!=") else _ordered(a, b, quick.SIGNS[sign], meter)


def _null_test(read: Closure, *, is_wanted: bool) -> Closure:
    return lambda v, s: (read(v, s) is None) is is_wanted


def _equal(a: Closure, b: Closure, meter: Meter, *, is_wanted: bool) -> Closure:
    def test(v: Any, s: Any) -> bool:
        x, y = a(v, s), b(v, s)
        if type(x) is type(y) and type(x) in PLAIN:
            return (x == y) is is_wanted
        if x is None or y is None:
            return is_wanted and x is y
        found = values.same(x, y, meter.spend)
        if found is None:
            meter.is_odd = True
            return False
        return found is is_wanted

    return test


def _ordered(a: Closure, b: Closure, holds: Callable[[Any, Any], Any], meter: Meter) -> Closure:
    def test(v: Any, s: Any) -> bool:
        x, y = a(v, s), b(v, s)
        if type(x) is type(y) and type(x) in PLAIN:
            return bool(holds(x, y))
        if x is None or y is None:
            return False
        found = values.order(x, y)
        if found is None:
            meter.is_odd = True
            return False
        return bool(holds(found, 0))

    return test


def _in(one: Closure, of: Closure, meter: Meter) -> Closure:
    def test(v: Any, s: Any) -> bool:
        x, among = one(v, s), of(v, s)
        if x is None or among is None:
            return False
        if type(among) is dict:
            return type(x) is str and bool(x in among)
        if type(among) in (list, tuple):
            meter.spend(len(among))
            return any(values.same(x, each, meter.spend) is True for each in among)
        meter.is_odd = True
        return False

    return test


def _item(of: Closure, by: Closure) -> Closure:
    def read(v: Any, s: Any) -> Any:
        step = by(v, s)
        return walk(of(v, s), (step,)) if type(step) in (str, int) else None

    return read


def _call(name: str, given: tuple[Closure, ...], meter: Meter) -> Closure:
    is_long = name in functions.STRINGS

    def read(v: Any, s: Any) -> Any:
        x = tuple(each(v, s) for each in given)
        if is_long and type(x[0]) is str and len(x[0]) > LONG_TEXT:
            meter.spend(len(x[0]) >> 6)
        found = functions.call(name, x)
        if found is MISMATCH:
            meter.is_odd = True
            return None
        return found

    return read


def _loop(node: tree.Loop, access: Access, meter: Meter) -> Closure:
    over, body = value(node.over, access, meter), condition(node.body, access, meter)
    slot, cost = int(node.name[1:]), len(tree.walk(node.body))
    wanted: bool = node.kind == "exists"

    def test(v: Any, s: Any) -> bool:
        items = over(v, s)
        if type(items) not in (list, tuple):
            meter.is_odd = meter.is_odd or items is not None
            return False
        for item in items:
            meter.spend(cost)
            s.items[slot] = item
            if body(v, s) is wanted:
                return bool(wanted)
        return not wanted

    return test


def _arithmetic(sign: str, a: Closure, b: Closure, meter: Meter) -> Closure:
    run = sums.SUMS[sign]

    def read(v: Any, s: Any) -> Any:
        x, y = a(v, s), b(v, s)
        if x is None or y is None:
            return None
        found = run(x, y)
        meter.spend(1 + (len(found) >> 6) if type(found) is str else 1)
        if (
            found is None
            or (type(found) is int and found.bit_length() > values.WHOLE_BITS)
            or (type(found) is str and len(found) > sums.TEXT)
        ):
            meter.is_odd = True
            return None
        return found

    return read

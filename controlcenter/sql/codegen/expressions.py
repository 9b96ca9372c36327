"""A typed expression → Python source, with ksqlDB's null rules and its small errors.

Law: a comparison with null is false; what cannot be computed raises. Whoever asked for the value catches it and puts
null; inside an expression a failing CAST, argument, field or element makes just that part null.

What must be caught on its own, or is evaluated only sometimes, is lifted into statements before the expression. Inside
a lambda nothing is lifted: there any error fails the whole call, as the language has it.
"""

from collections.abc import Callable

from controlcenter.sql import typed, types
from controlcenter.sql.codegen.source import Block, Names, is_atom
from controlcenter.sql.java import integers
from controlcenter.sql.operators import casts, compare, numbers
from controlcenter.sql.typed import Expr
from controlcenter.sql.types import SqlType

Leaf = typed.ColumnRef | typed.GroupRef | typed.AggregateRef | typed.TableRef | typed.WindowRef
WHOLE = (types.INTEGER, types.BIGINT)
_PLAIN_LEAVES = (typed.Constant, typed.ColumnRef, typed.Parameter, typed.GroupRef, typed.AggregateRef, typed.TableRef, typed.WindowRef)
_TRUTHS = (typed.Comparison, typed.Logical, typed.Not, typed.IsNull, typed.Between, typed.In, typed.Like)
_PYTHON = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def is_nullable(e: Expr) -> bool:
    """Tell whether an expression may be null."""
    if isinstance(e, typed.Constant):
        return e.value is None
    if isinstance(e, typed.ColumnRef):
        return e.name not in ("ROWTIME", "ROWPARTITION", "ROWOFFSET")
    return not isinstance(e, (*_TRUTHS, typed.GroupRef, typed.WindowRef, typed.ArrayOf, typed.MapOf, typed.StructOf))


def can_fail(e: Expr) -> bool:
    """Tell whether evaluating may raise."""
    match e:
        case typed.Comparison(op, left, right):
            return can_fail(left) or can_fail(right) or op.startswith("IS") or _mixes(left.type, right.type)
        case typed.Logical(_, left, right):
            return any(can_fail(side) or is_nullable(side) for side in (left, right))
        case typed.Not(value):
            return can_fail(value) or is_nullable(value)
        case typed.IsNull(value):
            return can_fail(value)
        case typed.Between(value, low, high):
            return any(map(can_fail, (value, low, high))) or _mixes(value.type, low.type) or _mixes(value.type, high.type)
        case typed.In(value, items):
            return can_fail(value) or any(can_fail(item) or _mixes(value.type, item.type) for item in items)
    return not isinstance(e, _PLAIN_LEAVES)


def _mixes(one: SqlType, other: SqlType) -> bool:
    """Tell whether one is a DECIMAL and the other a DOUBLE: NaN has no place beside a DECIMAL."""
    return types.DOUBLE in (one, other) and (isinstance(one, types.Decimal) or isinstance(other, types.Decimal))


class Expressions:
    """Writes expressions of one step. `leaf` gives the local name that holds a column, group, aggregate …"""

    def __init__(self, names: Names, leaf: Callable[[Leaf], str]) -> None:
        self.names = names
        self.leaf = leaf
        self._parameters: dict[str, str] = {}

    # — what the steps ask for ————————————————————————————————————————————————

    def assign(self, target: str, e: Expr, block: Block, text: str) -> None:
        """Set `target` to the value, or to null with a log record when it fails."""
        if not can_fail(e):
            block.line(f"{target} = {self.value(e, block)}")
            return
        inside = block.sub()
        inside.line(f"{target} = {self.value(e, inside)}")
        block.under("try:", inside)
        handler = block.sub()
        handler.line(f"fail({self.names.constant(text)}, error, m)")
        handler.line(f"{target} = None")
        block.under("except Exception as error:", handler)

    def guarded(self, e: Expr, block: Block | None) -> str:
        """Return code for a part that becomes null on its own when it fails."""
        if block is None or not can_fail(e):
            return self.value(e, block)
        target = self.names.temporary()
        self.assign(target, e, block, "Error computing expression")
        return target

    def truth(self, e: Expr, block: Block | None) -> str:
        """Return code for a BOOLEAN that must not be null."""
        code = self.value(e, block)
        return f"{self.names.constant(compare.truth)}({code})" if is_nullable(e) else code

    # — the tree ——————————————————————————————————————————————————————————————

    def value(self, e: Expr, block: Block | None) -> str:
        """Return Python code for the value; `block` takes the statements that must come before, None allows none."""
        match e:
            case typed.Constant(_, value):
                return self.names.constant(value)
            case typed.Parameter(_, name):
                return self._parameters[name]
            case typed.ColumnRef() | typed.GroupRef() | typed.AggregateRef() | typed.TableRef() | typed.WindowRef():
                return self.leaf(e)
            case typed.Negative(kind, value):
                return self._negative(kind, self.value(value, block))
            case typed.Arithmetic():
                return self._arithmetic(e, block)
            case typed.Comparison(op, left, right):
                return self._comparison(op, left, right, block)
            case typed.Logical():
                return self._logical(e, block)
            case typed.Not(value):
                return f"(not {self.truth(value, block)})"
            case typed.IsNull(value, negated):
                return f"({self.value(value, block)} is {'not ' if negated else ''}None)"
            case typed.Between(value, low, high):
                first, again = self._twice(self.value(value, block))
                ends = [self._compared(op, (again, again), value, end, block) for op, end in ((">=", low), ("<=", high))]
                return f"({first} is not None and {ends[0]} and {ends[1]})"
            case typed.In():
                return self._in(e, block)
            case typed.Like(value, pattern, escape):
                return self._like(value, pattern, escape, block)
            case typed.Case():
                return self._case(e, block)
            case typed.Cast(kind, value):
                return self._cast(kind, value, block)
            case typed.Subscript(_, base, index):
                pick = compare.item if isinstance(base.type, types.Array) else compare.entry
                return f"{self.names.constant(pick)}({self.value(base, block)}, {self.value(index, block)})"
            case typed.FieldOf(_, base, name):
                return f"{self.names.constant(compare.entry)}({self.value(base, block)}, {self.names.constant(name)})"
            case typed.Call():
                return self._call(e, block)
            case typed.Lambda():
                return self._lambda(e)
            case typed.ArrayOf(_, items):
                return "[" + ", ".join(self.guarded(item, block) for item in items) + "]"
            case typed.MapOf(_, entries):
                return "{" + ", ".join(f"{self.guarded(k, block)}: {self.guarded(v, block)}" for k, v in entries) + "}"
            case typed.StructOf(_, fields):
                return "{" + ", ".join(f"{self.names.constant(name)}: {self.guarded(v, block)}" for name, v in fields) + "}"
        raise TypeError(e)

    def _twice(self, code: str) -> tuple[str, str]:
        """Return code for the first use and for later ones: what is not a name is kept in one."""
        if is_atom(code):
            return code, code
        kept = self.names.temporary()
        return f"({kept} := {code})", kept

    def _negative(self, kind: SqlType, code: str) -> str:
        if isinstance(kind, types.Decimal):
            return f"{self.names.constant(_negated)}({code})"
        return self._wrapped(kind, f"-{code}") if kind in WHOLE else f"(-{code})"

    def _wrapped(self, kind: SqlType, code: str) -> str:
        low, high = integers.INT if kind == types.INTEGER else integers.LONG
        wrap = integers.wrap32 if kind == types.INTEGER else integers.wrap64
        kept = self.names.temporary()
        return f"({kept} if {low} <= ({kept} := {code}) <= {high} else {self.names.constant(wrap)}({kept}))"

    def _arithmetic(self, e: typed.Arithmetic, block: Block | None) -> str:
        left, right = self.value(e.left, block), self.value(e.right, block)
        if isinstance(e.type, types.Decimal):
            return f"{self.names.constant(numbers.decimal_operation(e.op, e.type))}({left}, {right})"
        if e.type in WHOLE and e.op in "/%":
            work = integers.divide if e.op == "/" else integers.remainder
            return self._wrapped(e.type, f"{self.names.constant(work)}({left}, {right})")
        if e.type in WHOLE:
            return self._wrapped(e.type, f"{left} {e.op} {right}")
        if e.type == types.STRING:
            return f"({left} + {right})"
        if e.op in "/%":
            work2 = numbers.divide_double if e.op == "/" else numbers.rest_double
            return f"{self.names.constant(work2)}({left}, {right})"
        sides = (f"float({c})" if isinstance(s.type, types.Decimal) else c for c, s in ((left, e.left), (right, e.right)))
        return "(" + f" {e.op} ".join(sides) + ")"

    def _comparison(self, op: str, left: Expr, right: Expr, block: Block | None) -> str:
        if op.startswith("IS"):
            a, b = self.value(left, block), self.value(right, block)
            if types.is_number(left.type) and types.is_number(right.type) and left.type != right.type:
                code = f"{self.names.constant(compare.is_distinct)}({a}, {b})"
                return code if op == "IS DISTINCT FROM" else f"(not {code})"
            return f"({a} {'!=' if op == 'IS DISTINCT FROM' else '=='} {b})"
        return "(" + self._compared(op, self._twice(self.value(left, block)), left, right, block) + ")"

    def _compared(self, op: str, first: tuple[str, str], left: Expr, right: Expr, block: Block | None) -> str:
        """Return code for `left op right`: false when either is null."""
        second = self._twice(self.value(right, block))
        checks = [f"{code} is not None" for code, side in ((first[0], left), (second[0], right)) if is_nullable(side)]
        a = first[1] if is_nullable(left) else first[0]
        b = second[1] if is_nullable(right) else second[0]
        return " and ".join([*checks, self._order(op, a, left.type, b, right.type)])

    def _order(self, op: str, a: str, left: SqlType, b: str, right: SqlType) -> str:
        python = _PYTHON[op]
        if _mixes(left, right):
            return f"{self.names.constant(compare.number_order)}({a}, {b}) {python} 0"
        if left == right and op not in ("=", "<>") and left in (types.STRING, types.BYTES):
            order = compare.text_order if left == types.STRING else compare.bytes_order
            return f"{self.names.constant(order)}({a}, {b}) {python} 0"
        if {left, right} == {types.BIGINT, types.DOUBLE}:  # Java compares both as doubles
            a, b = (f"float({code})" if kind == types.BIGINT else code for code, kind in ((a, left), (b, right)))
        return f"{a} {python} {b}"

    def _logical(self, e: typed.Logical, block: Block | None) -> str:
        left = self.truth(e.left, block)
        inside = block.sub() if block is not None else None
        right = self.truth(e.right, inside)
        if block is None or inside is None or not inside.lines:
            return f"({left} {e.op.lower()} {right})"
        target = self.names.temporary()
        block.line(f"{target} = {left}")
        inside.line(f"{target} = {right}")
        block.under(f"if {'' if e.op == 'AND' else 'not '}{target}:", inside)
        return target

    def _in(self, e: typed.In, block: Block | None) -> str:
        constants = [item.value for item in e.items if isinstance(item, typed.Constant) and item.value is not None]
        kinds = {e.value.type, *(item.type for item in e.items if item.type != types.NULL)}
        if len(kinds) == 1 and isinstance(e.value.type, types.Primitive) and all(isinstance(item, typed.Constant) for item in e.items):
            return f"({self.value(e.value, block)} in {self.names.constant(frozenset(constants))})"
        first, again = self._twice(self.value(e.value, block))
        tests = [self._compared("=", (again, again), e.value, item, block) for item in e.items if item.type != types.NULL]
        return f"({first} is not None and ({' or '.join(f'({test})' for test in tests) or 'False'}))"

    def _like(self, value: Expr, pattern: Expr, escape: str | None, block: Block | None) -> str:
        code = self.value(value, block)
        if isinstance(pattern, typed.Constant) and isinstance(pattern.value, str):
            return f"{self.names.constant(compare.liker(pattern.value, escape))}({code})"
        return f"{self.names.constant(compare.matches)}({code}, {self.value(pattern, block)}, {self.names.constant(escape)})"

    def _case(self, e: typed.Case, block: Block | None) -> str:
        branches: list[tuple[str, Block | None, str, Block | None]] = []
        for condition, result in e.whens:
            before, inside = (block.sub(), block.sub()) if block is not None else (None, None)
            branches.append((self.truth(condition, before), before, self.value(result, inside), inside))
        last = block.sub() if block is not None else None
        otherwise = "None" if e.otherwise is None else self.value(e.otherwise, last)
        if block is None or not any(part.lines for _, b, _, i in branches for part in (b, i, last) if part is not None):
            return "(" + " ".join(f"{result} if {test} else" for test, _, result, _ in branches) + f" {otherwise})"
        return self._case_statements(e, block)

    def _case_statements(self, e: typed.Case, block: Block) -> str:
        """Write a CASE as nested ifs, each branch evaluated only when it is reached."""
        target = self.names.temporary()
        place = block
        for condition, result in e.whens:
            test = self.truth(condition, place)
            then = place.sub()
            then.line(f"{target} = {self.value(result, then)}")
            place.under(f"if {test}:", then)
            place.line("else:")
            place = _Deeper(place)
        place.line(f"{target} = {'None' if e.otherwise is None else self.value(e.otherwise, place)}")
        return target

    def _cast(self, kind: SqlType, value: Expr, block: Block | None) -> str:
        if value.type in (kind, types.NULL):
            return self.value(value, block)
        caster = self.names.constant(casts.caster(value.type, kind))
        if block is None:
            return f"{caster}({self.value(value, None)})"
        target, inside, handler = self.names.temporary(), block.sub(), block.sub()
        inside.line(f"{target} = {caster}({self.value(value, inside)})")
        block.under("try:", inside)
        handler.line(f"fail({self.names.constant('Error computing expression CAST')}, error, m)")
        handler.line(f"{target} = None")
        block.under("except Exception as error:", handler)
        return target

    def _call(self, e: typed.Call, block: Block | None) -> str:
        args = [self.guarded(arg, block) if isinstance(arg, typed.Call | typed.FieldOf) else self.value(arg, block) for arg in e.args]
        sure = e.bound.skips_null and not any(is_nullable(arg) for arg in e.args if not isinstance(arg, typed.Lambda))
        return f"{self.names.constant(e.bound.raw if sure else e.bound.call)}({', '.join(args)})"

    def _lambda(self, e: typed.Lambda) -> str:
        outer = self._parameters
        self._parameters = outer | {name: f"p{len(outer) + i}" for i, name in enumerate(e.parameters)}
        head = ", ".join(self._parameters[name] for name in e.parameters)
        body = self.value(e.body, None)
        self._parameters = outer
        return f"(lambda {head}: {body})"


class _Deeper(Block):
    """One level below a block, writing straight into its lines."""

    def __init__(self, above: Block) -> None:
        self.depth = above.depth + 1
        self.lines = above.lines


def _negated(x: object) -> object:
    return x.copy_negate() if x else x  # type: ignore[attr-defined]

"""FROM a JOIN b ON …: what is joined with what, on which key, and the key of the result (spec/sql.md 16)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from controlcenter.sql import analyze_formats as formats
from controlcenter.sql import ast, format, names, trees, typed, types
from controlcenter.sql.analyze_expressions import typed_in
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.analyze_typer import Typer
from controlcenter.sql.catalog import Column, KeyWindow, Source
from controlcenter.sql.faults import invalid, placed
from controlcenter.sql.names import Aliased, Scope
from controlcenter.sql.types import SqlType

_SYNTHETIC = "ROWKEY"
_WITHIN = (
    "Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how to specify a WITHIN clause "
    "with a stream-stream join, please visit: https://docs.confluent.io/current/ksql/docs/syntax-reference.html#create-stream-as-select"
)
_WORDS = {"INNER": "[INNER] JOIN", "LEFT": "LEFT [OUTER] JOIN", "RIGHT": "RIGHT [OUTER] JOIN", "FULL": "[FULL] OUTER JOIN"}
_DROP_WITHIN_STREAM = (
    "These joins are not windowed. Please drop the window definition (ie. the WITHIN clause) and try to execute your join again."
)
_DROP_WITHIN_TABLES = (
    "These joins are not windowed. Please drop the window definition (i.e. the WITHIN clause) and try to execute your "
    "Table-Table join again."
)
REPARTITION = "Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385."


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a joined record.

    viable     source columns that hold it, best first, as qualified names; empty for a synthetic key
    equal      everything that ON says is equal to it, `viable` among them
    synthetic  the name of a key that no source has, "" when a source has it
    required   all of `viable` must be in the projection (foreign keys), not one of them
    """

    viable: tuple[ast.Name, ...]
    type: SqlType
    equal: tuple[ast.Expression, ...] = ()
    synthetic: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """What stands left of a JOIN: one source, or everything joined so far."""

    tree: typed.Input | typed.Join
    sources: tuple[Aliased, ...]
    kind: Literal["STREAM", "TABLE"]
    key: Key | None
    window: KeyWindow | None


@dataclass(frozen=True, slots=True)
class On:
    """The condition of one JOIN: the expression over `owner`, an earlier source, and that over the source that joins."""

    join: ast.Join
    owner: Aliased
    left: ast.Expression
    right: ast.Expression

    @property
    def written(self) -> str:
        """Return the condition as written, sides not exchanged."""
        on = cast(ast.Comparison, self.join.on)
        return f"{format.expression(on.left)} = {format.expression(on.right)}"


def analyze(query: ast.Query, scope: Scope, settings: Settings) -> Side:
    """Return what FROM and its joins give. `query` is in its qualified form."""
    _check_sources(query, scope)
    side = _first(scope.sources[0])
    conditions = [_condition(join, scope.sources[: at + 2], scope) for at, join in enumerate(query.joins)]
    for on, right in zip(conditions, scope.sources[1:], strict=True):
        side = _join(side, right, on, scope, settings)
    return side


def _first(one: Aliased) -> Side:
    return Side(typed.Input(one.source, one.alias), (one,), one.source.kind, None, one.source.window)


def _check_sources(query: ast.Query, scope: Scope) -> None:
    found = [one.source.name for one in scope.sources]
    for at, name in enumerate(found[1:], 1):
        if at == 1 and name == found[0]:
            raise invalid(f"Can not join '{name}' to '{name}': self joins are not yet supported.", query.joins[0].span)
        if name in found[:at]:
            raise invalid(f"N-way joins do not support multiple occurrences of the same source. Source: '{name}'.", query.span)


# — ON ———————————————————————————————————————————————————————————————————————


def _condition(join: ast.Join, sources: Sequence[Aliased], scope: Scope) -> On:
    """Return the two sides of ON, that of an earlier source first."""
    on = join.on
    if not isinstance(on, ast.Comparison):
        text = format.expression(on)
        if isinstance(on, ast.Logical) and _is_equality(on.left) and _is_equality(on.right):
            raise invalid(f"Invalid join condition: joins on multiple conditions are not yet supported. Got {text}.", on.span)
        raise invalid(f"Unsupported join expression: {text}", on.span)
    if not _is_equality(on):
        raise invalid("Only equality join criteria is supported.", on.span)
    for name in trees.names(on):
        source = scope.by_alias(name.source) if name.source is not None else None
        if source is None or name.name not in source.known:
            raise placed(f"JOIN ON column '{format.expression(name)}' cannot be resolved.", name.span)
    left, right = _owner(on.left, on, scope), _owner(on.right, on, scope)
    if left == right:
        both = f"Left side references {types.quoted(left.alias)} and right references {types.quoted(right.alias)}"
        raise invalid(f"Each side of the join must reference exactly one source and not the same source. {both}", on.span)
    _check_windows(left, right)
    new, known = sources[-1], sources[:-1]
    if right == new and left in known:
        return On(join, left, on.left, on.right)
    if left == new and right in known:
        return On(join, right, on.right, on.left)
    raise invalid(
        f"A join criteria is expected to reference the source ({types.quoted(new.alias)}) in the FROM clause, instead the right source "
        f"references {types.quoted(right.alias)} and the left source references {types.quoted(left.alias)}",
        on.span,
    )


def _is_equality(node: ast.Expression) -> bool:
    return isinstance(node, ast.Comparison) and node.op == "="


def _owner(side: ast.Expression, on: ast.Comparison, scope: Scope) -> Aliased:
    owners = {name.source for name in trees.names(side) if name.source is not None}
    if len(owners) != 1:
        raise invalid(
            f"Invalid comparison expression '{format.expression(side)}' in join '{format.expression(on)}'. "
            "Each side of the join comparision must contain references from exactly one source.",
            side.span,
        )
    return cast(Aliased, scope.by_alias(owners.pop()))


def _check_windows(one: Aliased, other: Aliased) -> None:
    """Raise unless both sides have windows of one family, or none has any."""
    left, right = one.source.window, other.source.window
    if left is None and right is None:
        return
    if left is None or right is None:
        raise invalid(
            "Can not join windowed source to non-windowed source."
            f"\n{types.quoted(one.alias)} is {_windowed(left)}\n{types.quoted(other.alias)} is {_windowed(right)}"
        )
    if (left.kind == "SESSION") != (right.kind == "SESSION"):
        raise invalid(
            f"Incompatible windowed sources.\nLeft source: {left.kind}\nRight source: {right.kind}"
            "\nSession windowed sources can only be joined to other session windowed sources, and may still not result in expected "
            "behaviour as session bounds must be an exact match for the join to work"
            "\nHopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources"
        )


def _windowed(window: KeyWindow | None) -> str:
    return "not windowed" if window is None else f"{window.kind} windowed"


# — one join —————————————————————————————————————————————————————————————————


def _join(left: Side, right: Aliased, on: On, scope: Scope, settings: Settings) -> Side:
    style = _style(left, right, on)
    left_key = _typed_key(on.left, left.sources if len(left.sources) > 1 else (on.owner,), settings)
    right_key = _typed_key(on.right, (right,), settings)
    _check_key_types(left, on, left_key, right_key)
    if style == "FOREIGN_KEY":
        _check_foreign(left, right, on.join)
    else:
        _check_partitions(left, right, settings)
    _check_rekeying(left, right, on)
    key = _key(left, on, style, left_key.type, scope)
    columns = key_columns(key, scope)
    formats.check_keys(columns)
    within = on.join.within
    tree = typed.Join(
        left=left.tree,
        right=typed.Input(right.source, right.alias),
        kind=on.join.kind,
        style=style,
        left_key=left_key,
        right_key=right_key,
        key=columns,
        within=None if within is None else (within.before.ms, within.after.ms, within.grace.ms if within.grace is not None else None),
    )
    return Side(tree, (*left.sources, right), left.kind, key, left.window)


def _style(left: Side, right: Aliased, on: On) -> Literal["STREAM_STREAM", "STREAM_TABLE", "TABLE_TABLE", "FOREIGN_KEY"]:
    """Return what is joined with what, or raise for a pair that cannot be joined so."""
    join = on.join
    got = f"Got {on.owner.source.name} {_WORDS[join.kind]} {right.source.name}."
    if right.source.kind == "STREAM":
        if left.kind == "TABLE":
            raise invalid(f"Invalid join order: table-stream joins are not supported; only stream-table joins. {got}", join.span)
        if join.within is None:
            raise invalid(_WITHIN, join.span)
        return "STREAM_STREAM"
    if left.kind == "STREAM":
        return _stream_table(right, on, got)
    if not _is_primary_key(right, on.right):
        words = "table-table joins require to join on the primary key of the right input table"
        raise invalid(f"Invalid join condition: {words}. Got {on.written}.", join.span)
    if join.within is not None:
        raise invalid(f"A window definition was provided for a Table-Table join. {_DROP_WITHIN_TABLES}", join.span)
    if _is_left_key(left, on):
        return "TABLE_TABLE"
    if join.kind == "FULL":
        raise invalid(f"Invalid join type: full-outer join not supported for foreign-key table-table join. {got}", join.span)
    if len(left.sources) > 1:
        words = "foreign-key table-table joins are not supported as part of n-way joins"
        raise invalid(f"Invalid join condition: {words}. Got {on.written}.", join.span)
    return "FOREIGN_KEY"


def _stream_table(right: Aliased, on: On, got: str) -> Literal["STREAM_TABLE"]:
    join = on.join
    if join.kind == "FULL":
        raise invalid(f"Invalid join type: full-outer join not supported for stream-table join. {got}", join.span)
    if not _is_primary_key(right, on.right):
        words = "stream-table joins require to join on the table's primary key"
        raise invalid(f"Invalid join condition: {words}. Got {on.written}.", join.span)
    if join.within is not None:
        raise invalid(f"A window definition was provided for a Stream-Table join. {_DROP_WITHIN_STREAM}", join.span)
    if join.kind == "RIGHT":
        raise invalid(f"Invalid join type encountered: {_WORDS[join.kind]}", join.span)
    return "STREAM_TABLE"


def _check_key_types(left: Side, on: On, left_key: typed.Expr, right_key: typed.Expr) -> None:
    if left_key.type == right_key.type:
        return
    if left.kind == "STREAM":
        raise invalid(f"Invalid join. Key types differ: {left_key.type} vs {right_key.type}", on.join.on.span)
    written = cast(ast.Comparison, on.join.on)
    first, second = (left_key, right_key) if written.left == on.left else (right_key, left_key)
    texts = f"{format.expression(written.left)}{{{first.type}}} = {format.expression(written.right)}{{{second.type}}}"
    raise invalid(f"Invalid join condition: types don't match. Got {texts}.", on.join.on.span)


def _check_foreign(left: Side, right: Aliased, join: ast.Join) -> None:
    if left.window is not None or right.source.window is not None:
        raise invalid("Foreign-key table-table joins are not supported on windowed tables.", join.span)
    if join.kind == "RIGHT":
        raise invalid("RIGHT OUTER JOIN on a foreign key is not supported", join.span)


def _is_primary_key(one: Aliased, on: ast.Expression) -> bool:
    keys = one.source.schema.key
    return len(keys) == 1 and on == ast.Name(keys[0].name, one.alias)


def _is_left_key(left: Side, on: On) -> bool:
    """Tell whether the left side is already keyed by its expression: its owner's key, or what an earlier ON made equal to it."""
    return _is_primary_key(on.owner, on.left) or (left.key is not None and on.left in left.key.equal)


def _typed_key(on: ast.Expression, sources: Sequence[Aliased], settings: Settings) -> typed.Expr:
    """Return a side of ON over the columns of its source; after a join these are called ALIAS_COL."""
    scope = Scope(tuple(sources))
    typer = Typer(names.columns(scope), settings.functions)
    found = typed_in("JOIN ON", typer, names.internal(on, scope))
    return replace(found, source=sources[0].alias) if isinstance(found, typed.ColumnRef) and not scope.is_join else found


def _check_rekeying(left: Side, right: Aliased, on: On) -> None:
    """Raise for windowed sources that would have to be keyed anew."""
    if left.window is None:
        return
    rekeyed = not (_is_left_key(left, on) and _is_primary_key(right, on.right))
    # formats of a registry are not rewritten for another window's size: ksqlDB compares their keys as they are
    if rekeyed or (left.window != right.source.window and right.source.key_format.name not in formats.REGISTRY):
        raise invalid(REPARTITION)


def _check_partitions(left: Side, right: Aliased, settings: Settings) -> None:
    one, other = (_partitions(source, settings) for source in (left.sources[0].source, right.source))
    if one is not None and other is not None and one != other:
        a, b = types.quoted(left.sources[0].source.name), types.quoted(right.source.name)
        raise invalid(
            f"Can't join {a} with {b} since the number of partitions don't match. {a} partitions = {one}; {b} partitions = {other}. "
            "Please repartition either one so that the number of partitions match."
        )


def _partitions(source: Source, settings: Settings) -> int | None:
    return source.partitions if source.partitions is not None else settings.partitions(source.topic)


# — the key of the result ————————————————————————————————————————————————————


def _key(left: Side, on: On, style: str, kind: SqlType, scope: Scope) -> Key:
    if style == "FOREIGN_KEY":
        one = left.sources[0]
        keys = tuple(ast.Name(column.name, one.alias) for column in one.source.schema.key)
        return Key(keys, one.source.schema.key[0].type, required=True)
    if on.join.kind == "FULL":
        return Key((), kind, (), synthetic_name(scope))
    before = left.key.equal if left.key is not None and on.left in left.key.equal else (on.left,)
    equal = (*before, on.right)
    viable = tuple(dict.fromkeys(one for one in equal if isinstance(one, ast.Name)))
    return Key(viable, kind, equal, "" if viable else synthetic_name(scope))


def synthetic_name(scope: Scope) -> str:
    """Return the name of a key that no source has: ROWKEY, ROWKEY_1 … when a source has that column."""
    taken = {column.name for one in scope.sources for column in one.columns}
    number, name = 0, _SYNTHETIC
    while name in taken:
        number += 1
        name = f"{_SYNTHETIC}_{number}"
    return name


def key_columns(key: Key, scope: Scope) -> tuple[Column, ...]:
    """Return the key columns of a joined record, by internal name."""
    if key.synthetic:
        return (Column(key.synthetic, key.type, "KEY"),)
    columns = names.columns(scope)
    chosen = key.viable if key.required else key.viable[:1]
    internal = [names.internal(name, scope) for name in chosen]
    return tuple(replace(columns[cast(ast.Name, name).name], place="KEY") for name in internal)

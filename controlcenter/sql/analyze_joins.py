"""FROM a JOIN b ON …: what is joined with what, on which key, and the key of the result (spec/sql.md 16)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from controlcenter.sql import analyze_formats as formats
from controlcenter.sql import ast, format, names, trees, typed, types
from controlcenter.sql.analyze_expressions import Typer, typed_in
from controlcenter.sql.analyze_settings import Settings
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
    is_foreign: bool = False


def analyze(query: ast.Query, scope: Scope, settings: Settings) -> Side:
    """Return what FROM and its joins give. `query` is in its qualified form."""
    _check_sources(query, scope)
    side = _first(scope.sources[0])
    conditions = [_condition(join, scope.sources[: at + 2], scope) for at, join in enumerate(query.joins)]
    for join, right, (left_on, right_on) in zip(query.joins, scope.sources[1:], conditions, strict=True):
        side = _join(side, right, join, left_on, right_on, scope, settings)
    return side


def _first(one: Aliased) -> Side:
    return Side(typed.Input(one.source, one.alias), (one,), one.source.kind, None, one.source.window)


def _check_sources(query: ast.Query, scope: Scope) -> None:
    found = [one.source.name for one in scope.sources]
    if len(found) == 2 and found[0] == found[1]:
        raise invalid(f"Can not join '{found[0]}' to '{found[1]}': self joins are not yet supported.", query.joins[0].span)
    for at, name in enumerate(found):
        if name in found[:at]:
            raise invalid(f"N-way joins do not support multiple occurrences of the same source. Source: '{name}'.", query.span)


# — ON ———————————————————————————————————————————————————————————————————————


def _condition(join: ast.Join, sources: Sequence[Aliased], scope: Scope) -> tuple[ast.Expression, ast.Expression]:
    """Return the expressions of ON, that of the earlier sources first."""
    on = join.on
    if isinstance(on, ast.Logical):
        text = format.expression(on)
        raise invalid(f"Invalid join condition: joins on multiple conditions are not yet supported. Got {text}.", on.span)
    if not isinstance(on, ast.Comparison) or on.op != "=":
        raise invalid(f"Only equality join criteria is supported. Got {format.expression(on)}.", on.span)
    for name in trees.names(on):
        owner = scope.by_alias(name.source) if name.source is not None else None
        if owner is None or all(column.name != name.name for column in owner.columns):
            raise placed(f"JOIN ON column '{format.expression(name)}' cannot be resolved.", name.span)
    left, right = _owner(on.left, on), _owner(on.right, on)
    known, new = {one.alias for one in sources[:-1]}, sources[-1].alias
    if left in known and right == new:
        return on.left, on.right
    if right in known and left == new:
        return on.right, on.left
    if left == right:
        both = f"Left side references {types.quoted(left)} and right references {types.quoted(right)}"
        raise invalid(f"Each side of the join must reference exactly one source and not the same source. {both}", on.span)
    others = " or ".join(sorted(known))
    raise invalid(
        f"A join must compare its source with an earlier one: '{format.expression(on)}' compares no {new} with {others}.", on.span
    )


def _owner(side: ast.Expression, on: ast.Comparison) -> str:
    owners = {name.source for name in trees.names(side)}
    if len(owners) != 1:
        raise invalid(
            f"Invalid comparison expression '{format.expression(side)}' in join '{format.expression(on)}'. "
            "Each side of the join comparision must contain references from exactly one source.",
            side.span,
        )
    return cast(str, owners.pop())


# — one join —————————————————————————————————————————————————————————————————


def _join(
    left: Side, right: Aliased, join: ast.Join, left_on: ast.Expression, right_on: ast.Expression, scope: Scope, settings: Settings
) -> Side:
    as_written = f"{format.expression(cast(ast.Comparison, join.on).left)} = {format.expression(cast(ast.Comparison, join.on).right)}"
    style = _style(left, right, join, left_on, right_on, as_written, scope)
    left_key = _typed_key(left_on, left.sources, len(left.sources) > 1, settings)
    right_key = _typed_key(right_on, (right,), False, settings)
    if left_key.type != right_key.type:
        raise invalid(f"Invalid join condition: types don't match. Got {_typed_texts(join, left_on, left_key, right_key)}.", join.on.span)
    _check_windows(left, right, left_on, right_on)
    if style != "FOREIGN_KEY":
        _check_partitions(left, right, settings)
    key = _key(left, right, join, left_on, right_on, style, left_key.type, scope)
    columns = key_columns(key, scope)
    formats.check_keys(columns)
    window = join.within
    within = None if window is None else (window.before.ms, window.after.ms, window.grace.ms if window.grace is not None else None)
    tree = typed.Join(
        left=left.tree,
        right=typed.Input(right.source, right.alias),
        kind=join.kind,
        style=style,
        left_key=left_key,
        right_key=right_key,
        key=columns,
        within=within,
    )
    return Side(tree, (*left.sources, right), left.kind, key, left.window, style == "FOREIGN_KEY")


def _typed_texts(join: ast.Join, left_on: ast.Expression, left: typed.Expr, right: typed.Expr) -> str:
    on = cast(ast.Comparison, join.on)
    first, second = (left, right) if on.left == left_on else (right, left)
    return f"{format.expression(on.left)}{{{first.type}}} = {format.expression(on.right)}{{{second.type}}}"


def _style(
    left: Side, right: Aliased, join: ast.Join, left_on: ast.Expression, right_on: ast.Expression, written: str, scope: Scope
) -> Literal["STREAM_STREAM", "STREAM_TABLE", "TABLE_TABLE", "FOREIGN_KEY"]:
    got = f"Got {left.sources[0].source.name} {_WORDS[join.kind]} {right.source.name}."
    if left.kind == "TABLE" and right.source.kind == "STREAM":
        raise invalid(f"Invalid join order: table-stream joins are not supported; only stream-table joins. {got}", join.span)
    if left.kind == "STREAM" and right.source.kind == "STREAM":
        if join.within is None:
            raise invalid(_WITHIN, join.span)
        return "STREAM_STREAM"
    pair = "Stream-Table" if left.kind == "STREAM" else "Table-Table"
    is_key = _is_primary_key(right, right_on)
    if left.kind == "STREAM":
        if join.kind in ("FULL", "RIGHT"):
            word = "full-outer" if join.kind == "FULL" else "right-outer"
            raise invalid(f"Invalid join type: {word} join not supported for stream-table join. {got}", join.span)
        if not is_key:
            raise invalid(
                f"Invalid join condition: stream-table joins require to join on the table's primary key. Got {written}.", join.span
            )
    if left.kind == "TABLE" and not is_key:
        words = "table-table joins require to join on the primary key of the right input table"
        raise invalid(f"Invalid join condition: {words}. Got {written}.", join.span)
    if join.within is not None:
        raise invalid(
            f"A window definition was provided for a {pair} join. These joins are not windowed. Please drop the window definition "
            f"(ie. the WITHIN clause) and try to execute your {pair} join again.",
            join.span,
        )
    if left.kind == "STREAM":
        return "STREAM_TABLE"
    if _is_left_key(left, left_on):
        return "TABLE_TABLE"
    return _foreign(left, join, written, got)


def _foreign(left: Side, join: ast.Join, written: str, got: str) -> Literal["FOREIGN_KEY"]:
    if len(left.sources) > 1:
        words = "foreign-key table-table joins are not supported as part of n-way joins"
        raise invalid(f"Invalid join condition: {words}. Got {written}.", join.span)
    if left.window is not None:
        raise invalid("Foreign-key table-table joins are not supported on windowed tables.", join.span)
    if join.kind == "FULL":
        raise invalid(f"Invalid join type: full-outer join not supported for foreign-key table-table join. {got}", join.span)
    if join.kind == "RIGHT":
        raise invalid("RIGHT OUTER JOIN on a foreign key is not supported", join.span)
    return "FOREIGN_KEY"


def _is_primary_key(one: Aliased, on: ast.Expression) -> bool:
    keys = one.source.schema.key
    return len(keys) == 1 and on == ast.Name(keys[0].name, one.alias)


def _is_left_key(left: Side, on: ast.Expression) -> bool:
    if left.key is not None:
        return on in left.key.viable
    return _is_primary_key(left.sources[0], on)


def _typed_key(on: ast.Expression, sources: Sequence[Aliased], prefixed: bool, settings: Settings) -> typed.Expr:
    """Return a side of ON over the columns of its source; after a join these are called ALIAS_COL."""
    scope = Scope(tuple(sources)) if prefixed else Scope((sources[0],))
    typer = Typer(names.columns(scope), settings.functions)
    found = typed_in("JOIN ON", typer, names.internal(on, scope))
    return replace(found, source=sources[0].alias) if isinstance(found, typed.ColumnRef) and not prefixed else found


def _check_windows(left: Side, right: Aliased, left_on: ast.Expression, right_on: ast.Expression) -> None:
    one, other = left.window, right.source.window
    if one is None and other is None:
        return
    first = left.sources[0].source
    if one is None or other is None:
        raise invalid(
            "Can not join windowed source to non-windowed source."
            f"\n{types.quoted(first.name)} is {_windowed(one)}\n{types.quoted(right.source.name)} is {_windowed(other)}"
        )
    if (one.kind == "SESSION") != (other.kind == "SESSION"):
        raise invalid(
            f"Incompatible windowed sources.\nLeft source: {one.kind}\nRight source: {other.kind}"
            "\nSession windowed sources can only be joined to other session windowed sources, and may still not result in expected "
            "behaviour as session bounds must be an exact match for the join to work"
            "\nHopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources"
        )
    rekeyed = not (_is_left_key(left, left_on) and _is_primary_key(right, right_on))
    # formats of a registry are not rewritten for another window's size: ksqlDB compares their keys as they are
    if rekeyed or (one != other and right.source.key_format.name not in formats.REGISTRY):
        raise invalid(REPARTITION)


def _windowed(window: KeyWindow | None) -> str:
    return "not windowed" if window is None else f"{window.kind} windowed"


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


def _key(
    left: Side,
    right: Aliased,
    join: ast.Join,
    left_on: ast.Expression,
    right_on: ast.Expression,
    style: str,
    kind: SqlType,
    scope: Scope,
) -> Key:
    if style == "FOREIGN_KEY":
        one = left.sources[0]
        keys = tuple(ast.Name(column.name, one.alias) for column in one.source.schema.key)
        return Key(keys, one.source.schema.key[0].type, required=True)
    equal: list[ast.Expression] = [left_on, right_on]
    if left.key is not None and left_on in left.key.equal:
        equal = [*left.key.equal, right_on]
    viable = tuple(dict.fromkeys(one for one in equal if isinstance(one, ast.Name))) if join.kind != "FULL" else ()
    return Key(viable, kind, tuple(equal) if join.kind != "FULL" else (), "" if viable else synthetic_name(scope))


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

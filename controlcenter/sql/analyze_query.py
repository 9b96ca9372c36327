"""A SELECT, from names to a `typed.Query`.

Two forms of each expression go side by side (see `names`): the qualified one for messages about keys and joins, the
internal one for types. Order of the checks: names, then the clauses, then keys of the projection, then types.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from controlcenter.errors import Problem
from controlcenter.sql import analyze_aggregation as aggregation
from controlcenter.sql import analyze_joins as joins
from controlcenter.sql import analyze_keys as keys
from controlcenter.sql import ast, format, names, trees, typed, types
from controlcenter.sql.analyze_aggregation import Aggregation, Selected
from controlcenter.sql.analyze_expressions import Clause, condition, typed_in
from controlcenter.sql.analyze_joins import Side
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.analyze_typer import Typer, convert
from controlcenter.sql.catalog import Catalog, Column, KeyWindow, Schema
from controlcenter.sql.faults import invalid, placed
from controlcenter.sql.names import Scope


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the steps of one query's analysis hand on.

    sink   name of the result; None for a query that somebody watches
    typer  over the record that flows
    """

    query: ast.Query
    scope: Scope
    side: Side
    typer: Typer
    settings: Settings
    sink: str | None

    @property
    def is_persistent(self) -> bool:
        return self.sink is not None

    def internal(self, node: ast.Expression) -> ast.Expression:
        return names.internal(node, self.scope)


def analyze(node: ast.Query, catalog: Catalog, settings: Settings, sink: str | None = None) -> tuple[typed.Query, ast.Query]:
    """Return a query analysed, and its qualified form. `sink` names the result of a persistent one."""
    scope = names.open_scope(node, catalog)
    query = names.qualify(node, scope)
    side = joins.analyze(query, scope, settings)
    columns = dict(names.columns(scope))
    if side.key is not None and side.key.synthetic:
        columns[side.key.synthetic] = Column(side.key.synthetic, side.key.type, "KEY")
    analysis = Analysis(query, scope, side, Typer(columns, settings.functions, types=catalog.types), settings, sink)
    _check_aliases(node.items, query.items, sink is not None)
    _check_names(analysis)
    _check_shape(analysis)
    return _analyzed(analysis), query


def _analyzed(it: Analysis) -> typed.Query:
    query = it.query
    where = condition("WHERE", it.typer, it.internal(query.where)) if query.where is not None else None
    selected = _spread(it)
    is_grouped = bool(query.group_by) or aggregation.is_aggregated(
        [*(item.internal for item in selected), *((query.having,) if query.having is not None else ())], it.settings.functions
    )
    found = _grouped(it, selected) if is_grouped else _plain(it, selected)
    return replace(found, where=where, emit=query.emit, limit=query.limit)


# — names and shape ——————————————————————————————————————————————————————————


def _check_names(it: Analysis) -> None:
    query = it.query
    has_bounds = query.window is not None
    clauses: list[tuple[Clause, Sequence[ast.Expression]]] = [
        ("WHERE", (query.where,) if query.where is not None else ()),
        ("GROUP BY", query.group_by),
        ("PARTITION BY", query.partition_by),
        ("HAVING", (query.having,) if query.having is not None else ()),
    ]
    for clause, nodes in clauses:
        for node in nodes:
            _check_columns(it, clause, node, False)
    for item in query.items:
        if isinstance(item, ast.Item):
            _check_columns(it, "SELECT", item.expression, has_bounds)


def _check_columns(it: Analysis, clause: Clause, node: ast.Expression, has_bounds: bool) -> None:
    for call in trees.calls(node):
        try:
            it.settings.functions.find(call.name)
        except Problem as problem:
            raise invalid(problem.what, call.span) from None
    synthetic = it.side.key.synthetic if it.side.key is not None else ""
    within = {id(name) for call in trees.calls(node) if it.settings.functions.is_aggregate(call.name) for name in trees.names(call)}
    for name in trees.names(node):
        owner = it.scope.by_alias(name.source) if name.source is not None else None
        if owner is not None and name.name in owner.known:
            continue
        is_bound = has_bounds and name.name in names.WINDOW_NAMES and id(name) not in within
        if name.source is None and (name.name == synthetic != "" or is_bound):
            continue
        if name.name in names.WINDOW_NAMES and it.query.window is not None:
            raise aggregation.misplaced_bound(name)
        text = format.expression(name)
        more = f" '{text}' must be a column in the source schema since PARTITION BY is applied on the input."
        raise placed(f"{clause} column '{text}' cannot be resolved.{more if clause == 'PARTITION BY' else ''}", name.span)


def _check_shape(it: Analysis) -> None:
    """Raise for clauses that do not go together."""
    query, functions = it.query, it.settings.functions
    if it.is_persistent and any(one.source.kind == "TABLE" and one.source.window is not None for one in it.scope.sources):
        raise invalid("KSQL does not support persistent queries on windowed tables.")
    if query.window is not None and not query.group_by:
        raise invalid("WINDOW clause requires a GROUP BY clause.")
    if query.emit == "FINAL" and query.window is None:
        raise invalid("EMIT FINAL is only supported for windowed aggregations.")
    if query.window is not None and it.side.kind == "TABLE":
        raise invalid("WINDOW clause is not supported on a TABLE: only a stream can be aggregated in windows.")
    if query.partition_by and query.group_by:
        raise invalid("Only one of PARTITION BY and GROUP BY can stand in a query.")
    if query.partition_by and it.side.kind == "TABLE":
        raise invalid("PARTITION BY is only supported on streams: the key of a table cannot be changed.")
    forms = [one.source for one in it.scope.sources if one.source.value_format.name == "KAFKA"]
    clause = "JOIN" if it.scope.is_join else "GROUP BY" if query.group_by else ""
    if clause and forms:
        words = ", ".join(source.name for source in forms)
        raise invalid(f"Source(s) {words} are using the 'KAFKA' value format. This format does not yet support {clause}.")
    if query.where is not None:
        for call in trees.calls(query.where):
            if functions.is_aggregate(call.name) or functions.is_table(call.name):
                kind = "aggregate" if functions.is_aggregate(call.name) else "table"
                raise invalid(f"WHERE does not support {kind} functions: {call.name} is {'an' if kind[0] == 'a' else 'a'} {kind} function.")


def _check_aliases(written: Sequence[ast.Item | ast.Star], named: Sequence[ast.Item | ast.Star], is_persistent: bool) -> None:
    """Raise for columns that are called as system columns are; somebody who watches may see those under their own names."""
    for one, item in zip(written, named, strict=True):
        if isinstance(one, ast.Item) and isinstance(item, ast.Item) and item.alias in names.SYSTEM:
            if not isinstance(one.expression, ast.Name) or one.expression.name != item.alias:
                what = f"{types.quoted(item.alias)} is a reserved column name. You cannot use it as an alias for a column."
                raise invalid(what, one.span)
            if is_persistent:
                what = f"Reserved column name in select: {types.quoted(item.alias)}. Please remove or alias the column."
                raise invalid(what, one.span)


# — items ————————————————————————————————————————————————————————————————————


def _spread(it: Analysis) -> list[Selected]:
    """Return the items of SELECT with `*`, `a.*` and `s->*` spread out."""
    spread: list[Selected] = []
    for item in it.query.items:
        if isinstance(item, ast.Star):
            spread += _star(it, item)
        elif item.expands:
            spread += _fields(it, item)
        else:
            spread.append(Selected(item.alias or "", it.internal(item.expression), item.expression))
    return spread


def _star(it: Analysis, item: ast.Star) -> list[Selected]:
    found: list[Selected] = []
    if item.source is None and it.side.key is not None and it.side.key.synthetic:
        key = ast.Name(it.side.key.synthetic)
        found.append(Selected(key.name, key, key))
    if it.query.partition_by:
        return found + keys.star_after_partition(it.scope, it.query.partition_by, item.source)
    for one in it.scope.sources:
        if item.source in (None, one.alias):
            for column in (*one.source.schema.key, *_bounds(it, one), *one.source.schema.value, *one.source.schema.headers):
                qualified = ast.Name(column.name, one.alias)
                name = it.scope.internal(one.alias, column.name)
                found.append(Selected(name, ast.Name(name), qualified))
    return found


def _bounds(it: Analysis, one: names.Aliased) -> tuple[Column, ...]:
    """Return the window's bounds where `*` shows them: to somebody who watches, and after a join."""
    return names.BOUNDS if one.source.window is not None and (it.scope.is_join or not it.is_persistent) else ()


def _fields(it: Analysis, item: ast.Item) -> list[Selected]:
    base = it.internal(item.expression)
    kind = typed_in("SELECT", it.typer, base).type
    if not isinstance(kind, types.Struct):
        text = format.expression(base)
        raise invalid(f"Cannot expand '{text}->*': {text} is {kind}, not a STRUCT.", item.span)
    return [Selected(name, ast.FieldOf(base, name), ast.FieldOf(item.expression, name)) for name, _ in kind.fields]


# — without GROUP BY —————————————————————————————————————————————————————————


def _plain(it: Analysis, selected: Sequence[Selected]) -> typed.Query:
    if it.query.having is not None:
        raise invalid("HAVING requires a GROUP BY clause.", it.query.having.span)
    known, calls = _table_functions(it, selected)
    values = _values(selected, replace(it.typer, known=known))
    may_lack = it.settings.is_on("ksql.new.query.planner.enabled")
    wanted = keys.plain(it.scope, it.side, it.query, selected, it.sink, may_lack=may_lack)
    parts = None
    if it.query.partition_by:
        parts = tuple(
            typed.Part(wanted[at].name, typed_in("PARTITION BY", it.typer, it.internal(node)), format.expression(node))
            for at, node in enumerate(it.query.partition_by)
            if not isinstance(node, ast.Null)
        )
    repartitions = parts is not None and not _is_present_key(it, it.query.partition_by)
    if repartitions and it.side.window is not None:
        raise invalid(joins.REPARTITION)
    schema, items = _projection(it, selected, values, wanted)
    return typed.Query(
        source=it.side.tree,
        items=items,
        schema=schema,
        kind=it.side.kind,
        partition_by=parts if repartitions or parts == () else None,
        table_functions=calls,
        key_window=it.side.window,
        repartitions=repartitions,
    )


def _is_present_key(it: Analysis, nodes: Sequence[ast.Expression]) -> bool:
    if it.scope.is_join:
        key = it.side.key
        return key is not None and len(nodes) == 1 and nodes[0] in key.viable
    one = it.scope.sources[0]
    return [ast.Name(column.name, one.alias) for column in one.source.schema.key] == list(nodes)


def _table_functions(it: Analysis, selected: Sequence[Selected]) -> tuple[Mapping[ast.Expression, typed.Expr], tuple[typed.TableCall, ...]]:
    functions = it.settings.functions
    known: dict[ast.Expression, typed.Expr] = {}
    calls: list[typed.TableCall] = []
    for item in selected:
        for call in trees.calls(item.internal):
            if not functions.is_table(call.name) or call in known:
                continue
            _check_table_call(it, item.internal, call)
            args = [typed_in("SELECT", it.typer, arg) for arg in call.args]
            try:
                bound = functions.table(call.name, [arg.type for arg in args])
            except Problem as problem:
                raise invalid(problem.what, call.span) from None
            given = tuple(convert(arg, wanted) for arg, wanted in zip(args, bound.parameters, strict=True))
            known[call] = typed.TableRef(bound.returns, len(calls))
            calls.append(typed.TableCall(bound, given, format.expression(call)))
    return known, tuple(calls)


def _check_table_call(it: Analysis, whole: ast.Expression, call: ast.Call) -> None:
    functions = it.settings.functions
    if it.side.kind == "TABLE":
        raise invalid("Table source is not supported with table functions")
    for inner in trees.calls(call):
        if inner is not call and functions.is_table(inner.name):
            outer, nested = types.quoted(call.name), types.quoted(inner.name)
            raise invalid(f"Table functions cannot be nested: {outer}({nested}())", call.span)
    for node in trees.walk(whole):
        if isinstance(node, ast.Case) and any(inner == call for inner in trees.calls(node)):
            raise invalid(f"Table functions cannot be used in CASE: {format.expression(node)}", call.span)


# — with GROUP BY ————————————————————————————————————————————————————————————


def _grouped(it: Analysis, selected: Sequence[Selected]) -> typed.Query:
    query, functions = it.query, it.settings.functions
    group_by = [it.internal(node) for node in query.group_by]
    aggregation.check_group_by(group_by, query.group_by, functions)
    having = it.internal(query.having) if query.having is not None else None
    if any(functions.is_table(call.name) for item in selected for call in trees.calls(item.internal)):
        raise invalid("Table functions cannot be used with aggregations.")
    everything = [*(item.internal for item in selected), *((having,) if having is not None else ())]
    if not aggregation.is_aggregated(everything, functions):
        raise invalid("GROUP BY requires aggregate functions in either the SELECT or HAVING clause.")
    found = aggregation.analyze(selected, having, group_by, it.typer, query.window is not None)
    aggregation.check_rules(selected, having, group_by, found)
    if it.is_persistent and not group_by:
        texts = ", ".join(_with_default(one) for one in found.aggregates)
        raise invalid(f"CREATE TABLE AS SELECT statement does not support aggregate function [{texts}] without a GROUP BY clause.")
    if it.side.kind == "TABLE":
        aggregation.check_undo(found.aggregates)
    if it.is_persistent:
        aggregation.check_state(found.aggregates, it.scope.sources[0].source.value_format)
    return _aggregated(it, selected, group_by, having, found)


def _with_default(one: typed.Aggregated) -> str:
    return one.text.replace("(*)", "(ROWTIME)")


def _aggregated(
    it: Analysis, selected: Sequence[Selected], group_by: Sequence[ast.Expression], having: ast.Expression | None, found: Aggregation
) -> typed.Query:
    query = it.query
    typer = replace(it.typer, known=found.known)
    window = aggregation.window(query.window, query.emit) if query.window is not None else None
    values = _values(selected, typer)
    wanted = keys.grouped(group_by, selected, it.sink)
    parts = tuple(
        typed.Part(wanted[at].name if it.is_persistent else f"KSQL_COL_{at}", typed_in("GROUP BY", it.typer, node), format.expression(node))
        for at, node in enumerate(group_by)
    )
    repartitions = not _is_present_key(it, query.group_by)
    if repartitions and it.side.window is not None:
        raise invalid(joins.REPARTITION)
    condition_ = condition("HAVING", typer, having) if having is not None else None
    schema, items = _projection(it, selected, values, wanted)
    return typed.Query(
        source=it.side.tree,
        items=items,
        schema=schema,
        kind="TABLE",
        group_by=parts,
        aggregates=found.aggregates,
        window=window,
        having=condition_,
        key_window=_key_window(window) or it.side.window,
        repartitions=repartitions,
    )


def _key_window(window: typed.Window | None) -> KeyWindow | None:
    return None if window is None else KeyWindow(window.kind, None if window.kind == "SESSION" else window.size_ms)


# — the result ———————————————————————————————————————————————————————————————


def _values(selected: Sequence[Selected], typer: Typer) -> list[typed.Expr]:
    """Return the items typed; NULL alone has no type."""
    values = [typed_in("SELECT", typer, item.internal) for item in selected]
    for item, value in zip(selected, values, strict=True):
        if value.type == types.NULL:
            words = "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR)."
            raise invalid(words, item.qualified.span)
    return values


def _projection(
    it: Analysis, selected: Sequence[Selected], values: Sequence[typed.Expr], wanted: Sequence[keys.Wanted]
) -> tuple[Schema, tuple[typed.Item, ...]]:
    """Return the columns of the result and what fills them: keys first, in the key's order."""
    by_alias = {}
    keyed = {one.name: None for one in wanted} if it.is_persistent else {}
    for item, value in zip(selected, values, strict=True):
        if item.alias in by_alias:
            raise invalid(f"Duplicate column names: {types.quoted(item.alias)}")
        place = "KEY" if item.alias in keyed else "VALUE"
        by_alias[item.alias] = typed.Item(item.alias, value, "KEY" if place == "KEY" else "VALUE", format.expression(item.internal))
    items = [by_alias[name] for name in keyed] + [item for item in by_alias.values() if item.place == "VALUE"]
    if it.is_persistent and len(items) == len(keyed):
        raise invalid("The projection contains no value columns.")
    return Schema(tuple(Column(item.name, item.expression.type, item.place) for item in items)), tuple(items)

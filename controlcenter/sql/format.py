"""Trees → text. Law: `parse(script(t)) == t`; expressions come fully bracketed, as ksqlDB prints them in its messages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from controlcenter.sql import ast, lexer


def name(text: str) -> str:
    """Return a name as it must be written to be read as itself."""
    return "`" + text.replace("`", "``") + "`" if lexer.needs_quotes(text) else text


def string(text: str) -> str:
    """Return a string literal."""
    return "'" + text.replace("'", "''") + "'"


def script(statements: tuple[ast.Statement, ...]) -> str:
    """Return statements as a script, one after the other."""
    return "".join(f"{statement(one)};\n" for one in statements)


# — expressions ———————————————————————————————————————————————————————————————


def expression(node: ast.Expression) -> str:
    """Return an expression in ksqlDB's bracketed form: `((A + 1) * B)`."""
    return _EXPRESSIONS[type(node)](node)


def _list(nodes: tuple[ast.Expression, ...]) -> str:
    return ", ".join(map(expression, nodes))


def _double(node: ast.Double) -> str:
    number = Decimal(repr(node.value)).normalize()
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits))
    point = len(text) - 1 + int(exponent)
    return f"{'-' if sign else ''}{text[0]}{'.' + text[1:] if len(text) > 1 else ''}E{0 if text == '0' else point}"


def _exact(node: ast.Exact) -> str:
    text = f"{node.value:f}"
    return text if "." in text else f"{text}."


def _call(node: ast.Call) -> str:
    star = node.name == "COUNT" and not node.args
    return f"{name(node.name)}({'*' if star else _list(node.args)})"


def _case(node: ast.Case) -> str:
    operand = f" {expression(node.operand)}" if node.operand is not None else ""
    whens = "".join(f" WHEN {expression(when.condition)} THEN {expression(when.result)}" for when in node.whens)
    otherwise = f" ELSE {expression(node.otherwise)}" if node.otherwise is not None else ""
    return f"(CASE{operand}{whens}{otherwise} END)"


def _lambda(node: ast.Lambda) -> str:
    names = [name(parameter) for parameter in node.parameters]
    return f"{names[0] if len(names) == 1 else '(' + ', '.join(names) + ')'} => {expression(node.body)}"


def _like(node: ast.Like) -> str:
    escape = f" ESCAPE {string(node.escape)}" if node.escape is not None else ""
    return f"({expression(node.value)} LIKE {expression(node.pattern)}{escape})"


def _signed(sign: str, value: ast.Expression) -> str:
    text = expression(value)
    # a sign before digits would be read as theirs, and `--` as a comment
    return f"{sign}({text})" if text[0] in "+-.0123456789" else f"{sign}{text}"


def _base(node: ast.Expression) -> str:
    text = expression(node)
    return f"({text})" if isinstance(node, ast.Negative | ast.Positive | ast.Lambda) else text


def _map(node: ast.MapOf) -> str:
    return f"MAP({', '.join(f'{expression(key)}:={expression(value)}' for key, value in node.entries)})"


def _struct(node: ast.StructOf) -> str:
    return f"STRUCT({', '.join(f'{name(field)}:={expression(value)}' for field, value in node.fields)})"


_EXPRESSIONS: dict[type, Callable[[Any], str]] = {
    ast.Null: lambda n: "null",
    ast.Boolean: lambda n: "true" if n.value else "false",
    ast.Integer: lambda n: str(n.value),
    ast.Long: lambda n: str(n.value),
    ast.Exact: _exact,
    ast.Double: _double,
    ast.String: lambda n: string(n.value),
    ast.Unit: lambda n: n.name,
    ast.Name: lambda n: f"{name(n.source)}.{name(n.name)}" if n.source is not None else name(n.name),
    ast.Negative: lambda n: _signed("-", n.value),
    ast.Positive: lambda n: _signed("+", n.value),
    ast.Arithmetic: lambda n: f"({expression(n.left)} {n.op} {expression(n.right)})",
    ast.Comparison: lambda n: f"({expression(n.left)} {n.op} {expression(n.right)})",
    ast.Logical: lambda n: f"({expression(n.left)} {n.op} {expression(n.right)})",
    ast.Not: lambda n: f"(NOT {expression(n.value)})",
    ast.IsNull: lambda n: f"({expression(n.value)} IS {'NOT ' if n.negated else ''}NULL)",
    ast.Between: lambda n: f"({expression(n.value)} BETWEEN {expression(n.low)} AND {expression(n.high)})",
    ast.In: lambda n: f"({expression(n.value)} IN ({_list(n.items)}))",
    ast.Like: _like,
    ast.AtTimeZone: lambda n: f"{_base(n.value)} AT TIME ZONE {expression(n.zone)}",
    ast.Case: _case,
    ast.Cast: lambda n: f"CAST({expression(n.value)} AS {type_name(n.type)})",
    ast.Subscript: lambda n: f"{_base(n.base)}[{expression(n.index)}]",
    ast.FieldOf: lambda n: f"{_base(n.base)}->{name(n.name)}",
    ast.Call: _call,
    ast.Lambda: _lambda,
    ast.ArrayOf: lambda n: f"ARRAY[{_list(n.items)}]",
    ast.MapOf: _map,
    ast.StructOf: _struct,
}


def type_name(node: ast.TypeName) -> str:
    """Return a type as written, in ksqlDB's spacing."""
    if node.name in ("ARRAY", "MAP") and node.args:
        return f"{node.name}<{', '.join(map(type_name, node.args))}>"
    if node.name == "STRUCT" and (node.args or not node.digits):
        return f"STRUCT<{', '.join(f'{name(f)} {type_name(t)}' for f, t in zip(node.fields, node.args, strict=True))}>"
    if node.digits:
        return f"DECIMAL({node.digits[0]}, {node.digits[1]})"
    return name(node.name)


# — queries ———————————————————————————————————————————————————————————————————


def duration(node: ast.Duration) -> str:
    return f"{node.amount} {node.unit}S"


def query(node: ast.Query) -> str:
    """Return a query, one clause a line."""
    lines = ["SELECT\n" + ",\n".join(f"  {_item(item)}" for item in node.items), f"FROM {_relation(node.source)}"]
    lines += [_join(join) for join in node.joins]
    if node.window is not None:
        lines.append(f"WINDOW {_window(node.window)}")
    if node.where is not None:
        lines.append(f"WHERE {expression(node.where)}")
    if node.group_by:
        lines.append(f"GROUP BY {_list(node.group_by)}")
    if node.partition_by:
        lines.append(f"PARTITION BY {_list(node.partition_by)}")
    if node.having is not None:
        lines.append(f"HAVING {expression(node.having)}")
    if node.emit is not None:
        lines.append(f"EMIT {node.emit}")
    if node.limit is not None:
        lines.append(f"LIMIT {node.limit}")
    return "\n".join(lines)


def _item(item: ast.Item | ast.Star) -> str:
    if isinstance(item, ast.Star):
        return f"{name(item.source)}.*" if item.source is not None else "*"
    text = expression(item.expression)
    if item.expands:
        return f"{_base(item.expression)}->*"
    return f"{text} {_alias(item.alias)}" if item.alias is not None else text


def _alias(alias: str) -> str:
    """Return an alias without AS, in quotes where the word would begin something else."""
    return f"`{alias}`" if alias in ("EMIT", "PARTITION", "ESCAPE", "AS") else name(alias)


def _relation(node: ast.Relation) -> str:
    return f"{name(node.name)} {_alias(node.alias)}"


def _join(node: ast.Join) -> str:
    words = {"INNER": "INNER JOIN", "LEFT": "LEFT OUTER JOIN", "RIGHT": "RIGHT OUTER JOIN", "FULL": "FULL OUTER JOIN"}[node.kind]
    within = f" WITHIN {_within(node.within)}" if node.within is not None else ""
    return f"{words} {_relation(node.right)}{within} ON ({expression(node.on)})"


def _within(node: ast.Within) -> str:
    span = duration(node.before) if node.before == node.after else f"({duration(node.before)}, {duration(node.after)})"
    return span + (f" GRACE PERIOD {duration(node.grace)}" if node.grace is not None else "")


def _window(node: ast.Window) -> str:
    parts = [duration(node.size) if node.kind == "SESSION" else f"SIZE {duration(node.size)}"]
    if node.advance is not None:
        parts.append(f"ADVANCE BY {duration(node.advance)}")
    if node.retention is not None:
        parts.append(f"RETENTION {duration(node.retention)}")
    if node.grace is not None:
        parts.append(f"GRACE PERIOD {duration(node.grace)}")
    return f"{node.kind} ( {', '.join(parts)} )"


# — statements ————————————————————————————————————————————————————————————————


def statement(node: ast.Statement) -> str:
    """Return a statement without its `;`."""
    return _STATEMENTS[type(node)](node)


def _with(properties: tuple[ast.Property, ...]) -> str:
    return f" WITH ({', '.join(f'{name(p.name)}={expression(p.value)}' for p in properties)})" if properties else ""


def _column(node: ast.ColumnDef) -> str:
    place = f" HEADER({string(node.header)})" if node.header is not None else f" {node.place}" if node.place else ""
    return f"{name(node.name)} {type_name(node.type)}{place}"


def _create(node: ast.CreateSource) -> str:
    columns = f" ({', '.join(map(_column, node.columns))})" if node.columns else ""
    words = f"CREATE {'OR REPLACE ' if node.replace else ''}{'SOURCE ' if node.is_source else ''}{node.kind}"
    return f"{words}{' IF NOT EXISTS' if node.if_not_exists else ''} {name(node.name)}{columns}{_with(node.properties)}"


def _create_as(node: ast.CreateAs) -> str:
    words = f"CREATE {'OR REPLACE ' if node.replace else ''}{node.kind}{' IF NOT EXISTS' if node.if_not_exists else ''}"
    return f"{words} {name(node.name)}{_with(node.properties)} AS {query(node.query)}"


def _values(node: ast.InsertValues) -> str:
    columns = f" ({', '.join(map(name, node.columns))})" if node.columns else ""
    return f"INSERT INTO {name(node.name)}{columns} VALUES ({_list(node.values)})"


def _drop(node: ast.DropSource) -> str:
    return f"DROP {node.kind}{' IF EXISTS' if node.if_exists else ''} {name(node.name)}{' DELETE TOPIC' if node.delete_topic else ''}"


def _alter(node: ast.AlterSource) -> str:
    return f"ALTER {node.kind} {name(node.name)} {', '.join(f'ADD COLUMN {_column(c)}' for c in node.columns)}"


def _print(node: ast.Print) -> str:
    parts = [f"PRINT {string(node.topic)}"]
    if node.from_beginning:
        parts.append("FROM BEGINNING")
    if node.interval is not None:
        parts.append(f"INTERVAL {node.interval}")
    if node.limit is not None:
        parts.append(f"LIMIT {node.limit}")
    return " ".join(parts)


def _describe(node: ast.Describe) -> str:
    words = {"SOURCE": ""}.get(node.what, f" {node.what}")
    return f"DESCRIBE{words}{' ' + name(node.name) if node.name else ''}{' EXTENDED' if node.extended else ''}"


def _explain(node: ast.Explain) -> str:
    return f"EXPLAIN {statement(node.statement) if node.statement is not None else name(node.query_id or '')}"


def _timeout(node: ast.AssertTopic | ast.AssertSchema) -> str:
    return f" TIMEOUT {duration(node.timeout)}" if node.timeout is not None else ""


def _assert_topic(node: ast.AssertTopic) -> str:
    return f"ASSERT{'' if node.exists else ' NOT EXISTS'} TOPIC {string(node.topic)}{_with(node.properties)}{_timeout(node)}"


def _assert_schema(node: ast.AssertSchema) -> str:
    subject = f" SUBJECT {string(node.subject)}" if node.subject is not None else ""
    number = f" ID {node.id}" if node.id is not None else ""
    return f"ASSERT{'' if node.exists else ' NOT EXISTS'} SCHEMA{subject}{number}{_timeout(node)}"


def _assert_values(node: ast.AssertValues) -> str:
    columns = f" ({', '.join(map(name, node.columns))})" if node.columns else ""
    words = ("NULL VALUES", "KEY") if node.is_tombstone else ("VALUES", "VALUES")
    return f"ASSERT {words[0]} {name(node.name)}{columns} {words[1]} ({_list(node.values)})"


def _assert_source(node: ast.AssertSource) -> str:
    columns = f" ({', '.join(map(_column, node.columns))})" if node.columns else ""
    return f"ASSERT {node.kind} {name(node.name)}{columns}{_with(node.properties)}"


def _connector(node: ast.CreateConnector) -> str:
    unless = " IF NOT EXISTS" if node.if_not_exists else ""
    return f"CREATE {node.kind} CONNECTOR{unless} {name(node.name)}{_with(node.properties)}"


_STATEMENTS: dict[type, Callable[[Any], str]] = {
    ast.AlterSource: _alter,
    ast.AlterSystem: lambda n: f"ALTER SYSTEM {string(n.name)}={string(n.value)}",
    ast.AssertSchema: _assert_schema,
    ast.AssertSource: _assert_source,
    ast.AssertTopic: _assert_topic,
    ast.AssertValues: _assert_values,
    ast.Control: lambda n: f"{n.action} {name(n.query_id) if n.query_id is not None else 'ALL'}",
    ast.CreateAs: _create_as,
    ast.CreateConnector: _connector,
    ast.CreateSource: _create,
    ast.CreateType: lambda n: f"CREATE TYPE{' IF NOT EXISTS' if n.if_not_exists else ''} {name(n.name)} AS {type_name(n.type)}",
    ast.Define: lambda n: f"DEFINE {name(n.name)}={string(n.value)}",
    ast.Describe: _describe,
    ast.DropConnector: lambda n: f"DROP CONNECTOR{' IF EXISTS' if n.if_exists else ''} {name(n.name)}",
    ast.DropSource: _drop,
    ast.DropType: lambda n: f"DROP TYPE{' IF EXISTS' if n.if_exists else ''} {name(n.name)}",
    ast.Explain: _explain,
    ast.InsertInto: lambda n: f"INSERT INTO {name(n.name)}{_with(n.properties)} {query(n.query)}",
    ast.InsertValues: _values,
    ast.Print: _print,
    ast.RunScript: lambda n: f"RUN SCRIPT {string(n.path)}",
    ast.Select: lambda n: query(n.query),
    ast.SetProperty: lambda n: f"SET {string(n.name)}={string(n.value)}",
    ast.Show: lambda n: f"SHOW {n.what}{' EXTENDED' if n.extended else ''}",
    ast.Undefine: lambda n: f"UNDEFINE {name(n.name)}",
    ast.UnsetProperty: lambda n: f"UNSET {string(n.name)}",
}

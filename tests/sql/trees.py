"""Hypothesis strategies for syntax trees: everything the parser can give, made from the leaves up."""

from hypothesis import strategies as st

from controlcenter.sql import ast

names = st.one_of(
    st.sampled_from(
        ["A", "RIDES", "VENDOR_ID", "KEY", "DATE", "TYPE", "ARRAY", "EMIT", "SELECT", "FROM", "END", "1A", "a`b", "ä", "x y", "DAY"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6),
)
source_names = st.sampled_from(["A", "RIDES", "rides", "T_1", "my-topic", "TABLE"])
literals = st.one_of(
    st.just(ast.Null()),
    st.booleans().map(ast.Boolean),
    st.integers(-(2**31), 2**31 - 1).map(ast.Integer),
    st.integers(2**31, 2**63 - 1).map(ast.Long),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1000, max_value=1000).map(ast.Exact),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x != 0).map(ast.Double),
    st.text(max_size=8).map(ast.String),
)
columns = st.builds(ast.Name, names, st.none() | names)
primitive_types = st.sampled_from(
    ["BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "STRING", "BYTES", "DATE", "TIME", "TIMESTAMP", "ADDRESS"]
).map(ast.TypeName)
decimal_types = st.builds(lambda p, s: ast.TypeName("DECIMAL", digits=(p, min(p, s))), st.integers(1, 40), st.integers(0, 10))


def _nested_types(inner):
    fields = st.lists(st.tuples(names, inner), max_size=3)
    return st.one_of(
        inner.map(lambda t: ast.TypeName("ARRAY", (t,))),
        st.tuples(inner, inner).map(lambda pair: ast.TypeName("MAP", pair)),
        fields.map(lambda fs: ast.TypeName("STRUCT", tuple(t for _, t in fs), tuple(n for n, _ in fs))),
    )


type_names = st.recursive(primitive_types | decimal_types, _nested_types, max_leaves=4)
OPERATORS = ["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]


def _calls(inner):
    arguments = st.one_of(
        inner,
        st.sampled_from(["DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS"]).map(ast.Unit),
        st.builds(ast.Lambda, st.lists(names, min_size=1, max_size=3).map(tuple), inner),
    )
    return st.builds(ast.Call, st.sampled_from(["COUNT", "ABS", "f", "REPLACE", "DATE"]), st.lists(arguments, max_size=3).map(tuple))


def _nested(inner):
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    whens = st.lists(st.builds(ast.When, inner, inner), min_size=1, max_size=2).map(tuple)
    signed = inner.filter(lambda e: not isinstance(e, ast.Integer | ast.Long | ast.Exact | ast.Double))
    return st.one_of(
        st.builds(ast.Arithmetic, st.sampled_from("+-*/%"), inner, inner),
        st.builds(ast.Comparison, st.sampled_from(OPERATORS), inner, inner),
        st.builds(ast.Logical, st.sampled_from(["AND", "OR"]), inner, inner),
        st.builds(ast.Not, inner),
        st.builds(ast.Negative, signed),
        st.builds(ast.Positive, signed),
        st.builds(ast.IsNull, inner, st.booleans()),
        st.builds(ast.Between, inner, inner, inner),
        st.builds(ast.In, inner, some),
        st.builds(ast.Like, inner, inner, st.none() | st.sampled_from(["!", "'", "\\"])),
        st.builds(ast.Case, st.none() | inner, whens, st.none() | inner),
        st.builds(ast.Cast, inner, type_names),
        st.builds(ast.Subscript, inner, inner),
        st.builds(ast.FieldOf, inner, names),
        _calls(inner),
        some.map(ast.ArrayOf),
        st.lists(st.tuples(inner, inner), max_size=2).map(tuple).map(ast.MapOf),
        st.lists(st.tuples(names, inner), max_size=2).map(tuple).map(ast.StructOf),
    )


expressions = st.recursive(literals | columns, _nested, max_leaves=8)
durations = st.builds(ast.Duration, st.integers(0, 10_000), st.sampled_from(["DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"]))
relations = source_names.flatmap(lambda name: st.builds(ast.Relation, st.just(name), st.just(name) | names))
items = st.one_of(
    st.builds(ast.Star, st.none() | names),
    st.builds(ast.Item, expressions, st.none() | names),
    st.builds(ast.Item, columns, st.none(), st.just(True)),
)
withins = st.builds(ast.Within, durations, durations, st.none() | durations)
joins = st.builds(ast.Join, st.sampled_from(["INNER", "LEFT", "RIGHT", "FULL"]), relations, st.none() | withins, expressions)
windows = st.sampled_from(["TUMBLING", "HOPPING", "SESSION"]).flatmap(
    lambda kind: st.builds(
        ast.Window, st.just(kind), durations, durations if kind == "HOPPING" else st.none(), st.none() | durations, st.none() | durations
    )
)
keys = st.lists(expressions, max_size=2).map(tuple)
queries = st.builds(
    ast.Query,
    st.lists(items, min_size=1, max_size=3).map(tuple),
    relations,
    st.lists(joins, max_size=1).map(tuple),
    st.none() | windows,
    st.none() | expressions,
    keys,
    keys,
    st.none() | expressions,
    st.sampled_from([None, "CHANGES", "FINAL"]),
    st.none() | st.integers(0, 1000),
)
properties = st.lists(st.builds(ast.Property, st.sampled_from(["KAFKA_TOPIC", "VALUE_FORMAT", "PARTITIONS"]), literals), max_size=2).map(
    tuple
)
definitions = st.builds(ast.ColumnDef, names, type_names, st.sampled_from(["", "KEY", "PRIMARY KEY", "HEADERS"]))
header = st.builds(lambda name, key: ast.ColumnDef(name, ast.TypeName("BYTES"), "HEADERS", key), names, st.text(max_size=4))
kinds = st.sampled_from(["STREAM", "TABLE"])
statements = st.one_of(
    st.builds(
        ast.CreateSource,
        kinds,
        source_names,
        st.lists(definitions | header, max_size=3).map(tuple),
        properties,
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(ast.CreateAs, kinds, source_names, queries, properties, st.booleans(), st.booleans()),
    st.builds(ast.InsertInto, names, queries, properties),
    st.builds(ast.InsertValues, names, st.lists(names, max_size=2).map(tuple), st.lists(expressions, max_size=2).map(tuple)),
    st.builds(ast.Select, queries),
    st.builds(ast.DropSource, kinds, names, st.booleans(), st.booleans()),
    st.builds(ast.AlterSource, kinds, names, st.lists(st.builds(ast.ColumnDef, names, type_names), min_size=1, max_size=2).map(tuple)),
    st.builds(ast.CreateType, names, type_names, st.booleans()),
    st.builds(ast.DropType, names, st.booleans()),
    st.builds(ast.Print, names, st.booleans(), st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)),
    st.builds(ast.Show, st.sampled_from(["STREAMS", "TABLES", "TOPICS", "ALL TOPICS", "QUERIES"]), st.booleans()),
    st.builds(ast.Show, st.sampled_from(["FUNCTIONS", "TYPES", "VARIABLES", "PROPERTIES", "SINK CONNECTORS", "CONNECTOR PLUGINS"])),
    st.builds(ast.Describe, st.just("SOURCE"), names, st.booleans()),
    st.builds(ast.Describe, st.sampled_from(["FUNCTION", "CONNECTOR"]), names),
    st.builds(ast.Explain, st.none(), st.builds(ast.Select, queries)),
    st.builds(ast.SetProperty, st.text(max_size=5), st.text(max_size=5)),
    st.builds(ast.UnsetProperty, st.text(max_size=5)),
    st.builds(ast.Define, names, st.text(max_size=5)),
    st.builds(ast.Undefine, names),
    st.builds(ast.AlterSystem, st.text(max_size=5), st.text(max_size=5)),
    st.builds(ast.AssertTopic, names, st.booleans(), properties, st.none() | durations),
    st.builds(ast.AssertSchema, st.none() | names, st.none() | st.integers(0, 99), st.booleans(), st.none() | durations),
    st.builds(ast.CreateConnector, st.sampled_from(["SOURCE", "SINK"]), names, properties, st.booleans()),
    st.builds(ast.DropConnector, names, st.booleans()),
)

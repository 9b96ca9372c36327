"""What may stand at the cursor: keywords, sources, columns, functions with their signatures, properties and formats.

The same lexer as the parser's, and no parser: a statement that is being written is never whole. Only the statement
around the cursor is looked at; its sources give the columns, wherever FROM stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from controlcenter.sql import analyze_formats, analyze_properties, format, lexer, names, types
from controlcenter.sql.catalog import Catalog, Source
from controlcenter.sql.functions import registry
from controlcenter.sql.functions.registry import BUILTIN, Registry
from controlcenter.sql.lexer import Token

Sort = Literal["keyword", "source", "column", "field", "function", "property", "value", "type"]
_STATEMENTS = (
    *("SELECT", "CREATE STREAM", "CREATE TABLE", "INSERT INTO", "DESCRIBE", "EXPLAIN", "PRINT", "SHOW STREAMS", "SHOW TABLES"),
    *("SHOW TOPICS", "SHOW QUERIES", "SHOW FUNCTIONS", "DROP STREAM", "DROP TABLE", "TERMINATE", "PAUSE", "RESUME", "SET", "UNSET"),
    *("DEFINE", "UNDEFINE", "ALTER STREAM", "ALTER TABLE", "CREATE TYPE", "DROP TYPE"),
)
_SOURCE_WORDS = frozenset(("FROM", "JOIN", "INTO", "DESCRIBE"))  # a source follows
_EXPRESSION_WORDS = frozenset(
    ("SELECT", "WHERE", "HAVING", "ON", "BY", "AND", "OR", "NOT", "WHEN", "THEN", "ELSE", "CASE", "BETWEEN", "IN")
)
_AFTER_SOURCE = (
    *("WHERE", "GROUP BY", "PARTITION BY", "HAVING", "EMIT CHANGES", "EMIT FINAL", "LIMIT", "WINDOW TUMBLING", "WINDOW HOPPING"),
    *("WINDOW SESSION", "JOIN", "LEFT JOIN", "FULL JOIN", "WITHIN", "ON", "AS"),
)
_AFTER_EXPRESSION = (
    *("FROM", "AS", "AND", "OR", "IN", "LIKE", "BETWEEN", "IS NULL", "IS NOT NULL", "GROUP BY", "PARTITION BY", "HAVING"),
    *("EMIT CHANGES", "EMIT FINAL", "LIMIT", "THEN", "ELSE", "END"),
)
_WORDS_OF_EXPRESSIONS = ("CASE", "CAST", "NOT", "NULL", "TRUE", "FALSE", "ARRAY", "MAP", "STRUCT", "DISTINCT")
_SYSTEM = {
    "ROWTIME": "event time, ms since 1970",
    "ROWPARTITION": "partition of the record",
    "ROWOFFSET": "offset of the record",
    "WINDOWSTART": "start of the window, ms since 1970",
    "WINDOWEND": "end of the window, ms since 1970",
}
_WINDOW_TYPES = ("TUMBLING", "HOPPING", "SESSION")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A piece of text that may replace `text[start:end]` of the completion.

    label   what the list shows; `insert` what is written (quoted where it must be)
    detail  its type, its kind, or the signatures of a function, one a line
    """

    label: str
    insert: str
    sort: Sort
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """Suggestions for the word between `start` and `end`, the likeliest first; empty inside comments and texts."""

    start: int
    end: int
    suggestions: tuple[Suggestion, ...]


def at(text: str, cursor: int, catalog: Catalog, functions: Registry = BUILTIN) -> Completion:
    """Return what may stand at a place of the text. The catalog decides what is known, so what may not be seen is not in it."""
    found = list(lexer.tokens(text))
    inside = next((t for t in found if t.start < cursor < t.end or (cursor == t.end and t.kind in ("word", "quoted", "unknown"))), None)
    if inside is not None and inside.kind == "comment":
        return Completion(cursor, cursor, ())
    statement, before = _around(found, cursor, inside)
    if inside is not None and inside.kind == "string":
        return _in_string(inside, before)
    start, end = (inside.start, inside.end) if inside is not None and inside.kind in ("word", "quoted") else (cursor, cursor)
    typed_so_far = text[start:cursor].lstrip('`"').upper()
    options = _options(before, statement, catalog, functions)
    fitting = [one for one in options if typed_so_far in one.label.upper()]
    fitting.sort(key=lambda one: not one.label.upper().startswith(typed_so_far))
    return Completion(start, end, tuple(fitting))


def signatures(name: str, functions: Registry = BUILTIN) -> tuple[str, ...]:
    """Return how a function is called, one text a signature; empty for an unknown name."""
    if not functions.is_known(name):
        return ()
    function = functions.find(name)
    return tuple(registry.text(function.name, signature) for signature in function.signatures)


def _around(found: Sequence[Token], cursor: int, inside: Token | None) -> tuple[list[Token], list[Token]]:
    """Return the tokens of the statement around the cursor, and those of them before the word at the cursor."""
    plain = [t for t in found if t.kind not in ("space", "comment")]
    first = max((at + 1 for at, t in enumerate(plain) if t.word == ";" and t.end <= cursor), default=0)
    last = next((at for at, t in enumerate(plain) if t.word == ";" and t.start >= cursor), len(plain))
    statement = plain[first:last]
    limit = inside.start if inside is not None else cursor
    return statement, [t for t in statement if t.end <= limit and t is not inside]


# — where the cursor is ——————————————————————————————————————————————————————


def _options(before: Sequence[Token], statement: Sequence[Token], catalog: Catalog, functions: Registry) -> list[Suggestion]:
    """Return everything that may stand after these tokens."""
    if not before:
        return _keywords(_STATEMENTS)
    last = before[-1].word
    sources = _sources_of(statement, catalog)
    if last == "." and len(before) > 1:
        return _columns(sources.get(lexer.name_of(before[-2])))
    if last == "->":
        return _fields(before, sources)
    if _in_with(before):
        return _properties(before)
    if last in _SOURCE_WORDS or _follows_drop(before):
        return _sources(catalog)
    if last in ("STREAM", "TABLE") or (last == "AS" and before[0].word != "CREATE"):
        return []
    if _in_column_list(before):
        return _types(catalog)
    if (
        last in _EXPRESSION_WORDS
        or last in (",", "(", "[")
        or last in ("=", "<", ">", "<=", ">=", "<>", "+", "-", "*", "/", "||", "=>", ":=")
    ):
        return [*_all_columns(sources), *_functions(functions), *_keywords(_WORDS_OF_EXPRESSIONS)]
    if last == "AS":
        return _keywords(("SELECT",))
    if last == "SHOW" or last == "LIST":
        return _keywords(("STREAMS", "TABLES", "TOPICS", "QUERIES", "FUNCTIONS", "PROPERTIES", "TYPES", "VARIABLES", "CONNECTORS"))
    return _keywords(_AFTER_SOURCE if _after_from(before) else (*_AFTER_EXPRESSION, "WITH"))


def _follows_drop(before: Sequence[Token]) -> bool:
    words = [t.word for t in before if t.word not in ("IF", "EXISTS", "EXTENDED")]
    return words in (["DROP", "STREAM"], ["DROP", "TABLE"], ["ALTER", "STREAM"], ["ALTER", "TABLE"])


def _after_from(before: Sequence[Token]) -> bool:
    """Tell whether the last clause that began is FROM or JOIN."""
    begun = next((t.word for t in reversed(before) if t.word in _EXPRESSION_WORDS | {"FROM", "JOIN", "LIMIT", "EMIT"}), "")
    return begun in ("FROM", "JOIN")


def _in_with(before: Sequence[Token]) -> bool:
    return _open_after(before, "WITH")


def _in_column_list(before: Sequence[Token]) -> bool:
    """Tell whether a type follows: `CREATE … name (column`."""
    if before[0].word != "CREATE" or any(t.word in ("AS", "WITH") for t in before):
        return False
    opened = next((at for at, t in enumerate(before) if t.word == "("), None)
    return opened is not None and len(before) - 1 > opened and before[-1].word not in (",", "(", ")")


def _open_after(before: Sequence[Token], word: str) -> bool:
    depth = 0
    for at in range(len(before) - 1, 0, -1):
        depth += (before[at].word == ")") - (before[at].word == "(")
        if depth < 0:
            return before[at - 1].word == word
    return False


# — what there is ————————————————————————————————————————————————————————————


def _keywords(words: Iterable[str]) -> list[Suggestion]:
    return [Suggestion(word, word, "keyword") for word in words]


def _sources(catalog: Catalog) -> list[Suggestion]:
    return [Suggestion(name, format.name(name), "source", source.kind.lower()) for name, source in sorted(catalog.sources.items())]


def _sources_of(statement: Sequence[Token], catalog: Catalog) -> dict[str, Source]:
    """Return the sources after FROM, JOIN and INTO of a statement, by the name they go by."""
    found: dict[str, Source] = {}
    for at, token in enumerate(statement[:-1]):
        if token.word not in ("FROM", "JOIN", "INTO"):
            continue
        source = catalog.source(lexer.name_of(statement[at + 1]))
        if source is None:
            continue
        rest = [t for t in statement[at + 2 : at + 4] if t.word != "AS"]
        alias = rest[0] if rest and rest[0].kind in ("word", "quoted") and rest[0].word not in lexer.KEYWORDS else None
        found[lexer.name_of(alias) if alias is not None else source.name] = source
    return found


def _columns(source: Source | None) -> list[Suggestion]:
    if source is None:
        return []
    windowed = names.WINDOW_NAMES if source.window is not None else frozenset()
    declared = [Suggestion(c.name, format.name(c.name), "column", f"{c.type}{' · key' if c.place == 'KEY' else ''}") for c in source.schema]
    system = [name for name in _SYSTEM if name not in names.WINDOW_NAMES or name in windowed]
    return declared + [Suggestion(name, name, "column", _SYSTEM[name]) for name in system]


def _all_columns(sources: dict[str, Source]) -> list[Suggestion]:
    """Return the columns of all sources; with their alias where several sources have one of that name."""
    if len(sources) < 2:
        return [one for source in sources.values() for one in _columns(source)]
    found: list[Suggestion] = []
    for alias, source in sources.items():
        for one in _columns(source):
            name = f"{format.name(alias)}.{one.insert}"
            found.append(Suggestion(f"{alias}.{one.label}", name, "column", one.detail))
    return found


def _fields(before: Sequence[Token], sources: dict[str, Source]) -> list[Suggestion]:
    """Return the fields of the struct before the last `->`."""
    path: list[str] = []
    at = len(before) - 1
    while at > 0 and before[at].word == "->":
        path.insert(0, lexer.name_of(before[at - 1]))
        at -= 2
    for source in sources.values():
        column = source.schema.find(path[0]) if path else None
        kind = column.type if column is not None else None
        for name in path[1:]:
            kind = kind.field(name) if isinstance(kind, types.Struct) else None
        if isinstance(kind, types.Struct):
            return [Suggestion(name, format.name(name), "field", str(inner)) for name, inner in kind.fields]
    return []


def _functions(functions: Registry) -> list[Suggestion]:
    return [
        Suggestion(one.name.upper(), f"{one.name.upper()}(", "function", "\n".join(signatures(one.name, functions)))
        for one in functions.all()
    ]


def _types(catalog: Catalog) -> list[Suggestion]:
    built_in = [*types.PRIMITIVES, "DECIMAL", "ARRAY", "MAP", "STRUCT"]
    made = [Suggestion(name, format.name(name), "type", str(kind)) for name, kind in catalog.types.items()]
    return [Suggestion(name, name, "type") for name in built_in] + made + _keywords(("KEY", "PRIMARY KEY", "HEADERS", "HEADER"))


def _properties(before: Sequence[Token]) -> list[Suggestion]:
    """Return the names of WITH, or the values of the one that is being set."""
    if before[-1].word == "=":
        return [Suggestion(value, f"'{value}'", "value") for value in _values(before[-2].word)]
    if before[-1].word not in ("(", ","):
        return []
    given = {t.word for t in before}
    return [Suggestion(name, f"{name}=", "property") for name in sorted(analyze_properties.CREATE - given)]


def _values(name: str) -> tuple[str, ...]:
    if name.endswith("FORMAT") and name != "TIMESTAMP_FORMAT":
        return tuple(sorted(analyze_formats.NAMES))
    return {"WINDOW_TYPE": _WINDOW_TYPES, "WRAP_SINGLE_VALUE": ("true", "false")}.get(name, ())


def _in_string(inside: Token, before: Sequence[Token]) -> Completion:
    """Return the values of a property whose text is being written."""
    if len(before) < 2 or before[-1].word != "=" or not _in_with(before):
        return Completion(inside.start, inside.end, ())
    found = tuple(Suggestion(value, f"'{value}'", "value") for value in _values(before[-2].word))
    return Completion(inside.start, inside.end, found)

"""Text → statements: recursive descent, one method a statement.

Law: `parse(format.script(parse(t))) == parse(t)`, and nothing but a `Problem` is raised, whatever the text.
"""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Literal, cast

from controlcenter.errors import Kind
from controlcenter.sql import ast, lexer
from controlcenter.sql.faults import Fault
from controlcenter.sql.parser_queries import Queries

# 200 levels of a tree (MAX_DEPTH) cost up to 1,500 frames in the deepest of the walks over it; since 3.11 Python keeps
# the frames of its own functions on the heap, so that this many are safe.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))

_SHOWN = ("FUNCTIONS", "PROPERTIES", "TYPES", "VARIABLES", "CONNECTORS")
_EXTENSIBLE = ("STREAMS", "TABLES", "TOPICS", "QUERIES")
Sources = Literal["STREAM", "TABLE"]


def parse(text: str, *, is_test_script: bool = False) -> tuple[ast.Statement, ...]:
    """Return the statements of a script. The `;` of the last one may be missing.

    is_test_script   ASSERT VALUES, ASSERT STREAM, RUN SCRIPT … are statements too
    """
    return _Parser(text, is_test_script).script()


def expression(text: str) -> ast.Expression:
    """Return the one expression that a text is: a filter over browsed rows, a column's definition."""
    parser = _Parser(text, False)
    found = parser.expression()
    if parser.token.kind != "end":
        raise parser.near()
    return found


def type_name(text: str) -> ast.TypeName:
    """Return the one type that a text names."""
    parser = _Parser(text, False)
    found = parser.type()
    if parser.token.kind != "end":
        raise parser.near()
    return found


def split(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each statement stands, `;` included: start and end in the text. Nothing is parsed, nothing refused."""
    found, start, end = [], None, 0
    for token in lexer.tokens(text):
        if token.kind in ("space", "comment"):
            continue
        start, end = token.start if start is None else start, token.end
        if token.word == ";":
            found.append((start, end))
            start = None
    return (*found, (start, end)) if start is not None else tuple(found)


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Return the text with `${name}` replaced, in quotes too; unknown ones stay.

    A value in '…' becomes a string literal, else it must be a name or a number: anything else could change what the
    statement is.
    """
    known = {name.upper(): value for name, value in variables.items()}
    pieces = []
    for token in lexer.tokens(text):
        if token.kind == "variable":
            pieces.append(_plain(token.text, known))
        elif token.kind in ("string", "quoted") and "${" in token.text:
            pieces.append(_inside(token.text, known))
        else:
            pieces.append(token.text)
    return "".join(pieces)


def _plain(written: str, known: Mapping[str, str]) -> str:
    value = known.get(written[2:-1].upper())
    if value is None:
        return written
    if re.fullmatch(r"'.*'", value, re.DOTALL):
        return "'" + value[1:-1].replace("''", "'").replace("'", "''") + "'"
    if not re.fullmatch(r"-?[0-9.]+([eE][+-]?[0-9]+)?|[A-Za-z0-9_][A-Za-z0-9_@]*|`[^`]*`|\"[^\"]*\"", value):
        raise Fault(Kind.INVALID, f"Got: '{value}' for {written}. A variable stands for a name, a number or a 'text'.")
    return value


def _inside(piece: str, known: Mapping[str, str]) -> str:
    quote = piece[0]

    def replaced(found: re.Match[str]) -> str:
        value = known.get(found[1].upper())
        if value is None:
            return found[0]
        bare = value[1:-1].replace("''", "'") if re.fullmatch(r"'.*'", value, re.DOTALL) else value
        return bare.replace(quote, quote * 2)

    return re.sub(r"\$\{([A-Za-z0-9_]+)\}", replaced, piece)


class _Parser(Queries):
    def __init__(self, text: str, is_test_script: bool) -> None:
        super().__init__(text)
        self.is_test_script = is_test_script

    def script(self) -> tuple[ast.Statement, ...]:
        found: list[ast.Statement] = []
        while self.token.kind != "end":
            if self.take(";"):
                continue
            found.append(self.statement())
            if self.token.kind != "end" and not self.take(";"):
                raise self.near()
        return tuple(found)

    def statement(self) -> ast.Statement:
        start = self.index
        reader = _STATEMENTS.get(self.token.word)
        if reader is None or (self.at("RUN") and not self.is_test_script):
            raise self.unknown_statement()
        if self.at("SELECT"):
            return ast.Select(self.query(), span=self.span(start))
        self.index += 1
        return reader(self, start)

    # — CREATE ———————————————————————————————————————————————————————————————

    def _create(self, start: int) -> ast.Statement:
        replace = self.take("OR", "REPLACE")
        if self.at("SOURCE", "SINK") and self.follows("CONNECTOR"):
            return self._connector(start)
        if self.take("TYPE"):
            unless = self.take("IF", "NOT", "EXISTS")
            name = self.name()
            self.expect("AS")
            return ast.CreateType(name, self.type(), unless, span=self.span(start))
        is_source = self.take("SOURCE")
        if not self.at("STREAM", "TABLE"):
            raise self.near()
        kind = cast(Sources, self.choose("STREAM", "TABLE"))
        unless = self.take("IF", "NOT", "EXISTS")
        name = self.name_of_source()
        columns = self._columns() if self.at("(") else ()
        properties = self.properties()
        if not columns and not is_source and self.take("AS"):
            query = self.query()
            return ast.CreateAs(kind, name, query, properties, replace, unless, span=self.span(start))
        return ast.CreateSource(kind, name, columns, properties, replace, is_source, unless, span=self.span(start))

    def name_of_source(self) -> str:
        start = self.index
        name = self.name()
        if not re.fullmatch(r"[A-Za-z0-9_-]*", name):
            place, words = self.span(start), "Source names may only contain alphanumeric values, '_' or '-'."
            what = f"Illegal argument at Line: {place.line}, Col: {place.column}. {words} Got: '{name}'"
            raise self.prepared(what, start)
        return name

    def _columns(self) -> tuple[ast.ColumnDef, ...]:
        self.expect("(")
        found: list[ast.ColumnDef] = []
        while not self.at(")") or found:
            found.append(self._column())
            if not self.take(","):
                break
        if not self.take(")"):
            raise self.fault("','", "')'")
        return tuple(found)

    def _column(self) -> ast.ColumnDef:
        start = self.index
        name = self.name()
        kind = self.type()
        place: Literal["", "KEY", "PRIMARY KEY", "HEADERS"] = ""
        header = None
        if self.take("PRIMARY", "KEY"):
            place = "PRIMARY KEY"
        elif self.take("KEY"):
            place = "KEY"
        elif self.take("HEADERS"):
            place = "HEADERS"
        elif self.take("HEADER"):
            place = "HEADERS"
            self.expect("(")
            header = self.string()
            self.expect(")")
        return ast.ColumnDef(name, kind, place, header, span=self.span(start))

    def _connector(self, start: int) -> ast.Statement:
        kind = cast(Literal["SOURCE", "SINK"], self.choose("SOURCE", "SINK"))
        self.expect("CONNECTOR")
        unless = self.take("IF", "NOT", "EXISTS")
        name = self.name()
        return ast.CreateConnector(kind, name, self.properties(), unless, span=self.span(start))

    # — what changes rows and sources ————————————————————————————————————————

    def _insert(self, start: int) -> ast.Statement:
        self.expect("INTO")
        name = self.name()
        if self.at("SELECT", "WITH"):
            properties = self.properties()
            return ast.InsertInto(name, self.query(), properties, span=self.span(start))
        columns = self._names() if self.at("(") else ()
        if not self.take("VALUES"):
            raise self.near()
        return ast.InsertValues(name, columns, self._values(), span=self.span(start))

    def _names(self) -> tuple[str, ...]:
        self.expect("(")
        names = [self.name()]
        while self.take(","):
            names.append(self.name())
        self.expect(")")
        return tuple(names)

    def _values(self) -> tuple[ast.Expression, ...]:
        self.expect("(")
        values = self._list(")")
        if not self.take(")"):
            raise self.fault("','", "')'")
        return tuple(values)

    def _drop(self, start: int) -> ast.Statement:
        if not self.at("STREAM", "TABLE", "TYPE", "CONNECTOR"):
            raise self.near()
        kind = self.choose("STREAM", "TABLE", "TYPE", "CONNECTOR")
        unless = self.take("IF", "EXISTS")
        name = self.name()
        if kind == "TYPE":
            return ast.DropType(name, unless, span=self.span(start))
        if kind == "CONNECTOR":
            return ast.DropConnector(name, unless, span=self.span(start))
        topic = self.take("DELETE", "TOPIC")
        return ast.DropSource(cast(Sources, kind), name, unless, topic, span=self.span(start))

    def _alter(self, start: int) -> ast.Statement:
        if self.take("SYSTEM"):
            name = self.string()
            self.expect("=")
            return ast.AlterSystem(name, self.string(), span=self.span(start))
        if not self.at("STREAM", "TABLE"):
            raise self.fault("'STREAM'", "'TABLE'", "'SYSTEM'")
        kind = cast(Sources, self.choose("STREAM", "TABLE"))
        name = self.name()
        added: list[ast.ColumnDef] = []
        while True:
            self.expect("ADD")
            if self.at("COLUMN") and self.tokens[self.index + 2].word not in (",", ";", "<EOF>", "("):
                self.index += 1
            first = self.index
            column = self.name()
            added.append(ast.ColumnDef(column, self.type(), span=self.span(first)))
            if not self.take(","):
                return ast.AlterSource(kind, name, tuple(added), span=self.span(start))

    # — looking ——————————————————————————————————————————————————————————————

    def _print(self, start: int) -> ast.Statement:
        token = self.token
        if token.kind == "word" and self.is_name(token):  # a topic is as written: Kafka tells case apart
            self.index += 1
            topic = token.text
        else:
            topic = self.name_or_string()
        beginning = self.take("FROM", "BEGINNING")
        interval = self.whole() if self.take("INTERVAL") or self.take("SAMPLE") else None
        limit = self.whole() if self.take("LIMIT") else None
        return ast.Print(topic, beginning, interval, limit, span=self.span(start))

    def _show(self, start: int) -> ast.Statement:
        if self.at("ALL") and self.follows("TOPICS"):
            self.index += 2
            return ast.Show("ALL TOPICS", self.take("EXTENDED"), span=self.span(start))
        if self.take("CONNECTOR", "PLUGINS"):
            return ast.Show("CONNECTOR PLUGINS", span=self.span(start))
        if self.at("SOURCE", "SINK") and self.follows("CONNECTORS"):
            kind = self.choose("SOURCE", "SINK")
            self.index += 1
            return ast.Show(f"{kind} CONNECTORS", span=self.span(start))
        if self.at(*_EXTENSIBLE):
            what = self.choose(*_EXTENSIBLE)
            return ast.Show(what, self.take("EXTENDED"), span=self.span(start))
        if not self.at(*_SHOWN):
            raise self.near()
        return ast.Show(self.choose(*_SHOWN), span=self.span(start))

    def _describe(self, start: int) -> ast.Statement:
        if self.at("FUNCTION", "CONNECTOR") and self.is_name_or_word(self.index + 1):
            what = self.choose("FUNCTION", "CONNECTOR")
            token = self.token
            self.index += 1  # a function may be called as a reserved word is
            return ast.Describe(what, lexer.name_of(token), span=self.span(start))
        if self.at("STREAMS", "TABLES"):
            what = self.choose("STREAMS", "TABLES")
            return ast.Describe(what, "", self.take("EXTENDED"), span=self.span(start))
        name = self.name()
        return ast.Describe("SOURCE", name, self.take("EXTENDED"), span=self.span(start))

    def is_name_or_word(self, index: int) -> bool:
        return self.tokens[index].kind in ("word", "quoted")

    def _explain(self, start: int) -> ast.Statement:
        if self.token.word in _STATEMENTS and not (self.is_name(self.token) and self.follows(";", "<EOF>")):
            self.deeper()
            inside = self.statement()
            self.depth -= 1
            return ast.Explain(statement=inside, span=self.span(start))
        return ast.Explain(self._query_id(), span=self.span(start))

    def _query_id(self) -> str:
        return self.name().upper()

    def _control(self, start: int) -> ast.Statement:
        action = cast(Literal["TERMINATE", "PAUSE", "RESUME"], self.tokens[start].word)
        if self.take("ALL"):
            return ast.Control(action, None, span=self.span(start))
        return ast.Control(action, self._query_id(), span=self.span(start))

    # — settings and variables ———————————————————————————————————————————————

    def _set(self, start: int) -> ast.Statement:
        name = self.string()
        self.expect("=")
        return ast.SetProperty(name, self.string(), span=self.span(start))

    def _unset(self, start: int) -> ast.Statement:
        return ast.UnsetProperty(self.string(), span=self.span(start))

    def _define(self, start: int) -> ast.Statement:
        name = self.name()
        self.expect("=")
        return ast.Define(name, self.string(), span=self.span(start))

    def _undefine(self, start: int) -> ast.Statement:
        return ast.Undefine(self.name(), span=self.span(start))

    # — ASSERT, RUN ——————————————————————————————————————————————————————————

    def _assert(self, start: int) -> ast.Statement:
        if self.is_test_script and self.at("VALUES", "NULL", "STREAM", "TABLE"):
            return self._assert_in_test(start)
        exists = not self.take("NOT", "EXISTS")
        if self.take("TOPIC"):
            topic = self.name_or_string()
            properties = self.properties()
            return ast.AssertTopic(topic, exists, properties, self._timeout(), span=self.span(start))
        if self.take("SCHEMA"):
            subject = self.name_or_string() if self.take("SUBJECT") else None
            number = self.whole() if self.take("ID") else None
            return ast.AssertSchema(subject, number, exists, self._timeout(), span=self.span(start))
        raise self.near()

    def _timeout(self) -> ast.Duration | None:
        return self.duration() if self.take("TIMEOUT") else None

    def _assert_in_test(self, start: int) -> ast.Statement:
        if self.at("STREAM", "TABLE"):
            kind = cast(Sources, self.choose("STREAM", "TABLE"))
            name = self.name()
            columns = self._columns() if self.at("(") else ()
            return ast.AssertSource(kind, name, columns, self.properties(), span=self.span(start))
        is_tombstone = self.take("NULL")
        self.expect("VALUES")
        name = self.name()
        names = self._names() if self.at("(") else ()
        self.expect("KEY" if is_tombstone else "VALUES")
        return ast.AssertValues(name, names, self._values(), is_tombstone, span=self.span(start))

    def _run(self, start: int) -> ast.Statement:
        self.expect("SCRIPT")
        return ast.RunScript(self.string(), span=self.span(start))


_STATEMENTS: dict[str, Callable[[_Parser, int], ast.Statement]] = {
    "ALTER": _Parser._alter,
    "ASSERT": _Parser._assert,
    "CREATE": _Parser._create,
    "DEFINE": _Parser._define,
    "DESCRIBE": _Parser._describe,
    "DROP": _Parser._drop,
    "EXPLAIN": _Parser._explain,
    "INSERT": _Parser._insert,
    "LIST": _Parser._show,
    "PAUSE": _Parser._control,
    "PRINT": _Parser._print,
    "RESUME": _Parser._control,
    "RUN": _Parser._run,
    "SELECT": lambda parser, start: parser.statement(),
    "SET": _Parser._set,
    "SHOW": _Parser._show,
    "TERMINATE": _Parser._control,
    "UNDEFINE": _Parser._undefine,
    "UNSET": _Parser._unset,
}

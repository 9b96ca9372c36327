"""A SELECT and its clauses, in their fixed order."""

from typing import Literal, cast

from controlcenter.sql import ast, lexer
from controlcenter.sql.parser_expressions import Expressions

_CLAUSES = ("HAVING", "PARTITION", "EMIT", "LIMIT", ";", "<EOF>", ")")  # what may follow GROUP BY (…) and PARTITION BY (…)


class Queries(Expressions):
    def query(self) -> ast.Query:
        start = self.index
        self.expect("SELECT")
        items = [self._item()]
        while self.take(","):
            items.append(self._item())
        if not self.take("FROM"):
            raise self.near()
        source = self._relation()
        joins = []
        while self.at("JOIN", "INNER", "LEFT", "RIGHT", "FULL"):
            joins.append(self._join())
        window = self._window() if self.at("WINDOW") else None
        where = self.expression() if self.take("WHERE") else None
        group_by = self._keys("GROUP BY") if self.take("GROUP", "BY") else ()
        partition_by = self._keys("PARTITION BY") if self.take("PARTITION", "BY") else ()
        having = self.expression() if self.take("HAVING") else None
        emit = cast(Literal["CHANGES", "FINAL"], self.choose("CHANGES", "FINAL")) if self.take("EMIT") else None
        limit = self._limit() if self.take("LIMIT") else None
        return ast.Query(
            tuple(items), source, tuple(joins), window, where, group_by, partition_by, having, emit, limit, span=self.span(start)
        )

    def _limit(self) -> int:
        token = self.token
        if token.kind != "number" or not token.text.isdigit():
            raise self.fault("INTEGER_VALUE")
        return self.whole()

    def _item(self) -> ast.Item | ast.Star:
        start = self.index
        if self.take("*"):
            return ast.Star(span=self.span(start))
        if self.is_name(self.token) and self.follows(".") and self.follows("*", by=2):
            source = self.name()
            self.index += 2
            return ast.Star(source, span=self.span(start))
        expression = self.expression()
        if self.at("->") and self.follows("*"):
            self.index += 2
            return ast.Item(expression, None, True, span=self.span(start))
        alias = self.name() if self.take("AS") or self.at_alias() else None
        return ast.Item(expression, alias, span=self.span(start))

    def _relation(self) -> ast.Relation:
        start = self.index
        if self.take("("):
            inside = self._relation()
            self.expect(")")
            return inside
        name = self.name()
        alias = self.name() if self.take("AS") or self.at_alias() else name
        return ast.Relation(name, alias, span=self.span(start))

    def _join(self) -> ast.Join:
        start = self.index
        kind = "INNER"
        if not self.take("INNER") and self.at("LEFT", "RIGHT", "FULL"):
            kind = self.choose("LEFT", "RIGHT", "FULL")
            self.take("OUTER")
        self.expect("JOIN")
        right = self._relation()
        within = self._within() if self.at("WITHIN") else None
        self.expect("ON")
        on = self.expression()
        return ast.Join(cast(Literal["INNER", "LEFT", "RIGHT", "FULL"], kind), right, within, on, span=self.span(start))

    def _within(self) -> ast.Within:
        start = self.index
        self.expect("WITHIN")
        if self.take("("):
            before = self.duration()
            self.expect(",")
            after = self.duration()
            self.expect(")")
        else:
            before = after = self.duration()
        grace = self.duration() if self.take("GRACE", "PERIOD") else None
        return ast.Within(before, after, grace, span=self.span(start))

    def _window(self) -> ast.Window:
        start = self.index
        self.expect("WINDOW")
        if not self.at("TUMBLING", "HOPPING", "SESSION") or not self.follows("("):
            self.name()  # a window may have a name; it means nothing
        kind = cast(Literal["TUMBLING", "HOPPING", "SESSION"], self.choose("TUMBLING", "HOPPING", "SESSION"))
        self.expect("(")
        if kind != "SESSION":
            self.expect("SIZE")
        size = self.duration()
        advance = retention = grace = None
        if kind == "HOPPING":
            self.expect(",", "ADVANCE", "BY")
            advance = self.duration()
        if self.at(",") and self.follows("RETENTION"):
            self.index += 2
            retention = self.duration()
        if self.at(",") and self.follows("GRACE"):
            self.index += 1
            self.expect("GRACE", "PERIOD")
            grace = self.duration()
        if not self.take(")"):
            raise self.fault("','", "')'")
        return ast.Window(kind, size, advance, retention, grace, span=self.span(start))

    def _keys(self, clause: str) -> tuple[ast.Expression, ...]:
        start = self.index
        if self.at("(") and self._closes_clause():
            self.index += 1
            keys = self._list(")")
            if not keys:
                raise self.prepared(f"{clause} requires at least one expression", start)
            self.expect(")")
            return tuple(keys)
        keys = [self.expression()]
        while self.take(","):
            keys.append(self.expression())
        return tuple(keys)

    def _closes_clause(self) -> bool:
        """Tell whether the bracket that opens here encloses all keys: the next clause follows where it closes."""
        open_brackets = 0
        for at in range(self.index, len(self.tokens)):
            word = self.tokens[at].word
            open_brackets += (word == "(") - (word == ")")
            if open_brackets == 0:
                return self.tokens[at + 1].word in _CLAUSES
        return False

    def properties(self) -> tuple[ast.Property, ...]:
        """Read WITH (name = literal, …); nothing when there is none."""
        if not self.take("WITH"):
            return ()
        self.expect("(")
        found: list[ast.Property] = []
        while not self.at(")") or found:
            start = self.index
            name = self.name_or_string().upper() if self.token.kind != "quoted" else lexer.name_of(self.token)
            self.index += self.tokens[start].kind == "quoted"
            self.expect("=")
            found.append(ast.Property(name, self._literal(), span=self.span(start)))
            if not self.take(","):
                break
        self.expect(")")
        return tuple(found)

    def _literal(self) -> ast.Expression:
        token, start = self.token, self.index
        if token.kind == "number" or (token.word == "-" and self.tokens[self.index + 1].kind == "number"):
            return self._number()
        if token.kind == "string":
            return ast.String(self.string(), span=self.span(start))
        special = self._special(token.word, start) if token.word in ("TRUE", "FALSE", "NULL", "DECIMAL") else None
        if special is None:
            raise self.near()
        return special

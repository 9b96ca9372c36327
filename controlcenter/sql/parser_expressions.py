"""Expressions and types: precedence climbing over the cursor.

Loosest to tightest: OR, AND, NOT, one predicate, `||`, `+ -`, `* / %`, sign, AT TIME ZONE, then `[i]`, `->f`.
"""

import math
from decimal import Decimal

from controlcenter.sql import ast, lexer
from controlcenter.sql.parser_cursor import Cursor

_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_BINARY = {"||": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7}
_UNIT_WORDS = frozenset(("DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS", "MILLISECOND"))
_OR, _AND, _NOT, _PREDICATE, _VALUE = 1, 2, 3, 4, 5


class Types(Cursor):
    """Types as written: `ARRAY<STRUCT<A INT>>`, `DECIMAL(4, 2)`, `VARCHAR(10)` (the length is read and means nothing)."""

    def type(self) -> ast.TypeName:
        start = self.index
        self.deeper()
        kind = self._one_type(start)
        while self.at("ARRAY"):
            self.index += 1
            kind = ast.TypeName("ARRAY", (kind,), span=self.span(start))
        self.depth -= 1
        return kind

    def _one_type(self, start: int) -> ast.TypeName:
        if self.at("ARRAY") and self.follows("<"):
            self.index += 2
            item = self.type()
            self.expect(">")
            return ast.TypeName("ARRAY", (item,), span=self.span(start))
        if self.at("MAP") and self.follows("<"):
            self.index += 2
            key = self.type()
            self.expect(",")
            value = self.type()
            self.expect(">")
            return ast.TypeName("MAP", (key, value), span=self.span(start))
        if self.at("STRUCT") and self.follows("<", "<>"):
            return self._struct(start)
        if self.take("DECIMAL"):
            self.expect("(")
            precision = self.whole()
            self.expect(",")
            scale = self.whole()
            self.expect(")")
            return ast.TypeName("DECIMAL", digits=(precision, scale), span=self.span(start))
        return self._named_type(start)

    def _struct(self, start: int) -> ast.TypeName:
        self.index += 1
        names: list[str] = []
        kinds: list[ast.TypeName] = []
        if not self.take("<>"):
            self.expect("<")
            while not self.at(">") or names:
                names.append(self.name())
                kinds.append(self.type())
                if not self.take(","):
                    break
            self.expect(">")
        return ast.TypeName("STRUCT", tuple(kinds), tuple(names), span=self.span(start))

    def _named_type(self, start: int) -> ast.TypeName:
        if not self.is_name(self.token):
            raise self.near()
        name = self.name()
        if self.take("("):
            while True:
                if self.at("STRING"):
                    self.index += 1
                elif self.token.kind == "number" and self.token.text.isdigit():
                    self.whole()
                else:
                    raise self.fault("'STRING'", "INTEGER_VALUE")
                if not self.take(","):
                    break
            self.expect(")")
        return ast.TypeName({"INT": "INTEGER", "VARCHAR": "STRING"}.get(name, name), span=self.span(start))


class Expressions(Types):
    """Expressions. One level of nesting costs three frames of Python's stack."""

    def expression(self, level: int = _OR) -> ast.Expression:
        start = self.index
        self.deeper()
        depth = self.depth
        left = self._prefix(level, start)
        while (longer := self._longer(left, level, start)) is not None:
            left = longer
            self.deeper()  # a chain is as deep as it is long
        self.depth = depth - 1
        return left

    def value(self) -> ast.Expression:
        """Read an expression without AND, OR, NOT and predicates."""
        return self.expression(_VALUE)

    def _prefix(self, level: int, start: int) -> ast.Expression:
        if self.at("NOT") and level <= _NOT:
            self.index += 1
            value = self.expression(_NOT)
            return ast.Not(value, span=self.span(start))
        return self._signed()

    def _longer(self, left: ast.Expression, level: int, start: int) -> ast.Expression | None:
        """Return `left` with the operator that follows and its right side; None when none fits at this level."""
        word = self.token.word
        binding = _BINARY.get(word)
        if binding is not None:
            if binding < level:
                return None
            self.index += 1
            right = self.expression(binding + 1)
            if word == "||":
                return ast.Call("CONCAT", (left, right), span=self.span(start))
            return ast.Arithmetic(word, left, right, span=self.span(start))  # type: ignore[arg-type]
        if word in ("AND", "OR"):
            binding = _AND if word == "AND" else _OR
            if binding < level:
                return None
            self.index += 1
            right = self.expression(binding + 1)
            return ast.Logical(word, left, right, span=self.span(start))  # type: ignore[arg-type]
        if level <= _PREDICATE and not _is_predicate(left, self, start):
            return self._predicate(left, start)
        return None

    def _predicate(self, left: ast.Expression, start: int) -> ast.Expression | None:
        if self.token.word in _COMPARISONS:
            op = _COMPARISONS[self.token.word]
            self.index += 1
            right = self.value()
            return ast.Comparison(op, left, right, span=self.span(start))
        if self.at("IS"):
            return self._is(left, start)
        negated = self.at("NOT") and self.follows("BETWEEN", "IN", "LIKE")
        self.index += negated
        found: ast.Expression
        if self.take("BETWEEN"):
            low = self.value()
            self.expect("AND")
            high = self.value()
            found = ast.Between(left, low, high, span=self.span(start))
        elif self.take("IN"):
            self.expect("(")
            items = self._list(")")
            if not items:
                raise self.near()
            self.expect(")")
            found = ast.In(left, tuple(items), span=self.span(start))
        elif self.take("LIKE"):
            found = self._like(left, start)
        else:
            return None
        return ast.Not(found, span=found.span) if negated else found

    def _like(self, left: ast.Expression, start: int) -> ast.Expression:
        pattern = self.value()
        escape = None
        if self.at("ESCAPE") and self.tokens[self.index + 1].kind == "string":
            self.index += 1
            escape = self.string()
            if len(escape) != 1:
                raise self.prepared(f"line {self.at_line(self.index - 1)}: Expected exactly one ESCAPE character but got: {escape}", start)
        return ast.Like(left, pattern, escape, span=self.span(start))

    def _is(self, left: ast.Expression, start: int) -> ast.Expression:
        self.expect("IS")
        negated = self.take("NOT")
        if self.take("DISTINCT"):
            self.expect("FROM")
            right = self.value()
            return ast.Comparison("IS NOT DISTINCT FROM" if negated else "IS DISTINCT FROM", left, right, span=self.span(start))
        if not self.take("NULL"):
            raise self.fault("'NULL'", "'DISTINCT'") if negated else self.fault("'NOT'", "'NULL'", "'DISTINCT'")
        return ast.IsNull(left, negated, span=self.span(start))

    def _signed(self) -> ast.Expression:
        start = self.index
        if self.at("-", "+"):
            word = self.token.word
            if word == "-" and self.tokens[self.index + 1].kind == "number":
                return self._after(self._number(), start)
            self.index += 1
            self.deeper()
            value = self._signed()
            self.depth -= 1
            return ast.Negative(value, span=self.span(start)) if word == "-" else ast.Positive(value, span=self.span(start))
        return self._after(self._primary(), start)

    def _after(self, base: ast.Expression, start: int) -> ast.Expression:
        """Return `base` with the subscripts, fields and zones that follow it."""
        depth = self.depth
        while True:
            if self.take("["):
                index = self.expression()
                self.expect("]")
                base = ast.Subscript(base, index, span=self.span(start))
            elif self.at("->") and not self.follows("*"):
                self.index += 1
                base = ast.FieldOf(base, self.name(), span=self.span(start))
            elif self.at("AT") and self.follows("TIME"):
                self.index += 2
                self.expect("ZONE")
                zone = ast.String(self.string(), span=self.span(self.index - 1))
                base = ast.AtTimeZone(base, zone, span=self.span(start))
            else:
                self.depth = depth
                return base
            self.deeper()

    def _primary(self) -> ast.Expression:
        token, start = self.token, self.index
        if token.kind == "number":
            return self._number()
        if token.kind == "string":
            return ast.String(self.string(), span=self.span(start))
        if self.take("("):
            inside = self.expression()
            self.expect(")")
            return inside
        if token.kind == "word":
            special = self._special(token.word, start)
            if special is not None:
                return special
        if not self.is_name(token):
            raise self.near()
        if self.follows("("):
            return self._call(start)
        name = self.name()
        if self.take("."):
            return ast.Name(self.name(), name, span=self.span(start))
        return ast.Name(name, span=self.span(start))

    def _special(self, word: str, start: int) -> ast.Expression | None:
        """Read what begins with a word of its own; None when the word is a name."""
        if word == "NULL":
            self.index += 1
            return ast.Null(span=self.span(start))
        if word in ("TRUE", "FALSE"):
            self.index += 1
            return ast.Boolean(word == "TRUE", span=self.span(start))
        if word == "CASE":
            return self._case(start)
        if word == "CAST" and self.follows("("):
            self.index += 2
            value = self.expression()
            self.expect("AS")
            kind = self.type()
            self.expect(")")
            return ast.Cast(value, kind, span=self.span(start))
        if word == "ARRAY" and self.follows("["):
            self.index += 2
            items = self._list("]")
            self.expect("]")
            return ast.ArrayOf(tuple(items), span=self.span(start))
        if word == "MAP" and self.follows("("):
            return self._map(start)
        if word == "STRUCT" and self.follows("("):
            return self._struct_of(start)
        if self.tokens[self.index + 1].kind == "string" and word in ("DECIMAL", "DATE", "TIME", "TIMESTAMP"):
            return self._typed_literal(word, start)
        return None

    def _typed_literal(self, word: str, start: int) -> ast.Expression:
        self.index += 1
        text = self.string()
        if word != "DECIMAL":
            raise self.prepared(f"Unknown type: {word}, location:{self.at_line(start)}", start)
        return self._exact(text, start)

    def _map(self, start: int) -> ast.Expression:
        self.index += 2
        entries: list[tuple[ast.Expression, ast.Expression]] = []
        while not self.at(")") or entries:
            key = self.expression()
            self.expect(":=")
            entries.append((key, self.expression()))
            if not self.take(","):
                break
        self.expect(")")
        return ast.MapOf(tuple(entries), span=self.span(start))

    def _struct_of(self, start: int) -> ast.Expression:
        self.index += 2
        fields: list[tuple[str, ast.Expression]] = []
        while not self.at(")") or fields:
            name = self.name()
            self.expect(":=")
            fields.append((name, self.expression()))
            if not self.take(","):
                break
        self.expect(")")
        return ast.StructOf(tuple(fields), span=self.span(start))

    def _case(self, start: int) -> ast.Expression:
        self.index += 1
        operand = None if self.at("WHEN") else self.expression()
        whens: list[ast.When] = []
        while self.at("WHEN") or not whens:
            first = self.index
            self.expect("WHEN")
            condition = self.expression()
            self.expect("THEN")
            result = self.expression()
            whens.append(ast.When(condition, result, span=self.span(first)))
        otherwise = self.expression() if self.take("ELSE") else None
        self.expect("END")
        return ast.Case(operand, tuple(whens), otherwise, span=self.span(start))

    def _call(self, start: int) -> ast.Expression:
        name = self.name()
        self.expect("(")
        args: list[ast.Expression] = []
        if not (self.at("*") and self.follows(")")):
            while not self.at(")") or args:
                args.append(self._argument())
                if not self.take(","):
                    break
        else:
            self.index += 1
        if not self.take(")"):
            raise self.near()
        return ast.Call(name, tuple(args), span=self.span(start))

    def _argument(self) -> ast.Expression:
        start = self.index
        if self.token.word in _UNIT_WORDS:
            self.index += 1
            word = self.tokens[start].word
            return ast.Unit(word if word.endswith("S") else word + "S", span=self.span(start))
        parameters = self._parameters()
        if parameters is None:
            return self.expression()
        body = self.expression()
        return ast.Lambda(parameters, body, span=self.span(start))

    def _parameters(self) -> tuple[str, ...] | None:
        """Read `x =>` or `(x, y) =>`; None, having read nothing, when no lambda stands here."""
        if self.is_name(self.token) and self.follows("=>"):
            name = self.name()
            self.index += 1
            return (name,)
        if not self.at("("):
            return None
        at, names = self.index + 1, []
        while self.is_name(self.tokens[at]):
            names.append(lexer.name_of(self.tokens[at]))
            at += 1
            if self.tokens[at].word != ",":
                break
            at += 1
        if not names or self.tokens[at].word != ")" or self.tokens[at + 1].word != "=>":
            return None
        self.index = at + 2
        return tuple(names)

    def _list(self, closing: str) -> list[ast.Expression]:
        items: list[ast.Expression] = []
        while not self.at(closing) or items:
            items.append(self.expression())
            if not self.take(","):
                break
        return items

    def _number(self) -> ast.Expression:
        """Read a number. What it complains of, ksqlDB places one column further on."""
        start = self.index
        sign = "-" if self.take("-") else ""
        text = sign + self.token.text
        self.index += 1
        if text.lstrip("-").isdigit():
            value = self.digits(text.lstrip("-"), self.span(start)) * (-1 if sign else 1)
            if -(2**31) <= value < 2**31:
                return ast.Integer(value, span=self.span(start))
            if -(2**63) <= value < 2**63:
                return ast.Long(value, span=self.span(start))
            raise self.prepared(f"line {self.at_line(start, 1)}: Invalid numeric literal: {text}", start)
        if "e" in text.lower():
            number = float(text)
            if math.isinf(number):
                raise self.prepared(f"line {self.at_line(start, 1)}: Number overflows DOUBLE: {text}", start)
            return ast.Double(number, span=self.span(start))
        return self._exact(text, start)

    def _exact(self, text: str, start: int) -> ast.Expression:
        plain = text.strip()
        body = plain.lstrip("+-")
        if len(plain) > 1000 or len(plain) - len(body) > 1 or not body.replace(".", "", 1).isdigit() or not body.isascii():
            raise self.prepared(f"line {self.at_line(start, 1)}: Invalid numeric literal: {text[:100]}", start)
        return ast.Exact(Decimal(plain), span=self.span(start))


def _is_predicate(node: ast.Expression, cursor: Cursor, start: int) -> bool:
    """Tell whether a node is a predicate that stands bare: predicates do not chain, but `(a = b) = c` is one over another."""
    bare = node.span.start == cursor.tokens[start].start
    return bare and isinstance(node, ast.Comparison | ast.Between | ast.In | ast.Like | ast.IsNull | ast.Not | ast.Logical)

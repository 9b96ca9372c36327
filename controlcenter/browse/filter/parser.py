"""Tokens → tree, by precedence: ?: then || && relations + - * / % then ! - then . [] and calls. The grammar is CEL's.

Recursion is bounded by DEPTH on the way down, so no text can exhaust the stack; && and || chains are flat.
"""

from collections.abc import Callable
from typing import NoReturn

from controlcenter.browse.filter import lexer, tree
from controlcenter.browse.filter.errors import replaced, wrong
from controlcenter.browse.filter.lexer import Token
from controlcenter.browse.filter.tree import Node

DEPTH = 32
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
LOOPS = ("exists", "all")
CONSTANTS = {"true": True, "false": False, "null": None}
JOINING = {"and": "&&", "or": "||", "is": "==", "equals": "==", "xor": "!="}  # usual words → ours, between two operands
STANDING = {"not": "!", "nil": "null", "none": "null", "undefined": "null", "true": "true", "false": "false", "null": "null"}


def parse(text: str) -> Node:
    """Return the tree of a filter's text as it was written; raises FilterError."""
    parser = Parser(text)
    if parser.now.kind == "end":
        raise wrong(text, 0, "The filter is empty", "Write a condition: value.city == 'Oslo'.")
    return parser.whole()


class Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = lexer.tokens(text)
        self._next = 0
        self._depth = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._next]

    def whole(self) -> Node:
        found = self._choice()
        if self.now.kind != "end":
            self._stray()
        return found

    def _take(self) -> Token:
        token = self.now
        self._next += token.kind != "end"
        return token

    def _is(self, *signs: str) -> bool:
        return self.now.kind == "sign" and self.now.text in signs

    def _skip(self, sign: str) -> bool:
        is_there = self._is(sign)
        self._next += is_there
        return is_there

    def _fail(self, token: Token, what: str, hint: str = "", new: str | None = None) -> NoReturn:
        fix = "" if new is None else replaced(self.text, token.at, token.length, new)
        raise wrong(self.text, token.at, what, hint, fix=fix)

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEPTH:
            self._fail(self.now, f"The filter nests deeper than {DEPTH}", "Write it flatter.")
        found = read()
        self._depth -= 1
        return found

    def _choice(self) -> Node:
        condition = self._either()
        if not self._is("?"):
            return condition
        at = self._take().at
        yes = self._deeper(self._choice)
        if not self._skip(":"):
            self._fail(self.now, "The other branch is missing", "Write condition ? this : that.")
        return tree.Choose(condition, yes, self._deeper(self._choice), at)

    def _either(self) -> Node:
        return self._chain("||", self._both, tree.Either)

    def _both(self) -> Node:
        return self._chain("&&", self._relation, tree.Both)

    def _chain(self, sign: str, read: Callable[[], Node], joined: Callable[[tuple[Node, ...], int], Node]) -> Node:
        found, at = [read()], self.now.at
        while self._skip(sign):
            found.append(read())
        return found[0] if len(found) == 1 else joined(tuple(found), at)

    def _relation(self) -> Node:
        left = self._sum()
        if self.now.kind == "name" and self.now.text == "in":
            at = self._take().at
            return tree.In(left, self._sum(), at)
        if not self._is(*COMPARISONS):
            return left
        sign = self._take()
        found = tree.Compare(sign.text, left, self._sum(), sign.at)
        if self._is(*COMPARISONS):
            self._fail(self.now, "Comparisons do not chain", "Write 1 < value.n && value.n < 5.")
        return found

    def _sum(self) -> Node:
        return self._calculation(("+", "-"), lambda: self._calculation(("*", "/", "%"), self._unary))

    def _calculation(self, signs: tuple[str, ...], read: Callable[[], Node]) -> Node:
        found = read()
        many = 0
        while self._is(*signs):
            many += 1
            if many + self._depth > DEPTH:
                self._fail(self.now, f"The filter nests deeper than {DEPTH}", "Write it flatter.")
            sign = self._take()
            found = tree.Arithmetic(sign.text, found, read(), sign.at)
        return found

    def _unary(self) -> Node:
        if self._is("!"):
            at = self._take().at
            return tree.Not(self._deeper(self._unary), at)
        if self._is("-"):
            at = self._take().at
            return tree.Negative(self._deeper(self._unary), at)
        return self._member()

    def _member(self) -> Node:
        found = self._primary()
        steps = 0
        while self._is(".", "["):
            steps += 1
            if steps + self._depth > DEPTH:
                self._fail(self.now, f"The path is longer than {DEPTH} steps", "")
            found = self._step(found, self._take())
        return found

    def _step(self, of: Node, sign: Token) -> Node:
        if sign.text == "[":
            by = self._deeper(self._choice)
            self._close("]", sign)
            return tree.Item(of, by, sign.at)
        name = self._take()
        if name.kind != "name":
            self._fail(name, "A name must follow the point", "Another name is written value['other name'].")
        if self._is("("):
            return self._call(name, of)
        return tree.Field(of, name.text, name.at)

    def _call(self, name: Token, of: Node | None) -> Node:
        opened = self._take()
        if name.text in LOOPS and of is not None:
            return self._loop(name, of, opened)
        given = () if of is None else (of,)
        return tree.Call(name.text, given + self._list(")", opened), name.at)

    def _loop(self, name: Token, over: Node, opened: Token) -> Node:
        item = self._take()
        if item.kind != "name" or not self._skip(","):
            self._fail(item, f"{name.text} needs a name and a condition", f"Write value.items.{name.text}(item, item.price > 5).")
        body = self._deeper(self._choice)
        self._close(")", opened)
        return tree.Loop(name.text, over, item.text, body, name.at)

    def _list(self, end: str, opened: Token) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._is(end):
            found.append(self._deeper(self._choice))
            if not self._skip(","):
                break
        self._close(end, opened)
        return tuple(found)

    def _close(self, sign: str, opened: Token) -> None:
        if self._skip(sign):
            return
        if self.now.kind == "end":
            raise wrong(self.text, opened.at, f"This {opened.text} is never closed", f"Close it with {sign}.", fix=self.text + sign)
        self._stray()

    def _primary(self) -> Node:
        token = self._take()
        match token.kind:
            case "number" | "string":
                return tree.Literal(token.value, token.at)
            case "name":
                return self._named(token)
        if token.text == "(":
            found = self._deeper(self._choice)
            self._close(")", token)
            return found
        if token.text == "[":
            return tree.ListOf(self._list("]", token), token.at)
        if token.text == "{":
            self._fail(token, "Maps cannot be written", "Compare their fields one by one.")
        is_end = token.kind == "end"
        what = "Something is missing at the end" if is_end else f"A value should stand where {token.text} stands"
        raise wrong(self.text, token.at, what, "Complete the condition." if is_end else "")

    def _named(self, token: Token) -> Node:
        if token.text in CONSTANTS:
            return tree.Literal(CONSTANTS[token.text], token.at)
        if self._is("("):
            return self._call(token, None)
        if new := STANDING.get(token.text.lower()):
            is_whole = token.text.lower() != "not"
            self._fail(token, f"{token.text} means nothing here", f"Write {new}.", new if is_whole else None if self._is("(") else new)
        return tree.Name(token.text, token.at)

    def _stray(self) -> NoReturn:
        token = self.now
        if token.kind == "name" and (new := JOINING.get(token.text.lower())):
            self._fail(token, f"{token.text} is no operator here", f"Write {new}.", new)
        if token.kind == "name" and token.text.lower() in ("like", "contains", "matches"):
            self._fail(token, f"{token.text} is no operator here", "Write value.city.contains('Os').")
        if token.kind == "name" and token.text.lower() == "not":
            self._fail(token, f"{token.text} is no operator here", "Write !(value.city in ['Oslo', 'Rome']).")
        if self._is(")", "]"):
            self._fail(token, f"This {token.text} closes nothing", "Take it away.", "")
        self._fail(token, f"An operator should stand before {token.text}", "Join conditions with && or ||.")

"""Where the parser stands in the tokens, and how it says what it expected there."""

import bisect
import difflib

from controlcenter.errors import Kind
from controlcenter.sql import lexer
from controlcenter.sql.ast import Duration, Span
from controlcenter.sql.faults import Fault, invalid
from controlcenter.sql.lexer import Token

MAX_DEPTH = 200  # spec/engine.md 1: deeper is refused, for every walk over the tree recurses
MAX_TOKENS = 50_000  # what is read and analysed within a second
STATEMENTS = (
    *("SELECT", "CREATE", "INSERT", "DESCRIBE", "PRINT", "EXPLAIN", "SHOW", "LIST", "TERMINATE", "PAUSE", "RESUME", "DROP"),
    *("SET", "DEFINE", "UNDEFINE", "UNSET", "ASSERT", "ALTER"),
)  # what a slip of the pen is compared with
MAX_QUOTED = 10_000  # letters of a faulty statement that its message repeats
_NOT_A_SELECT_ALIAS = {"EMIT": ("CHANGES", "FINAL"), "PARTITION": ("BY",)}  # words that may be names, unless these follow


class Cursor:
    """The tokens that mean something, and a place among them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [0]
        self.lines.extend(i + 1 for i, c in enumerate(text) if c == "\n")
        self.tokens: list[Token] = []
        for token in lexer.tokens(text):
            if token.kind not in ("space", "comment"):
                self.tokens.append(token)
                if len(self.tokens) > MAX_TOKENS:
                    raise Fault(Kind.INVALID, f"This text has more than {MAX_TOKENS:,} words.", "Send it in pieces.")
        self.tokens += [Token("end", "<EOF>", len(text), len(text), "<EOF>")] * 3  # three: as far as the parser looks ahead
        self.index = 0
        self.depth = 0

    # — looking ——————————————————————————————————————————————————————————————

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def at(self, *words: str) -> bool:
        """Tell whether one of these words or symbols comes next."""
        return self.tokens[self.index].word in words

    def follows(self, *words: str, by: int = 1) -> bool:
        """Tell whether one of these comes `by` tokens further on."""
        return self.tokens[min(self.index + by, len(self.tokens) - 1)].word in words

    def is_name(self, token: Token) -> bool:
        return token.kind == "quoted" or (token.kind == "word" and token.word not in lexer.RESERVED)

    def at_alias(self) -> bool:
        """Tell whether a name follows that stands for what is before it, without AS."""
        token = self.token
        return self.is_name(token) and not (token.kind == "word" and self.follows(*_NOT_A_SELECT_ALIAS.get(token.word, ())))

    # — taking ———————————————————————————————————————————————————————————————

    def take(self, *words: str) -> bool:
        """Step over these words if they all come next; tell whether they did."""
        for by, word in enumerate(words):
            if self.tokens[min(self.index + by, len(self.tokens) - 1)].word != word:
                return False
        self.index += len(words)
        return True

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.take(word):
                raise self.fault(f"'{word}'")

    def choose(self, *words: str) -> str:
        """Step over one of these words and return it."""
        word = self.token.word
        if word not in words:
            raise self.fault(*(f"'{w}'" for w in words))
        self.index += 1
        return word

    def name(self) -> str:
        """Step over a name and return it as it counts."""
        token = self.token
        if not self.is_name(token):
            raise self.reserved() if token.word in lexer.RESERVED else self.near()
        self.index += 1
        return lexer.name_of(token)

    def string(self) -> str:
        token = self.token
        if token.kind != "string":
            raise self.fault("STRING")
        self.index += 1
        return lexer.unquoted(token.text)

    def name_or_string(self) -> str:
        return self.string() if self.token.kind == "string" else self.name()

    def whole(self) -> int:
        """Step over a whole number, maybe negative, and return it."""
        start = self.index
        sign = -1 if self.take("-") else 1
        token = self.token
        if token.kind != "number" or not token.text.isdigit():
            raise self.fault("INTEGER_VALUE")
        self.index += 1
        value = sign * self.digits(token.text, self.span(start))
        if not -(2**63) <= value < 2**63:
            raise self.prepared(f"line {self.at_line(start, 1)}: Invalid numeric literal: {'-' if sign < 0 else ''}{token.text}", start)
        return value

    def digits(self, text: str, span: Span) -> int:
        if len(text) > 1000:  # Python refuses more than 4300 digits, and no type holds them
            raise invalid(f"Failed to prepare statement: line {span.line}:{span.column}: Invalid numeric literal: {text[:50]}…", span)
        return int(text)

    def duration(self) -> Duration:
        start = self.index
        amount = self.whole()
        word = self.token.word
        if word.removesuffix("S") not in lexer.UNITS:
            raise self.near()
        self.index += 1
        return Duration(amount, word.removesuffix("S"), span=self.span(start))

    # — places and faults ————————————————————————————————————————————————————

    def span(self, start: int) -> Span:
        """Return the span from the token numbered `start` to the last one taken."""
        first = self.tokens[start].start
        line = bisect.bisect_right(self.lines, first)
        last = self.tokens[self.index - 1].end if self.index > start else self.tokens[start].end
        return Span(first, last, line, first - self.lines[line - 1] + 1)

    def at_line(self, index: int, more: int = 0) -> str:
        span = self.span(index)
        return f"{span.line}:{span.column + more}"

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise invalid(f"This expression is nested deeper than {MAX_DEPTH} levels.", self.span(self.index), "Take it apart.")

    def fault(self, *expected: str) -> Fault:
        """Return the fault "something else was expected here": with names when three or fewer would fit."""
        if not 0 < len(expected) <= 3:
            return self.near()
        words = expected[0] if len(expected) == 1 else "{" + ", ".join(expected) + "}"
        return self._syntax(f"Expecting {words}", expected)

    def near(self) -> Fault:
        """Return the fault of a token that fits nowhere here."""
        return self._syntax(f"Syntax error at or near '{self.token.text}' at line {self.at_line(self.index)}")

    def reserved(self) -> Fault:
        """Return the fault of a reserved word where a name is wanted."""
        text = self.token.text
        return self._syntax(
            f'"{text}" is a reserved keyword and it can\'t be used as an identifier. '
            f"You can use it as an identifier by escaping it as '{text}' "
        )

    def unknown_statement(self) -> Fault:
        text = self.token.text
        close = difflib.get_close_matches(text.upper(), STATEMENTS, 1, 0.6)
        return self._syntax(f"Unknown statement '{text}'" + (f"\nDid you mean '{close[0]}'?" if close else ""), tuple(STATEMENTS))

    def prepared(self, what: str, start: int) -> Fault:
        """Return a fault found in the meaning of what was read, ksqlDB's way of saying so."""
        return invalid(f"Failed to prepare statement: {what}", self.span(start))

    def _syntax(self, what: str, expected: tuple[str, ...] = ()) -> Fault:
        span = self.span(self.index)
        place = f"{span.line}:{span.column}"
        fault = Fault(Kind.INVALID, f"line {place}: Syntax Error\n{what}", span=span, expected=expected)
        fault.statement = self.text[self._statement_start() : self._statement_end()].strip()[:MAX_QUOTED]
        return fault

    def _statement_start(self) -> int:
        before = next((i for i in range(self.index - 1, -1, -1) if self.tokens[i].word == ";"), None)
        return 0 if before is None else self.tokens[before].end

    def _statement_end(self) -> int:
        return next((t.end for t in self.tokens[self.index :] if t.word == ";"), len(self.text))

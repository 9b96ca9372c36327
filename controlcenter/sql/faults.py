"""What is wrong with a statement, and where.

A `Fault` is a `Problem` with a place: `what` is ksqlDB's sentence, word for word, so that scripts and clients which
know ksqlDB read the same text here.
"""

from dataclasses import dataclass

from controlcenter.errors import Kind, Problem
from controlcenter.sql.ast import NOWHERE, Span


@dataclass(unsafe_hash=True)
class Fault(Problem):
    """A statement that cannot be.

    span       where; `NOWHERE` when the whole statement is meant
    expected   what could have stood there, as the reader would write it; empty when too much could
    statement  the text that ksqlDB repeats after its message, "" when it repeats none
    """

    span: Span = NOWHERE
    expected: tuple[str, ...] = ()
    statement: str = ""

    @property
    def text(self) -> str:
        """Return the message as ksqlDB sends it: with the statement behind."""
        return f"{self.what}\nStatement: {self.statement}" if self.statement else self.what

    def __str__(self) -> str:
        return self.text


def invalid(what: str, span: Span = NOWHERE, hint: str = "") -> Fault:
    """Return the fault of a statement that cannot be right."""
    return Fault(Kind.INVALID, what, hint, span=span)


def placed(what: str, span: Span) -> Fault:
    """Return a fault whose message begins with its place, as ksqlDB writes it: `Line: 3, Col: 12: …`."""
    return invalid(f"Line: {span.line}, Col: {span.column}: {what}" if span != NOWHERE else what, span)


def caret(text: str, span: Span) -> str:
    """Return the line of a span and, under it, a caret at its start."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.start)
    line = text[start : len(text) if end < 0 else end]
    blank = "".join("\t" if c == "\t" else " " for c in text[start : span.start])
    return f"{line}\n{blank}^"

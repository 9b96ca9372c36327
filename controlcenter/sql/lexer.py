"""Text → tokens. Law: the tokens joined are the text; no text is refused.

The same tokens serve the parser, highlighting, completion and "the statement at the cursor", so blanks and comments
are tokens too, and what no rule knows is a token of kind `unknown`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESERVED = _words("""
    ADVANCE ALL AND AS AT BEGINNING BETWEEN BY CASE CAST CATALOG CONNECTOR CONNECTORS CREATE DAYS DECIMAL DELETE
    DESCRIBE DISTINCT DROP ELSE END EXISTS EXPORT EXTENDED FALSE FROM FULL GROUP HAVING HOPPING HOURS IN INNER INSERT
    INTO IS JOIN LEFT LIKE LIMIT LIST LOAD MATERIALIZED MILLISECOND MILLISECONDS MINUTES MONTHS NAMESPACE NOT NULL ON
    OR OUTER PAUSE PRINT PROPERTIES QUERIES QUERY RENAME RESUME RETENTION RIGHT RUN SAMPLE SCRIPT SECONDS SELECT SIZE
    STREAM STREAMS TABLE TERMINATE THEN TO TOPIC TOPICS TRUE TUMBLING UNSET VALUES VIEW WHEN WHERE WINDOW WITH WITHIN
    YEARS
""")  # need quotes as names; spec/sql.md 1
KEYWORDS = RESERVED | _words("""
    ADD ALTER ARRAY ASSERT CHANGES COLUMN DATE DAY DEFINE EMIT ESCAPE EXPLAIN FINAL FUNCTION FUNCTIONS GRACE HEADER
    HEADERS HOUR ID IF INTERVAL KEY MAP MINUTE OF PARTITION PERIOD PLUGINS PRIMARY REPLACE SCHEMA SECOND SESSION SET
    SHOW SINK SOURCE STRUCT SUBJECT SYSTEM TABLES TIME TIMEOUT TIMESTAMP TYPE TYPES UNDEFINE VARIABLES ZONE
""")
UNITS = ("DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND")

_RULES = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>--[^\r\n]*|//[^\r\n]*|/\*.*?\*/)
      | (?P<open>/\*.*)
      | (?P<string>'[^']*(?:''[^']*)*')
      | (?P<quoted>`[^`]*(?:``[^`]*)*`|"[^"]*(?:""[^"]*)*")
      | (?P<variable>\$\{[A-Za-z0-9_]+\})
      | (?P<number>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)[eE][+-]?[0-9]+(?![A-Za-z0-9_@])|[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?![A-Za-z0-9_@]))
      | (?P<word>[A-Za-z0-9_][A-Za-z0-9_@]*)
      | (?P<symbol>->|=>|:=|<>|!=|<=|>=|\|\||[-+*/%(),.;=<>\[\]:@?])
      | (?P<unknown>.)""",
    re.DOTALL | re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of text: `text[start:end]`.

    kind   space comment string quoted variable number word symbol unknown; `end` after the last one (the parser's)
    word   what the parser compares: the text in upper case of a word, the text of a symbol, else ""
    """

    kind: str
    text: str
    start: int
    end: int
    word: str


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in order; joined they are the text."""
    for found in _RULES.finditer(text):
        kind, piece = found.lastgroup or "", found.group()
        kind = "unknown" if kind == "open" else kind  # a comment that never ends
        word = piece.upper() if kind == "word" else piece if kind == "symbol" else ""
        yield Token(kind, piece, found.start(), found.end(), word)


def unquoted(piece: str) -> str:
    """Return what a quoted name or a string literal says: outer quotes off, doubled ones single."""
    quote = piece[0]
    return piece[1:-1].replace(quote * 2, quote)


def name_of(token: Token) -> str:
    """Return the name that a word or a quoted token stands for."""
    return unquoted(token.text) if token.kind == "quoted" else token.word


def needs_quotes(name: str) -> bool:
    """Tell whether a name must be quoted to be read as itself; after a dot one that begins with a digit must."""
    return not re.fullmatch(r"[A-Z_][A-Z0-9_@]*", name) or name in RESERVED

"""`compile`: text → Filter, or the error with the text that would be right."""

import hashlib
from collections.abc import Sequence

from controlcenter.browse.filter import parser
from controlcenter.browse.filter.check import check
from controlcenter.browse.filter.errors import FilterError
from controlcenter.browse.filter.expression import Expression
from controlcenter.browse.filter.filters import Filter
from controlcenter.browse.filter.plaintext import Plaintext
from controlcenter.errors import Kind

LANGUAGE = "1"  # enters the hash: raise it when a text begins to mean something else
MODES = ("expression", "text")
PARTS = ("key", "value", "headers")
FIXES = 8  # one after another


def compile(
    text: str,
    *,
    mode: str = "expression",
    ignore_case: bool = False,
    parts: Sequence[str] = PARTS,
    json: Sequence[str] = ("key", "value"),
) -> Filter:
    """Return the filter of a text; raises FilterError.

    ignore_case, parts  of plain text alone: an expression names its fields, and has lower()
    json   fields that may be JSON or text by their look; leave one out when its format was forced: it is then always decoded
    """
    if mode not in MODES:
        raise FilterError(Kind.INVALID, f"{mode!r} is no kind of filter.", f"Use {' or '.join(MODES)}.", "filter_mode")
    if unknown := [part for part in parts if part not in PARTS]:
        raise FilterError(Kind.INVALID, f"{unknown[0]!r} is no part of a record.", f"Use {', '.join(PARTS)}.", "filter_parts")
    known: list[str | bool] = [LANGUAGE, mode, text, *json]
    if mode == "text":
        known += [ignore_case, *sorted(parts)]
    hash = hashlib.sha256(repr(known).encode("utf-8", "surrogatepass")).hexdigest()
    if mode == "text":
        return Plaintext(text, hash, ignore_case=ignore_case, parts=parts, json=json)
    try:
        return Expression(text, hash, json)
    except FilterError as fault:
        fault.fix = _mended(fault.fix)
        raise


def _mended(text: str) -> str:
    """Return the text that really compiles, mending further faults on the way; "" when there is none."""
    for _ in range(FIXES):
        if not text:
            return ""
        try:
            check(parser.parse(text), text)
        except FilterError as fault:
            text = fault.fix
        else:
            return text
    return ""

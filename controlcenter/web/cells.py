"""Cells of tables, drawn by hand: a template tag a cell would cost more than the whole page may (p95 30 ms).

Every text goes through `escape`. static/js/lib/cells.js draws the same cells in the browser.
"""

from typing import Any

from django.utils.html import escape

from controlcenter.web import numbers
from controlcenter.web.templatetags.parts import STATES, sprite

NONE = '<span class="dimmer">–</span>'


def name(href: str, text: str, extra: str = "") -> str:
    return f'<td title="{escape(text)}"><a class="name" href="{escape(href)}">{escape(text)}</a>{extra}</td>'


def state(word: str | None) -> str:
    tone, text, picture = STATES.get(word or "unknown", ("", str(word), ""))
    return f'<td><span class="status {tone}">{icon(picture) if picture else ""}{escape(text)}</span></td>'


def text(value: Any, cls: str = "dim") -> str:
    return f'<td class="{cls}">{"?" if value is None else escape(value)}</td>'


def number(words: str, cls: str = "") -> str:
    return f'<td class="num {cls}">{escape(words)}</td>'


def count(n: float | None, cls: str = "") -> str:
    return number(numbers.count(n), cls)


def rate(n: float | None) -> str:
    return number(numbers.rate(n))


def size(n: float | None, top: float | None, tone: str = "") -> str:
    value, unit = numbers.bytes_of(n)
    words = f'<span>{value} <span class="dimmer">{unit}</span></span>'
    return f'<td><micro-bar value="{n or 0}" max="{top or 1}" tone="{tone}">{words}</micro-bar></td>'


def age(at_ms: float | None, none: str = NONE) -> str:
    if at_ms is None:
        return f'<td class="num dim">{none}</td>'
    return f'<td class="num dim"><data-age at="{int(at_ms)}" limit="1e12">{numbers.clock(at_ms)}</data-age></td>'


def spark(series: str, tone: str = "") -> str:
    """A line of the last hour, which the browser fetches: static/js/lib/sparks.js. series: as `observe.history` names it."""
    return f'<td><spark-line data-spark="{escape(series)}" tone="{tone}"></spark-line></td>'


def icon(picture: str) -> str:
    return f'<svg class="icon" aria-hidden="true"><use href="{sprite()}#i-{picture}"/></svg>'

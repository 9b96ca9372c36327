"""The small parts every page is made of, as tags and filters of the same names as their CSS.

Law: None is "?", what does not apply is "–", and neither is ever 0. The browser's copy of the number formats is
static/js/lib/format.js; tests/cases/format holds both to the same words.
"""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from controlcenter.access import decisions
from controlcenter.observe import sources as how_read
from controlcenter.observe.snapshot import Snapshot
from controlcenter.web import numbers, states

register = template.Library()

# state of a topic, partition, cluster or broker → tone, word, icon
STATES = {
    "ok": ("ok", "OK", "check"),
    "in_sync": ("ok", "In sync", "check"),
    "under_replicated": ("warn", "Under-replicated", "triangle-alert"),
    "under_min_isr": ("bad", "Under min-ISR", "circle-x"),
    "offline": ("bad", "Offline", "circle-x"),
    "healthy": ("ok", "Healthy", "check"),
    "degraded": ("warn", "Degraded", "triangle-alert"),
    "unreachable": ("bad", "Unreachable", "plug-zap"),
    "online": ("ok", "Online", "check"),
    "fenced": ("warn", "Fenced", "triangle-alert"),
    "unknown": ("", "Unknown", "circle-help"),
}
EVENT_ICONS = {"topic": "layers", "group": "users", "broker": "server", "partition": "shuffle", "cluster": "crown", "config": "settings-2"}


@cache
def sprite() -> str:
    """Return the address of the icons, asked for once: Django looks it up anew each time, and a page shows a hundred and more."""
    return static("dist/icons.svg")


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#i-{}"/></svg>', size, sprite(), name)


@register.simple_tag
def status(tone: str, word: str, picture: str = "") -> SafeString:
    return format_html('<span class="status {}">{}{}</span>', tone, icon(picture) if picture else "", word)


@register.simple_tag
def health(state: str | None) -> SafeString:
    """Draw a state by its own word; an unknown word is shown as it came."""
    return status(*STATES.get(state or "unknown", ("", str(state), "")))


@register.simple_tag
def figure(
    word: str,
    value: Any,
    unit: str = "",
    about: Any = "",
    values: str = "",
    tone: str = "",
    spark: str = "",
    words: bool = False,
    name: str = "",
) -> SafeString:
    """One of the key figures. name: how the page's script finds it again to change it in place."""
    shown = "?" if value is None else value
    line = format_html('<dd><spark-line values="{}" tone="{}"></spark-line></dd>', values, spark) if values else ""
    return format_html(
        '<div class="figure {}" data-figure="{}"><dt>{}</dt>'
        '<dd class="value {}"><span>{}</span><small>{}</small></dd><dd class="about">{}</dd>{}</div>',
        tone, name, word, "words" if words else "", shown, unit, about, line,
    )  # fmt: skip


@register.simple_tag
def segment(label: str, options: Any, chosen: str = "") -> SafeString:
    """A choice of one of a few, as links. options: (value, word, address)."""
    links = format_html_join(
        "",
        '<a href="{}" {}>{}</a>',
        ((href, mark_safe('aria-current="true"') if value == chosen else "", word) for value, word, href in options),
    )
    return format_html('<div class="segment" role="group" aria-label="{}">{}</div>', label, links)


@register.simple_tag
def search(
    label: str, placeholder: str = "", value: str = "", key: str = "", id: str = "", cls: str = "", mono: bool = False, name: str = "filter"
) -> SafeString:
    return format_html(
        '<label class="search {}"><span class="vh">{}</span>{}<input class="input {}" id="{}" name="{}" type="text" {} '
        'placeholder="{}" value="{}" spellcheck="false" autocomplete="off">{}</label>',
        cls, label, icon("list-filter" if mono else "search", "small"), "mono" if mono else "", id or name, name,
        mark_safe("data-filter") if key else "", placeholder or label, value or "", format_html("<kbd>{}</kbd>", key) if key else "",
    )  # fmt: skip


@register.simple_block_tag
def empty_state(content: str, picture: str, title: str, tone: str = "") -> SafeString:
    """{% empty_state "layers" "No topic yet" %}<p>why</p><div class="acts">…</div>{% endempty_state %}"""
    return format_html(
        '<div class="empty-state"><span class="mark {}">{}</span><h2>{}</h2>{}</div>',
        tone,
        icon(picture, "large"),
        title,
        content,
    )


@register.simple_block_tag
def note(content: str, tone: str = "", picture: str = "") -> SafeString:
    pictures = {"": "info", "warn": "triangle-alert", "bad": "circle-x"}
    return format_html('<div class="note {}">{}<span>{}</span></div>', tone, icon(picture or pictures.get(tone, "info")), content)


@register.inclusion_tag("parts/strips.html", takes_context=True)
def strips(context: Any, *sources: str) -> dict[str, Any]:
    """What this page must admit about its figures, from the sources it is made of."""
    request = context["request"]
    snapshot = getattr(request, "snapshot", None) or Snapshot()
    if snapshot.table("sources"):

        def may_see(operation: str, names: Iterable[str]) -> list[str]:
            return decisions.visible(request.principal, operation, request.cluster.slug, names)

        snapshot = snapshot.replace(sources=how_read.seen(snapshot, may_see))
    return {"strips": states.strips(snapshot, sources, time.time() * 1000), "sources": ",".join(sources)}


@register.simple_tag
def age(at_ms: float | None, limit: int = 15) -> SafeString:
    """How old a fact is; the browser keeps it counting. limit: seconds after which it counts as stale."""
    if at_ms is None:
        return mark_safe('<span class="dimmer">never read</span>')
    return format_html('<data-age at="{}" limit="{}">{}</data-age>', int(at_ms), limit, numbers.clock(at_ms))


@register.simple_tag
def address(query: Mapping[str, str], **changes: str | None) -> str:
    """Return the page's own address with its query string changed; None takes a word away."""
    kept = {key: value for key, value in {**query, **changes}.items() if value not in (None, "")}
    return f"?{urlencode(kept)}"


@register.simple_tag
def micro_bar(value: float | None, top: float | None, words: Any, tone: str = "") -> SafeString:
    return format_html('<micro-bar value="{}" max="{}" tone="{}">{}</micro-bar>', value or 0, top or 100, tone, conditional_escape(words))


@register.simple_tag
def filled(share: int | str) -> SafeString:
    """A share in percent as a bar; the words "?" and "–" stand as they are."""
    return micro_bar(share, 100, f"{share}%") if isinstance(share, int) else format_html("{}", share)


@register.filter
def count(n: float | None) -> str:
    return numbers.count(n)


@register.filter
def rate(n: float | None) -> str:
    return numbers.rate(n)


@register.filter
def grouped(n: float | None) -> str:
    return numbers.grouped(n)


@register.filter
def bytes(n: float | None) -> SafeString:
    value, unit = numbers.bytes_of(n)
    return format_html('{} <span class="dimmer">{}</span>', value, unit) if unit else format_html("{}", value)


@register.filter
def duration(ms: float | None) -> str:
    return numbers.duration(ms)


@register.filter
def or_unknown(value: Any) -> Any:
    return "?" if value is None else value


@register.filter
def clock(ms: float | None) -> str:
    return numbers.clock(ms)


@register.filter
def instant(ms: float | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


@register.filter
def epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@register.filter
def words(name: str) -> str:
    """A kind as words: topic_created → topic created."""
    return name.replace("_", " ").replace("-", " ")


@register.simple_tag
def static_icon(name: str) -> str:
    return f"{sprite()}#i-{name}"


@register.filter
def event_icon(kind: str) -> str:
    return EVENT_ICONS.get(kind, "history")

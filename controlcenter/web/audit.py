"""The audit trail as a page: newest first, filtered by words, with the state of its chain."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from controlcenter.access import audit as trail
from controlcenter.errors import Kind, Problem
from controlcenter.web import door

ROWS = 100
CHECKED = 200  # rows checked with each page, in a few milliseconds; the command checks all
# outcome → word, tone, icon
OUTCOMES = {
    "ok": ("Done", "ok", "check"),
    "denied": ("Denied", "warn", "lock"),
    "error": ("Failed", "bad", "circle-x"),
    "timeout": ("No answer", "warn", "clock"),
    "unknown": ("Unknown", "warn", "circle-help"),
    "intent": ("Asked", "", "send"),
}


@require_safe
@door.app("app.audit.view")
def audit(request: HttpRequest) -> HttpResponse:
    text, outcome = request.GET.get("filter", "").strip(), request.GET.get("outcome", "")
    if outcome and outcome not in OUTCOMES:
        raise Problem(Kind.INVALID, f"No outcome is called {outcome[:40]!r}.", f"Use one of {', '.join(OUTCOMES)}.")
    rows = trail.read(text=text[:500], outcome=outcome, before=_before(request), limit=ROWS + 1)
    for row in rows:
        row.word, row.tone, row.icon = OUTCOMES.get(row.outcome or row.phase, (row.outcome, "", "circle-help"))  # type: ignore[attr-defined]
    older = {name: value for name, value in (("filter", text), ("outcome", outcome)) if value}
    context = {
        "rows": rows[:ROWS],
        "filter": text,
        "outcome": outcome,
        "outcomes": [("", "All", _link(filter=text)), *((key, told[0], _link(filter=text, outcome=key)) for key, told in OUTCOMES.items())],
        "older": _link(**older, before=str(rows[ROWS - 1].seq)) if len(rows) > ROWS else "",
        "is_first": _before(request) is None,
        "fault": trail.verify(newest=CHECKED),
        "head": trail.head(),
        "checked": min(CHECKED, trail.head()[0]),
        "view": "audit",
    }
    return render(request, "pages/audit/audit.html", context)


def _before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Problem(Kind.INVALID, "A row's number is a whole number.", "Go back to the newest rows.")
    return int(text)


def _link(**query: str) -> str:
    return "?" + urlencode({name: value for name, value in query.items() if value})

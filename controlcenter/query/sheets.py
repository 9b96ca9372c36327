"""What somebody keeps of their own: the editor's tabs, saved texts, and what they ran."""

from typing import Any

from controlcenter.access.principals import Principal
from controlcenter.errors import Kind, Problem
from controlcenter.query import limits
from controlcenter.query.models import History, SavedQuery, Sheet

MOST_SHEETS, MOST_SAVED, TITLE = 20, 200, 60


def of(principal: Principal, slug: str) -> list[dict[str, Any]]:
    """Return somebody's tabs in their order; one empty tab when there is none."""
    found = list(Sheet.objects.filter(user=str(principal.id), cluster=slug))
    if not found:
        found = [Sheet.objects.create(user=str(principal.id), cluster=slug, title="Untitled 1")]
    return [{"id": sheet.pk, "title": sheet.title, "text": sheet.text} for sheet in found]


def keep(principal: Principal, slug: str, number: int | None, title: str, text: str) -> dict[str, Any]:
    """Write a tab, a new one for None; returns it. Raises Problem for one that is somebody else's, or one too many."""
    if len(text) > limits.STATEMENT_CHARS:
        raise Problem(Kind.INVALID, f"A tab holds {limits.STATEMENT_CHARS:,} letters; this one has {len(text):,}.", "Shorten it.")
    mine = Sheet.objects.filter(user=str(principal.id), cluster=slug)
    if number is None:
        if mine.count() >= MOST_SHEETS:
            raise Problem(Kind.CONFLICT, f"There are {MOST_SHEETS} tabs already.", "Close one.")
        sheet = mine.create(user=str(principal.id), cluster=slug, title=title[:TITLE] or f"Untitled {mine.count() + 1}", text=text)
        return {"id": sheet.pk, "title": sheet.title, "text": sheet.text}
    changed = mine.filter(pk=number).update(title=title[:TITLE] or "Untitled", text=text)
    if not changed:
        raise Problem(Kind.ABSENT, "This tab is gone.", "Open a new one.")
    return {"id": number, "title": title[:TITLE], "text": text}


def close(principal: Principal, slug: str, number: int) -> None:
    """Close a tab of one's own."""
    Sheet.objects.filter(user=str(principal.id), cluster=slug, pk=number).delete()


def saved(principal: Principal, slug: str) -> list[dict[str, str]]:
    """Return somebody's saved queries, by name."""
    found = SavedQuery.objects.filter(user=str(principal.id), cluster=slug)
    return [{"name": query.name, "description": query.description, "text": query.text} for query in found]


def save(principal: Principal, slug: str, name: str, description: str, text: str) -> None:
    """Keep a text under a name, in place of the one that had it; raises Problem."""
    if not 0 < len(name.strip()) <= 100:
        raise Problem(Kind.INVALID, "A saved query needs a name of up to 100 letters.", "Give it one.", "name")
    mine = SavedQuery.objects.filter(user=str(principal.id), cluster=slug)
    if mine.count() >= MOST_SAVED and not mine.filter(name=name.strip()).exists():
        raise Problem(Kind.CONFLICT, f"You keep {MOST_SAVED} queries.", "Remove one first.")
    SavedQuery.objects.update_or_create(
        user=str(principal.id), cluster=slug, name=name.strip(), defaults={"description": description[:1000], "text": text}
    )


def forget(principal: Principal, slug: str, name: str) -> None:
    """Remove a saved query of one's own."""
    SavedQuery.objects.filter(user=str(principal.id), cluster=slug, name=name).delete()


def history(principal: Principal, slug: str, most: int = 200) -> list[dict[str, Any]]:
    """Return what somebody ran, newest first."""
    found = History.objects.filter(user=str(principal.id), cluster=slug)[:most]
    return [
        {
            "statement": row.statement,
            "outcome": row.outcome,
            "reason": row.reason,
            "result": row.result,
            "at_ms": int(row.at.timestamp() * 1000),
        }
        for row in found
    ]

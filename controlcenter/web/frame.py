"""What every page stands in: the map of pages, the switcher of clusters, how fresh the figures are, who is signed in."""

import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from controlcenter.access import decisions, principals
from controlcenter.fleet import clusters
from controlcenter.observe import store
from controlcenter.observe.snapshot import Snapshot
from controlcenter.web import numbers

LATER = "not yet in this version"
# group → icon, word, URL name (None: the page comes later), operation, view as base.html's data-view names it
MAP = (
    ("Cluster", (
        ("layout-dashboard", "Overview", "overview", "cluster.view"),
        ("server", "Brokers", "brokers", "broker.view"),
        ("network", "Quorum", None, ""),
        ("shuffle", "Balance", None, ""),
        ("history", "Timeline", "timeline", "cluster.view"),
    )),
    ("Data", (
        ("layers", "Topics", "topics", "topic.view"),
        ("users", "Groups", "groups", "group.view"),
        ("braces", "Schemas", None, ""),
        ("plug", "Connect", None, ""),
        ("repeat", "Transactions", None, ""),
        ("inbox", "Dead letters", None, ""),
    )),
    ("Query", (("terminal", "SQL", "sql", "query.run"), ("workflow", "Lineage", None, ""), ("route", "Trace", None, ""))),
    ("Govern", (
        ("shield", "Access", None, ""),
        ("bell", "Alerts", None, ""),
        ("lightbulb", "Insights", None, ""),
        ("stamp", "Approvals", None, ""),
        ("scroll-text", "Audit", "audit", "app.audit.view"),
    )),
)  # fmt: skip
# pages without a cluster of their own in the address
FLEET_WIDE = {"audit"}
TONE_OF_STATE = {"healthy": "ok", "degraded": "warn", "unreachable": "bad"}
# words of the freshness chip → sources, and the age in seconds past which they count as stale
FRESHNESS = (("brokers", "metadata", 90), ("offsets", "ends", 30), ("log dirs", "log_dirs", 180))

RANGES = {"15m": 900_000, "1h": 3_600_000, "6h": 21_600_000}  # observe.history keeps six hours


def range_of(request: HttpRequest) -> str:
    return _one_of(request.GET.get("range"), tuple(RANGES)) or "1h"


def context(request: HttpRequest) -> dict[str, Any]:
    return {
        "theme": _one_of(request.COOKIES.get("theme"), ("light", "dark")),
        "density": _one_of(request.COOKIES.get("density"), ("compact", "cosy")),
        "now_ms": int(time.time() * 1000),
        "view_ranges": RANGES,
        "view_range": range_of(request),
        "frame": SimpleLazyObject(lambda: frame(request)),
    }


def frame(request: HttpRequest) -> dict[str, Any]:
    principal = getattr(request, "principal", None)
    cluster = getattr(request, "cluster", None)
    snapshot = getattr(request, "snapshot", None) or Snapshot()
    view = getattr(getattr(request, "resolver_match", None), "url_name", "") or ""
    if principal is None:
        return {"principal": None}
    return {
        "principal": principal,
        "initials": initials(principal.name),
        "roles": roles(principal),
        "cluster": cluster,
        "facts": facts(snapshot),
        "tone": TONE_OF_STATE.get(snapshot.cluster()["state"] or "", ""),
        "clusters": switcher(principal, cluster),
        "nav": nav(principal, cluster, snapshot, view),
        "freshness": freshness(snapshot) if cluster else [],
        "may_create_topic": cluster is not None and decisions.could(principal, "topic.create", cluster.slug),
    }


def roles(principal: Any) -> str:
    """Return the names of the roles whose rights reach the principal, as the sidebar tells them."""
    return ", ".join(sorted({rule.role for rule in principals.rights(principal)})) or "no role"


def may(principal: Any, operation: str, cluster: str | None, name: str = "") -> bool:
    return decisions.decide(principal, operation, cluster, name).effect == "allow"


def nav(principal: Any, cluster: Any, snapshot: Snapshot, view: str) -> list[dict[str, Any]]:
    """Return the groups of the sidebar; what cannot be opened stays visible, with the reason in place of an address."""
    counts = _counts(principal, cluster, snapshot)
    groups = []
    for group, entries in MAP:
        items = []
        for icon, word, name, operation in entries:
            href, why = _address(principal, cluster, name, operation)
            count, tone = counts.get(name or "", ("", ""))
            is_here = bool(name) and (view == name or view.startswith(f"{name.rstrip('s')}-") or view == (name or "").rstrip("s"))
            items.append({"icon": icon, "word": word, "href": href, "why": why, "count": count, "tone": tone, "is_current": is_here})
        groups.append({"word": group, "entries": items})
    return groups


def switcher(principal: Any, current: Any) -> list[dict[str, Any]]:
    """Return every cluster the principal may see, with its health."""
    return [
        {
            "cluster": cluster,
            "tone": TONE_OF_STATE.get(row["state"] or "", ""),
            "facts": facts(snapshot),
            "is_current": current is not None and cluster.slug == current.slug,
            "href": reverse("overview", args=[cluster.slug]),
        }
        for cluster in clusters.all()
        if may(principal, "cluster.view", cluster.slug)
        for snapshot in [store.default().read(cluster.slug) or Snapshot()]
        for row in [snapshot.cluster()]
    ]


def facts(snapshot: Snapshot) -> str:
    """Return the line under a cluster's name."""
    row = snapshot.cluster()
    words = [(row["state"] or "not read yet").capitalize()]
    if row["brokers"] is not None:
        words.append(f"{row['brokers']} broker{'' if row['brokers'] == 1 else 's'}")
    if row["kafka_version"]:
        words.append(row["kafka_version"])
    return " · ".join(words)


def freshness(snapshot: Snapshot) -> list[tuple[str, int | None, int]]:
    """Return word, when last told, and the limit in seconds, for the parts an operator asks about first."""
    latest: dict[str, int] = {}
    for row in snapshot.table("sources").values():
        if row["as_of_ms"] is not None:
            latest[row["source"]] = max(latest.get(row["source"], 0), row["as_of_ms"])
    return [(word, latest.get(source), limit) for word, source, limit in FRESHNESS if source in latest]


def initials(name: str) -> str:
    words = name.replace(".", " ").replace("-", " ").split()
    return ("".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]).upper()


def _address(principal: Any, cluster: Any, name: str | None, operation: str) -> tuple[str | None, str]:
    if name is None:
        return None, LATER
    if name not in FLEET_WIDE and cluster is None:
        return None, "choose a cluster first"
    if not decisions.could(principal, operation, None if name in FLEET_WIDE else cluster.slug):
        return None, f"needs the right {operation}"
    try:
        return reverse(name, args=[] if name in FLEET_WIDE else [cluster.slug]), ""
    except NoReverseMatch:
        return None, LATER


def _counts(principal: Any, cluster: Any, snapshot: Snapshot) -> Mapping[str, tuple[str, str]]:
    """Return the counts beside the words: of what the principal may see, and nothing else."""
    if cluster is None:
        return {}
    shown = {}
    for name, table, column, operation in (("topics", "topics", "name", "topic.view"), ("groups", "groups", "group", "group.view")):
        rows = snapshot.table(table).values()
        if rows:
            seen = decisions.visible(principal, operation, cluster.slug, [row[column] for row in rows if not row.get("is_internal")])
            shown[name] = (numbers.count(len(seen)), "")
    if (brokers := snapshot.cluster()["brokers"]) is not None and decisions.could(principal, "broker.view", cluster.slug):
        shown["brokers"] = (str(brokers), "")
    return shown


def _one_of(value: str | None, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else ""

"""What Ctrl-K offers, by right: pages, topics, groups, brokers and actions of the cluster one stands in."""

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.fleet import clusters
from controlcenter.observe import store
from controlcenter.observe.snapshot import Snapshot
from controlcenter.web import frame, numbers
from controlcenter.web.door import account

MOST = 12  # of one kind
PREFIXES = {">": "Actions", "#": "Topics", "@": "Groups"}
RECORD = re.compile(r"(?P<topic>[\w.-]+)@(?P<partition>\d+):(?P<offset>\d+)")
Item = dict[str, str]


@account
@require_safe
def palette(request: HttpRequest) -> JsonResponse:
    principal = request.principal  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip()
    only = PREFIXES.get(text[:1])
    wanted = (text[1:] if only else text).strip().lower()
    seen = [cluster for cluster in clusters.all() if frame.may(principal, "cluster.view", cluster.slug)]
    here = next((cluster for cluster in seen if cluster.slug == request.GET.get("cluster")), None)
    groups = [
        ("Clusters", _named(wanted, [_item("server", each.name, each.environment, reverse("overview", args=[each.slug])) for each in seen]))
    ]
    if here is not None:
        groups = _of_cluster(principal, here, wanted, text) + groups
    return JsonResponse({"groups": [{"word": word, "items": items} for word, items in groups if items and only in (None, word)]})


def _of_cluster(principal: Any, cluster: Any, wanted: str, text: str) -> list[tuple[str, list[Item]]]:
    snapshot = store.default().read(cluster.slug) or Snapshot()
    return [
        ("Records", _record(principal, cluster.slug, text)),
        ("Go to", _named(wanted, _pages(principal, cluster, snapshot))),
        ("Topics", _topics(principal, cluster.slug, snapshot, wanted)),
        ("Groups", _groups(principal, cluster.slug, snapshot, wanted)),
        ("Brokers", _named(wanted, _brokers(principal, cluster.slug, snapshot))),
        ("Actions", _named(wanted, _actions(principal, cluster.slug))),
    ]


def _pages(principal: Any, cluster: Any, snapshot: Snapshot) -> list[Item]:
    return [
        _item(entry["icon"], entry["word"], "", entry["href"])
        for group in frame.nav(principal, cluster, snapshot, "")
        for entry in group["entries"]
        if entry["href"]
    ]


def _topics(principal: Any, slug: str, snapshot: Snapshot, wanted: str) -> list[Item]:
    rows = {row["name"]: row for row in snapshot.table("topics").values() if wanted in row["name"].lower()}
    shown = _best(decisions.visible(principal, "topic.view", slug, rows), wanted)
    return [
        _item("layers", name, f"{numbers.grouped(rows[name]['partitions'])} partitions", reverse("topic", args=[slug, name]))
        for name in shown
    ]


def _groups(principal: Any, slug: str, snapshot: Snapshot, wanted: str) -> list[Item]:
    rows = {row["group"]: row for row in snapshot.table("groups").values() if wanted in row["group"].lower()}
    shown = _best(decisions.visible(principal, "group.view", slug, rows), wanted)
    return [
        _item("users", name, f"{rows[name]['state']} · lag {numbers.count(rows[name]['lag'])}", reverse("group", args=[slug, name]))
        for name in shown
    ]


def _brokers(principal: Any, slug: str, snapshot: Snapshot) -> list[Item]:
    if not decisions.could(principal, "broker.view", slug):
        return []
    rows = sorted(snapshot.table("brokers").values(), key=lambda row: row["broker"])
    return [
        _item("server", f"broker {row['broker']}", f"{row['host']}:{row['port']}", reverse("broker", args=[slug, row["broker"]]))
        for row in rows
    ]


def _actions(principal: Any, slug: str) -> list[Item]:
    return (
        [_item("plus", "Create topic…", "c", reverse("new-topic", args=[slug]))] if decisions.could(principal, "topic.create", slug) else []
    )


def _record(principal: Any, slug: str, text: str) -> list[Item]:
    """`orders@3:1200` opens that record."""
    match = RECORD.fullmatch(text)
    if match is None or decisions.decide(principal, "message.read", slug, match["topic"]).effect != "allow":
        return []
    try:
        href = reverse("record", args=[slug, match["topic"], int(match["partition"]), int(match["offset"])])
    except NoReverseMatch:
        return []
    return [_item("mail", text, "open this record", href)]


def _named(wanted: str, items: Iterable[Item]) -> list[Item]:
    return [item for item in items if wanted in item["name"].lower()][:MOST]


def _best(found: Iterable[str], wanted: str) -> list[str]:
    """Names that begin so come first, then the shorter ones."""
    return sorted(found, key=lambda name: (not name.lower().startswith(wanted), len(name), name))[:MOST]


def _item(icon: str, name: str, note: str, href: str) -> Item:
    return {"icon": icon, "name": name, "note": note, "href": href}

"""Brokers: our view of each and the controller's, kept apart; and one broker's log dirs, settings and partitions."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from controlcenter.access import decisions
from controlcenter.errors import Kind, Problem
from controlcenter.observe.snapshot import Row, Snapshot, only
from controlcenter.web.door import page

MOST = 200  # rows of one server-drawn table
OVERRIDES = ("dynamic broker", "dynamic default broker", "static")


@page("broker.view")
@require_safe
def brokers(request: HttpRequest, slug: str) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    known = rows(slug, snapshot)
    context = {
        "view": "brokers",
        "brokers": known,
        "up": sum(bool(row["is_reachable"]) for row in known),
        "cluster": snapshot.cluster(),
        "is_read": bool(snapshot.table("sources")),
    }
    return render(request, "pages/brokers/list.html", context)


@page("broker.view")
@require_safe
def broker(request: HttpRequest, slug: str, broker: int) -> HttpResponse:
    return _tab(request, slug, broker, "overview", log_dirs=_log_dirs(request, broker))


@page("broker.logdirs.view")
@require_safe
def log_dirs(request: HttpRequest, slug: str, broker: int) -> HttpResponse:
    return _tab(request, slug, broker, "logdirs", log_dirs=_log_dirs(request, broker))


@page("broker.config.view")
@require_safe
def configs(request: HttpRequest, slug: str, broker: int) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    held = [row for row in snapshot.table("configs").values() if row["kind"] == "broker" and str(row["owner"]) == str(broker)]
    held.sort(key=lambda row: (row["source"] not in OVERRIDES, row["name"]))
    return _tab(request, slug, broker, "configs", configs=held)


@page("broker.view")
@require_safe
def partitions(request: HttpRequest, slug: str, broker: int) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    held = [row for row in snapshot.table("partitions").values() if broker in (row["replicas"] or ())]
    principal = request.principal  # type: ignore[attr-defined]
    allowed = set(decisions.visible(principal, "topic.view", slug, {row["topic"] for row in held}))
    kept = sorted(
        (row for row in held if row["topic"] in allowed), key=lambda row: (row["state"] == "in_sync", row["topic"], row["partition"])
    )
    shown = [{**row, "href": reverse("topic-partitions", args=[slug, row["topic"]]), "role": _role(row, broker)} for row in kept[:MOST]]
    return _tab(request, slug, broker, "partitions", partitions=shown, held=len(kept))


def rows(slug: str, snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return each broker with the words for its two states, its disk share, and its address."""
    return [
        {**row, "state": state(row), "used": used(row), "href": reverse("broker", args=[slug, row["broker"]])}
        for row in sorted(snapshot.table("brokers").values(), key=lambda row: row["broker"])
    ]


def state(row: Row) -> tuple[str, str, str]:
    """Return tone, word and icon of a broker: ours and the controller's view in one word, the worse one first."""
    if row["is_reachable"] is False:
        return ("bad", "Unreachable", "plug-zap")
    if row["is_registered"] is False:
        return ("bad", "Not registered", "circle-x")
    if row["is_fenced"]:
        return ("warn", "Fenced", "triangle-alert")
    if row["offline_log_dirs"]:
        return ("bad", "Log dir offline", "hard-drive")
    if row["is_reachable"] is None:
        return ("", "Unknown", "circle-help")
    return ("info", "Controller", "crown") if row["is_controller"] else ("ok", "Online", "check")


def used(row: Row) -> int | None:
    """Return how full the broker's disks are, in percent; None when the broker does not tell."""
    total, usable = row["disk_total_bytes"], row["disk_usable_bytes"]
    return None if not total or usable is None else round(100 * (total - usable) / total)


def _tab(request: HttpRequest, slug: str, broker: int, tab: str, **more: Any) -> HttpResponse:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    row = snapshot.row("brokers", broker)
    if row is None:
        raise Problem(Kind.ABSENT, f"There is no broker {broker} in this cluster.", "Look at the list of brokers.")
    principal = request.principal  # type: ignore[attr-defined]
    context = {
        "view": f"broker/{broker}",
        "tab": tab,
        "broker": {**row, "state": state(row), "used": used(row), "preferred_about": _preferred(row)},
        "tabs": _tabs(principal, slug, broker),
        "source": snapshot.source("opened", broker) or snapshot.source("opened"),
        **more,
    }
    return render(request, f"pages/broker/{tab}.html", context)


def _tabs(principal: Any, slug: str, broker: int) -> list[tuple[str, str, str]]:
    entries = (
        ("overview", "Overview", "broker", "broker.view"),
        ("logdirs", "Log dirs", "broker-logdirs", "broker.logdirs.view"),
        ("configs", "Configs", "broker-configs", "broker.config.view"),
        ("partitions", "Partitions", "broker-partitions", "broker.view"),
    )
    return [
        (tab, word, reverse(url, args=[slug, broker]))
        for tab, word, url, operation in entries
        if decisions.could(principal, operation, slug)
    ]


def _log_dirs(request: HttpRequest, broker: int) -> list[Mapping[str, Any]]:
    snapshot: Snapshot = request.snapshot  # type: ignore[attr-defined]
    principal, slug = request.principal, request.cluster.slug  # type: ignore[attr-defined]
    if not decisions.could(principal, "broker.logdirs.view", slug):
        return []
    held = only(snapshot.table("log_dirs"), "broker", [broker]).values()
    return [{**row, "used": _dir_used(row), "largest": _largest(principal, slug, row["largest"])} for row in held]


def _largest(principal: Any, slug: str, largest: Sequence[Sequence[Any]] | None) -> list[Sequence[Any]]:
    found = largest or []
    allowed = set(decisions.visible(principal, "topic.view", slug, {each[0] for each in found}))
    return [each for each in found if each[0] in allowed]


def _dir_used(row: Row) -> int | None:
    total, usable = row["total_bytes"], row["usable_bytes"]
    return None if not total or usable is None else round(100 * (total - usable) / total)


def _preferred(row: Row) -> str:
    return "" if row["preferred_leaders"] is None else f"{row['preferred_leaders']} of them preferred"


def _role(row: Row, broker: int) -> str:
    if row["leader"] == broker:
        return "leader" if row["replicas"][0] == broker else "leader, not preferred"
    return "in sync" if broker in row["in_sync_replicas"] else "out of sync"

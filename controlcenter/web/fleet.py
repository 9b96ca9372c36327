"""The fleet: which cluster needs me. Worst first; one cluster alone is its own fleet."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from controlcenter.fleet import clusters
from controlcenter.observe import filters, store
from controlcenter.observe.filters import Field
from controlcenter.observe.snapshot import Row, Snapshot
from controlcenter.web import frame, overview
from controlcenter.web.door import account

WORST = {"unreachable": 0, "degraded": 1, "unknown": 2, None: 2, "healthy": 3}
FIELDS = {
    "name": Field("name", "text"),
    "env": Field("environment", "word", ("dev", "test", "prod")),
    "health": Field("state", "word", ("healthy", "degraded", "unreachable", "unknown")),
}


@account
@require_safe
def fleet(request: HttpRequest) -> HttpResponse:
    principal = request.principal  # type: ignore[attr-defined]
    seen = [cluster for cluster in clusters.all() if frame.may(principal, "cluster.view", cluster.slug)]
    if len(seen) == 1:
        return redirect("overview", seen[0].slug)
    tiles = [tile(principal, cluster, store.default().read(cluster.slug) or Snapshot()) for cluster in seen]
    tiles.sort(key=lambda each: (WORST.get(each["row"]["state"], 2), each["name"].lower()))
    text = request.GET.get("filter", "").strip()
    found = filters.read(text, FIELDS)
    shown = [each for each in tiles if found(each)]
    counts = {state: sum(each["row"]["state"] == state for each in tiles) for state in ("healthy", "degraded", "unreachable")}
    context = {
        "view": "",
        "tiles": shown,
        "total": len(tiles),
        "counts": counts,
        "filter": text,
        "faults": found.faults,
        "mode": "table" if request.GET.get("as") == "table" else "tiles",
    }
    return render(request, "pages/fleet/fleet.html", context)


def tile(principal: Any, cluster: Any, snapshot: Snapshot) -> dict[str, Any]:
    """Return one cluster's tile; its reasons are links to the culprits."""
    row = snapshot.cluster()
    reasons = overview.attention(principal, cluster.slug, snapshot)
    return {
        "name": cluster.name,
        "environment": cluster.environment,
        "state": row["state"] or "unknown",
        "cluster": cluster,
        "row": row,
        "href": reverse("overview", args=[cluster.slug]),
        "reasons": reasons[:3],
        "more_reasons": len(reasons[3:]),
        "disk": _fullest(snapshot),
        "seen_at_ms": max((source["as_of_ms"] or 0 for source in snapshot.table("sources").values()), default=0) or None,
    }


def _fullest(snapshot: Snapshot) -> int | None:
    shares = [_share(row) for row in snapshot.table("brokers").values()]
    return max((share for share in shares if share is not None), default=None)


def _share(row: Row) -> int | None:
    total, usable = row["disk_total_bytes"], row["disk_usable_bytes"]
    return None if not total or usable is None else round(100 * (total - usable) / total)

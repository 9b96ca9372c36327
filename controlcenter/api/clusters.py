"""Clusters and their brokers."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from controlcenter import access
from controlcenter.access import decisions
from controlcenter.api import reading, shapes
from controlcenter.fleet import clusters
from controlcenter.observe import store

router = Router(tags=["clusters"])


@router.get("", response=shapes.List[shapes.Cluster])
def list_clusters(request: HttpRequest) -> dict[str, Any]:
    known = {cluster.slug: cluster for cluster in clusters.all()}
    seen = [slug for slug in known if decisions.decide(request.principal, "cluster.view", slug).effect == "allow"]
    items = [_cluster(known[slug]) for slug in seen]
    ages = [shapes.age(store.default().read(slug) or reading.NOTHING, "metadata") for slug in seen]
    as_of = min((age for age, _ in ages if age is not None), default=None)
    return {"as_of": as_of, "complete": all(complete for _, complete in ages), "total": len(items), "items": items}


@router.get("{slug}/", response=shapes.Cluster)
def show_cluster(request: HttpRequest, slug: str) -> dict[str, Any]:
    access.check(request.principal, "cluster.view", slug, "")
    return _cluster(clusters.get(slug))


@router.get("{slug}/brokers/", response=shapes.List[shapes.Broker])
def list_brokers(request: HttpRequest, slug: str) -> dict[str, Any]:
    snapshot = reading.of(request, "broker.view", slug)
    as_of, complete = shapes.age(snapshot, "metadata", "log_dirs")
    rows = sorted(snapshot.table("brokers").values(), key=lambda row: row["broker"])
    return {"as_of": as_of, "complete": complete, "total": len(rows), "items": [shapes.broker(row) for row in rows]}


def _cluster(cluster: clusters.Cluster) -> dict[str, Any]:
    row = (store.default().read(cluster.slug) or reading.NOTHING).cluster()
    return {**row, "slug": cluster.slug, "name": cluster.name}

"""Whether the product has something to show: the question behind /readyz."""

from collections.abc import Iterable
from typing import Any

from controlcenter.observe.store import Store

FIRST = ("metadata", "ends")  # what a first snapshot must hold


def ready(store: Store, clusters: Iterable[Any]) -> tuple[bool, str]:
    """Return whether the first snapshot of every reachable cluster is there, and in words what is awaited.

    clusters: those of `fleet.clusters.all()`. One that cannot be reached is known to be so: it is not waited for.
    """
    awaited = []
    for cluster in clusters:
        snapshot = store.read(cluster.slug)
        if snapshot is None:
            awaited.append(f"{cluster.slug}: no answer yet")
        elif snapshot.cluster()["state"] != "unreachable":
            missing = [name for name in FIRST if not (snapshot.source(name) or {}).get("as_of_ms")]
            if missing == ["ends"] and not snapshot.table("partitions"):
                missing = []  # a cluster without topics has no ends
            if missing:
                awaited.append(f"{cluster.slug}: {', '.join(missing)} not read yet")
    return not awaited, "; ".join(awaited) or "every reachable cluster was read"

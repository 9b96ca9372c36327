"""The connections over which this worker performs changes: one a cluster, made at the first change, renewed when its settings change."""

import threading
from typing import Any

from controlcenter.fleet import clusters
from controlcenter.kafka import cluster as kafka

_held: dict[str, tuple[Any, kafka.Cluster]] = {}
_lock = threading.Lock()


def to(slug: str) -> kafka.Cluster:
    """Return the connection to a cluster; raises Problem when there is no such cluster, or nobody answers there."""
    wanted = clusters.connection(clusters.get(slug))
    with _lock:
        made_of, held = _held.get(slug, (None, None))
        if held is not None and made_of == wanted:
            return held
        if held is not None:
            held.close()
        fresh = kafka.connect(wanted)
        _held[slug] = (wanted, fresh)
        return fresh

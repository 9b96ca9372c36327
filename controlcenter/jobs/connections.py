"""The connections over which this worker performs changes: one a cluster, made at the first change, renewed when its settings
change, closed when its cluster is gone.

They are not those of the watches (`observe.watch`), on purpose: a read that hangs closes its broker's connection with
everything that is under way on it (`kafka.wire`), and of a change cut off so nobody would know whether it happened. The
tick that looks after the watches looks after these too, by `keep`.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping

from controlcenter.fleet import clusters
from controlcenter.kafka import cluster as kafka
from controlcenter.kafka.model import Connection

_held: dict[str, tuple[Connection, kafka.Cluster]] = {}
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # one a cluster: connecting to a dead one takes seconds


def to(slug: str) -> kafka.Cluster:
    """Return the connection to a cluster; raises Problem when there is no such cluster, or nobody answers there."""
    wanted = clusters.connection(clusters.get(slug))
    with _locks[slug]:
        made_of, held = _held.get(slug, (None, None))
        if held is not None and made_of == wanted:
            return held
        if held is not None:
            _held.pop(slug)
            held.close()
        fresh = kafka.connect(wanted)
        _held[slug] = (wanted, fresh)
        return fresh


def keep(wanted: Mapping[str, Connection]) -> None:
    """Close what leads to clusters that are gone, or are reached otherwise now. Does not wait for one that is just being made."""
    for slug, (made_of, held) in list(_held.items()):
        if wanted.get(slug) != made_of and _locks[slug].acquire(blocking=False):
            try:
                if _held.get(slug, (None, None))[1] is held:
                    _held.pop(slug)
                    held.close()
            finally:
                _locks[slug].release()

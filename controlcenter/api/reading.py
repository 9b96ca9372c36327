"""What every route that reads begins with: the right, the cluster, its newest snapshot."""

from django.http import HttpRequest

from controlcenter import access
from controlcenter.fleet import clusters
from controlcenter.observe import store
from controlcenter.observe.snapshot import Snapshot

NOTHING = Snapshot()


def of(request: HttpRequest, operation: str, slug: str, name: str | None = None) -> Snapshot:
    """Return the snapshot of a cluster the caller may look at; raises Problem ABSENT or DENIED.

    name None: a list, whose rows are filtered by right one by one.
    """
    access.check(request.principal, "cluster.view", slug, "")
    if name is not None:
        access.check(request.principal, operation, slug, name)
    clusters.get(slug)
    return store.default().read(slug) or NOTHING

"""Celery tasks of the flow `operate`: they translate and hand on; `operate.work` decides."""

import orjson
from celery import shared_task

from controlcenter.access import audit
from controlcenter.jobs import connections
from controlcenter.observe import store
from controlcenter.operate import work
from controlcenter.operate.perform import reply_key

REPLY_KEPT_S = 60


@shared_task(name="controlcenter.jobs.operate.perform")
def perform(intent_id: str) -> None:
    answer = work.perform(intent_id, connections.to)
    if answer is not None:
        tell(intent_id, answer)
        store.default().refresh(audit.intent_of(intent_id).cluster)


@shared_task(name="controlcenter.jobs.operate.check")
def check(reply: str, args: dict[str, object]) -> None:
    tell(reply, work.check(args, connections.to))


def tell(reply: str, answer: dict[str, object]) -> None:
    """Answer the request that waits under a reply's key."""
    redis = store.default().redis
    redis.pipeline().rpush(reply_key(reply), orjson.dumps(answer)).expire(reply_key(reply), REPLY_KEPT_S).execute()

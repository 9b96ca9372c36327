"""Every address meets Charlie, who has an account and no right, and a stranger, who has none.

The walk finds the addresses by itself: a new page is tested the moment it has an address.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from controlcenter.access.operations import BY_NAME
from controlcenter.observe.snapshot import TABLES, Snapshot
from controlcenter.observe.store import encode, redis_key

pytestmark = pytest.mark.django_db

CANARY = "canary-topic"
ARGUMENTS: dict[str, Any] = {
    "slug": "demo", "topic": CANARY, "group": "canary-group", "broker": 1, "partition": 0, "offset": 0, "parcel": "canary",
    "query": "canary",
    "job": 1,
}  # fmt: skip
# open to strangers: sign-in, set-up, health. What they may show is tested in test_door and test_sign_in
OPEN = {"login", "setup", "healthz", "readyz"}
# open to whoever has an account: they show only what their reader may see, hence no canary to Charlie
ACCOUNT = {"fleet", "account", "logout", "palette", "ws-ticket", "api-docs", "api-root", "openapi-json", "openapi-view", "list_clusters",
           "jobs", "job"}  # fmt: skip
METHODS = ("get", "post", "delete", "put", "patch")


def patterns(resolver: URLResolver, prefix: str = "", name_prefix: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from patterns(part, prefix + str(part.pattern), part.namespace or name_prefix)
        else:
            yield prefix + str(part.pattern), part.name or "", part


def address(route: str, pattern: URLPattern) -> str:
    """Fill a route's arguments; one that is not in ARGUMENTS must be added there, with a value that exists."""
    path = route
    for name in [*pattern.pattern.converters, *_outer(route)]:
        for kind in ("slug", "name", "int", "str", "path", "uuid"):
            path = path.replace(f"<{kind}:{name}>", str(ARGUMENTS[name]) if name in ARGUMENTS else "unfilled")
        path = path.replace(f"<{name}>", str(ARGUMENTS.get(name, "unfilled")))
    assert "<" not in path, f"{route}: add the value of its arguments to ARGUMENTS"
    assert "unfilled" not in path, f"{route}: add the value of its arguments to ARGUMENTS"
    return "/" + path


def _outer(route: str) -> list[str]:
    return [part.split(">")[0].split(":")[-1] for part in route.split("<")[1:]]


WALK = [(address(route, pattern), name) for route, name, pattern in patterns(get_resolver())]


def row(table: str, **told: Any) -> dict[str, Any]:
    return {**dict.fromkeys(TABLES[table]), **told}


@pytest.fixture
def canaries(store, demo):
    """A cluster in which everything bears the canary's name."""
    snapshot = Snapshot(
        1,
        {
            "cluster": {"cluster": row("cluster", cluster_id="canary-cluster", state="healthy", topics=1, groups=1, brokers=1)},
            "topics": {CANARY: row("topics", name=CANARY, health="ok", partitions=1, is_internal=False)},
            "groups": {"canary-group": row("groups", group="canary-group", type="classic", state="Stable")},
            "brokers": {"1": row("brokers", broker=1, host="canary-host", port=9092)},
            "partitions": {f"{CANARY}/0": row("partitions", topic=CANARY, partition=0, state="in_sync", leader=1, replicas=[1])},
        },
    )
    store.redis.set(redis_key("demo", "snap"), encode(snapshot))
    store.redis.set(redis_key("demo", "version"), 1)
    demo.name = "canary-name"
    demo.save()


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("path", [path for path, name in WALK if name not in OPEN])
def test_a_stranger_is_sent_to_sign_in(path, alice, canaries):
    for method in METHODS:
        answer = getattr(Client(), method)(path)
        if path.startswith("/api/"):
            assert answer.status_code in (401, 405), (method, answer.status_code)
        else:
            assert answer.status_code == 302, (method, answer.status_code)
            assert answer.url.startswith("/login/")
        assert b"canary" not in body_of(answer).replace(path.encode(), b"")


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, name in WALK if name not in OPEN])
def test_charlie_learns_and_does_nothing(path, name, client_of, charlie, canaries):
    for method in METHODS:
        answer = getattr(client_of(charlie), method)(path, HTTP_REFERER="http://testserver/")
        if name in ACCOUNT:
            assert answer.status_code < 500
        else:
            refused = (400, 403, 404, 405, 422) if path.startswith("/api/") else (403, 404, 405)  # the API reads the body first
            assert answer.status_code in refused, (method, answer.status_code)
        assert b"canary" not in body_of(answer).replace(path.encode(), b""), method


def test_the_walk_finds_the_pages_there_are():
    names = {name for _, name in WALK}
    assert {"login", "setup", "account", "audit", "fleet", "healthz"} <= names
    assert len(WALK) > 8


@pytest.mark.parametrize(
    "path",
    [
        "/%2Faudit/",
        "/audit//",
        "/AUDIT/",
        "/audit/;x",
        "/audit/%2e%2e/",
        "/static/../audit/",
        "/clusters/demo%2ftopics/",
        "/healthz/../audit/",
        "/login/../audit/",
        "/%61udit/",
    ],
)
def test_a_crooked_address_opens_nothing(path, client_of, charlie, demo):
    assert Client().get(path).status_code in (302, 301, 404)
    followed = client_of(charlie).get(path, follow=True)
    assert followed.status_code in (403, 404)


def test_every_page_names_the_operation_it_needs():
    known = {*BY_NAME, "account", ""}
    for route, name, pattern in patterns(get_resolver()):
        if route.startswith("api/v1"):
            continue  # the API checks in its own door: see tests/api
        needs = getattr(pattern.callback, "needs", None)
        assert needs in known, f"/{route} ({name}): put a decorator of web/door.py on it"
        assert (needs == "") == (name in OPEN), f"/{route} ({name})"

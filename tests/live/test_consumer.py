"""The conversation: who gets in, what they are shown, what ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from django.test import Client

from controlcenter.access import sign_ins
from controlcenter.access.models import Binding
from controlcenter.live import hub, limits, sockets
from controlcenter.live.routing import websocket_urlpatterns
from controlcenter.observe.publish import Writer
from controlcenter.observe.snapshot import TABLES, Snapshot, from_columnar
from controlcenter.observe.store import Store, redis_key

pytestmark = pytest.mark.django_db(transaction=True)
HERE = "localhost:8000"
CH = "demo/topics"


@pytest.fixture(autouse=True)
async def _one_hub(store: Store, demo: Any) -> AsyncIterator[None]:
    yield
    await hub.current().stop()


class Kafka:
    """Publishes snapshots of the cluster demo, as the worker does."""

    def __init__(self, store: Store) -> None:
        self.writer, self.held = Writer(store, "demo"), Snapshot()
        assert self.writer.hold()

    def publish(self, **records: int | None) -> Snapshot:
        topics = {name: {**dict.fromkeys(TABLES["topics"]), "name": name, "records": count} for name, count in records.items()}
        cluster = {"cluster": dict.fromkeys(TABLES["cluster"])}
        published = self.writer.publish(self.held, self.held.replace(cluster=cluster, topics=topics))
        assert published is not None
        self.held = published
        return published


@pytest.fixture
def kafka(store: Store) -> Kafka:
    return Kafka(store)


class Tab:
    """One tab's socket."""

    def __init__(self, origin: str | None = f"http://{HERE}", token: str = "", address: str = "127.0.0.1", host: str = HERE) -> None:
        headers = [(b"host", host.encode())]
        headers += [(b"origin", origin.encode())] if origin is not None else []
        headers += [(b"authorization", f"Bearer {token}".encode())] if token else []
        scope = {
            "type": "websocket",
            "path": "/ws",
            "headers": headers,
            "client": (address, 50000),
            "query_string": b"",
            "subprotocols": [],
        }
        self.wire = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)

    async def opens(self) -> bool:
        await self.wire.send_input({"type": "websocket.connect"})
        return (await self.wire.receive_output(5))["type"] == "websocket.accept"

    async def say(self, **frame: Any) -> None:
        await self.say_text(orjson.dumps(frame).decode())

    async def say_text(self, text: str) -> None:
        await self.wire.send_input({"type": "websocket.receive", "text": text})

    async def hear(self, *kinds: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while True:
                message = await self.wire.receive_output(5)
                assert message["type"] == "websocket.send", message
                frame = orjson.loads(message["text"])
                if frame["kind"] in kinds:
                    return frame

    async def ended(self) -> int:
        async with asyncio.timeout(8):
            while True:
                message = await self.wire.receive_output(8)
                if message["type"] == "websocket.close":
                    return int(message["code"])

    async def leave(self) -> None:
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.wire.wait(5)


async def ticket_of(client: Client, tab: str = "t1", **extra: Any) -> str:
    answer = await database_sync_to_async(client.get)(f"/ws-ticket/?tab={tab}", headers={"accept": "application/json"}, **extra)
    assert answer.status_code == 200, answer.content
    assert "no-store" in answer.headers["Cache-Control"]
    return str(answer.json()["ticket"])


@pytest.fixture
async def tab_of(client_of: Callable[[Any], Client]) -> AsyncIterator[Callable[[Any], Any]]:
    """await tab_of(user) is a socket of that user, welcomed."""
    opened: list[Tab] = []

    async def make(user: Any) -> Tab:
        client = await database_sync_to_async(client_of)(user)
        tab = Tab()
        opened.append(tab)
        assert await tab.opens()
        await tab.say(do="hello", ticket=await ticket_of(client), tab="t1")
        await tab.hear("welcome")
        tab.client = client  # type: ignore[attr-defined]
        return tab

    yield make
    for tab in opened:
        await tab.leave()


async def test_a_tab_is_shown_the_snapshot_and_then_each_change(kafka: Kafka, bob: Any, tab_of: Any) -> None:
    first = kafka.publish(rides=1, zones=5)
    tab = await tab_of(bob)
    await tab.say(do="subscribe", ch=CH, version=None)
    frame = await tab.hear("snapshot")
    assert (frame["ch"], frame["version"]) == (CH, first.version)
    assert {k: row["records"] for k, row in from_columnar(frame["tables"]["topics"]).items()} == {"rides": 1, "zones": 5}
    second = kafka.publish(rides=2, zones=5)
    change = await tab.hear("delta")
    assert (change["seq"], change["version"]) == (frame["seq"] + 1, second.version)
    assert change["tables"] == {"topics": {"set": {"rides": {"records": 2}}}}


async def test_a_tab_that_was_away_gets_what_it_missed(kafka: Kafka, bob: Any, tab_of: Any) -> None:
    kafka.publish(rides=1)
    one, other = await tab_of(bob), await tab_of(bob)
    for tab in (one, other):
        await tab.say(do="subscribe", ch=CH, version=None)
        had = await tab.hear("snapshot")
    await one.say(do="unsubscribe", ch=CH)
    await one.say(do="subscribe", ch="demo/groups", version=None)
    await one.hear("snapshot")
    for records in (2, 3):
        kafka.publish(rides=records)
    while (await other.hear("delta"))["version"] != kafka.held.version:
        pass
    await one.say(do="subscribe", ch=CH, version=had["version"], stream=had["stream"])
    missed = await one.hear("delta", "snapshot")
    assert (missed["kind"], missed.get("after"), missed["seq"]) == ("delta", had["seq"], had["seq"] + 2)
    assert missed["tables"]["topics"]["set"] == {"rides": {"records": 3}}
    await one.say(do="subscribe", ch=CH, version=had["version"], stream="another server's")
    assert (await one.hear("delta", "snapshot"))["kind"] == "snapshot"


async def test_a_view_somebody_has_open_is_wanted(kafka: Kafka, bob: Any, tab_of: Any, store: Store) -> None:
    kafka.publish(rides=1)
    tab = await tab_of(bob)
    await tab.say(do="subscribe", ch="demo/topic/rides", version=None)
    await tab.hear("snapshot")
    await until(lambda: store.wanted("demo") == {"topic/rides"})
    await tab.say(do="refresh", cluster="demo")
    await until(lambda: store.redis.exists(redis_key("demo", "refresh")))


async def test_a_change_missed_by_the_subscription_is_made_up(kafka: Kafka, bob: Any, tab_of: Any, store: Store) -> None:
    """The channel is silent for one version: the next one does not follow, and the snapshot is read again."""
    kafka.publish(rides=1)
    tab = await tab_of(bob)
    await tab.say(do="subscribe", ch=CH, version=None)
    await tab.hear("snapshot")
    feed, lost = hub.current().feed, asyncio.Event()
    await until(feed.is_live)
    heard = feed._take

    async def lose(message: Any) -> None:
        feed._take = heard  # type: ignore[method-assign]
        lost.set()

    feed._take = lose  # type: ignore[method-assign]
    kafka.publish(rides=2, zones=1)
    await asyncio.wait_for(lost.wait(), 5)
    kafka.publish(rides=3, zones=1)
    change = await tab.hear("delta")
    while change["version"] != kafka.held.version:
        change = await tab.hear("delta")
    assert change["version"] == kafka.held.version
    assert change["tables"]["topics"]["set"]["rides"] == {"records": 3}
    assert list(change["tables"]["topics"]["set"]) == ["rides", "zones"]


async def until(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110  what is waited for stands in Redis, or came from it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "origin", [None, "", "null", "http://evil.example", "http://localhost:9999", "http://localhost", "ftp://localhost:8000"]
)
async def test_another_sites_page_does_not_get_in(origin: str | None) -> None:
    assert not await Tab(origin).opens()


async def test_a_host_we_do_not_serve_does_not_get_in() -> None:
    assert not await Tab("http://evil.example", host="evil.example").opens()


async def test_a_ticket_opens_one_socket(bob: Any, client_of: Any) -> None:
    ticket = await ticket_of(await database_sync_to_async(client_of)(bob))
    first, second = Tab(), Tab()
    assert await first.opens()
    assert await second.opens()
    await first.say(do="hello", ticket=ticket, tab="t1")
    await first.hear("welcome")
    await second.say(do="hello", ticket=ticket, tab="t1")
    assert await second.ended() == 1008
    await first.leave()


@pytest.mark.parametrize(("tab", "address"), [("another tab", "127.0.0.1"), ("t1", "203.0.113.9")])
async def test_a_ticket_is_bound_to_its_tab_and_network(bob: Any, client_of: Any, tab: str, address: str) -> None:
    ticket = await ticket_of(await database_sync_to_async(client_of)(bob))
    socket = Tab(address=address)
    assert await socket.opens()
    await socket.say(do="hello", ticket=ticket, tab=tab)
    assert await socket.ended() == 1008


async def test_without_a_sign_in_there_is_no_ticket(alice: Any) -> None:
    answer = await database_sync_to_async(Client().get)("/ws-ticket/", headers={"accept": "application/json"})
    assert answer.status_code == 401


async def test_a_program_with_a_token_needs_neither_page_nor_ticket(kafka: Kafka, robot: str) -> None:
    kafka.publish(rides=1)
    socket = Tab(origin=None, token=robot)
    assert await socket.opens()
    await socket.hear("welcome")
    await socket.say(do="subscribe", ch=CH, version=None)
    assert list(from_columnar((await socket.hear("snapshot"))["tables"]["topics"])) == ["rides"]
    await socket.leave()
    assert not await Tab(origin=None, token="cc_00000000_wrong").opens()


async def test_charlie_is_shown_nothing(kafka: Kafka, charlie: Any, tab_of: Any) -> None:
    kafka.publish(rides=1)
    tab = await tab_of(charlie)
    for view in ("overview", "topics", "groups", "brokers", "topic/rides", "group/g", "broker/1"):
        await tab.say(do="subscribe", ch=f"demo/{view}", version=None)
        assert await tab.hear("snapshot", "closed") == {"ch": f"demo/{view}", "kind": "closed", "reason": "absent"}
    await tab.say(do="subscribe", ch="nowhere/topics", version=None)
    assert (await tab.hear("snapshot", "closed"))["reason"] == "absent"


async def test_a_right_taken_away_closes_the_view(kafka: Kafka, bob: Any, tab_of: Any) -> None:
    kafka.publish(rides=1)
    tab = await tab_of(bob)
    await tab.say(do="subscribe", ch=CH, version=None)
    await tab.hear("snapshot")
    await database_sync_to_async(lambda: [binding.delete() for binding in Binding.objects.filter(user=bob)])()
    await sockets.current().check()
    assert await tab.hear("closed") == {"ch": CH, "kind": "closed", "reason": "rights_changed"}


async def test_rights_that_stay_the_same_send_nothing_again(kafka: Kafka, alice: Any, bob: Any, tab_of: Any) -> None:
    kafka.publish(rides=1)
    tab = await tab_of(bob)
    await tab.say(do="subscribe", ch=CH, version=None)
    await tab.hear("snapshot")
    await database_sync_to_async(lambda: [binding.delete() for binding in Binding.objects.filter(user=alice)])()
    await sockets.current().check()
    kafka.publish(rides=2)
    assert (await tab.hear("delta", "snapshot", "closed"))["kind"] == "delta"


async def _sign_out(tab: Tab, user: Any) -> None:
    session = tab.client.session  # type: ignore[attr-defined]
    await database_sync_to_async(session.delete)()


async def _end_sign_in(tab: Tab, user: Any) -> None:
    key = tab.client.session.session_key  # type: ignore[attr-defined]
    await database_sync_to_async(sign_ins.begin)(user, key, "127.0.0.1", "a browser")
    await database_sync_to_async(sign_ins.end)(key)


async def _disable(tab: Tab, user: Any) -> None:
    user.is_active = False
    await database_sync_to_async(user.save)()


@pytest.mark.parametrize("end", [_sign_out, _end_sign_in, _disable])
async def test_signing_out_ends_the_socket(kafka: Kafka, bob: Any, alice: Any, tab_of: Any, end: Any) -> None:
    kafka.publish(rides=1)
    tab = await tab_of(bob)
    await tab.say(do="subscribe", ch=CH, version=None)
    await tab.hear("snapshot")
    await end(tab, bob)
    await sockets.current().check()
    assert (await tab.hear("closed"))["reason"] == "rights_changed"
    assert await tab.ended() == 1008


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '{"do":"reboot"}', '{"do":"hello"}', '{"do":7}', '{"do":"subscribe","ch":{"a":1}}',
     '{"do":"subscribe","ch":"demo/topics","version":"1"}', "[" * 2000],
)  # fmt: skip
async def test_what_is_not_in_the_table_ends_the_socket(bob: Any, tab_of: Any, text: str) -> None:
    tab = await tab_of(bob)
    await tab.say_text(text)
    assert await tab.ended() == 1008


async def test_nothing_goes_before_the_hello(bob: Any) -> None:
    socket = Tab()
    assert await socket.opens()
    await socket.say(do="subscribe", ch=CH, version=None)
    assert await socket.ended() == 1008


async def test_a_frame_that_is_too_large_ends_the_socket(bob: Any, tab_of: Any) -> None:
    tab = await tab_of(bob)
    await tab.say(do="subscribe", ch="é" * (limits.FRAME_BYTES // 2))
    assert await tab.ended() == 1009


async def test_too_many_frames_end_the_socket(bob: Any, tab_of: Any) -> None:
    tab = await tab_of(bob)
    for _ in range(limits.FRAMES_PER_S + 2):
        await tab.say(do="unsubscribe", ch="demo/none")
    assert await tab.ended() == 1008


async def test_a_user_has_so_many_sockets_and_no_more(bob: Any, tab_of: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "SOCKETS_PER_USER", 2)
    for _ in range(2):
        await tab_of(bob)
    with pytest.raises(AssertionError, match="close"):
        await tab_of(bob)


async def test_a_socket_has_so_many_views_and_no_more(kafka: Kafka, bob: Any, tab_of: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "SUBSCRIPTIONS", 2)
    kafka.publish(rides=1)
    tab = await tab_of(bob)
    for view in ("topics", "groups", "brokers"):
        await tab.say(do="subscribe", ch=f"demo/{view}", version=None)
        last = await tab.hear("snapshot", "closed")
    assert last == {"ch": "demo/brokers", "kind": "closed", "reason": "too_many"}


async def test_who_knocks_in_vain_too_often_waits() -> None:
    for _ in range(limits.REFUSED_PER_S + 1):
        assert not await Tab("http://evil.example").opens()
    assert not await Tab().opens()
    assert await Tab(address="198.51.100.1").opens()

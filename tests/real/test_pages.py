"""From a cluster to pages and API by one whole round: the same bodies on brokers in memory and on real ones."""

import html
import time
from urllib.parse import quote

import pytest
from django.urls import reverse

from controlcenter.fleet.models import Cluster
from controlcenter.kafka import client as kafka_client
from controlcenter.kafka.model import NewTopic
from controlcenter.kafka.wire import Wire
from controlcenter.observe import derive, merge, poll
from controlcenter.observe.publish import Writer
from controlcenter.observe.snapshot import Snapshot
from controlcenter.observe.store import Store
from controlcenter.web import names
from tests.real import hostile
from tests.real.worlds import leaders, listing, until

pytestmark = pytest.mark.django_db
API = "/api/v1/clusters/demo"


@pytest.fixture
def browser(store, alice, client_of):
    Cluster.objects.create(slug="demo", name="Demo", bootstrap_servers="127.0.0.1:1")
    return client_of(alice)


def observe(store, world, *views):
    """Read everything, as a worker does that sees these views open, and publish it: twice over, since answers open questions."""
    writer, memory, held = Writer(store, "demo"), merge.Memory(), Store(store.redis).read("demo") or Snapshot()
    new = held
    for kind in (*poll.READS, *poll.READS):
        for answer in poll.read(world.cluster, kind, new, poll.Ask(frozenset(views), 0)):
            assert answer.result is not None, (kind, answer.failures)
            new = merge.fold(new, answer, memory)
    assert writer.hold()
    assert writer.publish(held, derive.everything(held, new, int(time.time() * 1000)))
    writer.release()


@pytest.fixture
def asked(monkeypatch):
    """What this process asked of any broker since: questions over the wire, and clients of librdkafka."""
    seen = []
    ask, properties = Wire.ask_each, kafka_client.properties
    monkeypatch.setattr(Wire, "ask_each", lambda wire, *more: seen.append("asked") or ask(wire, *more))
    monkeypatch.setattr(kafka_client, "properties", lambda *more, **named: seen.append("made") or properties(*more, **named))
    return seen


def opened(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return html.unescape(answer.content.decode())


def test_pages_and_api_say_what_the_cluster_says(world, store, browser, asked):
    topic = world.topic(partitions=3, replication_factor=3)
    group = f"readers of {topic}"
    world.append(topic, 1, 5)
    world.commit(group, topic, 1, 3)
    listing(world.cluster, group)
    leaders(world.cluster, topic)
    observe(store, world, f"topic/{topic}")
    asked.clear()

    told = browser.get(f"{API}/topics/{topic}/").json()
    assert (told["name"], told["replication_factor"], told["records"], told["max_lag"]) == (topic, 3, 5, 2)
    assert {part["leader"] for part in told["partitions"]} == {1, 2, 3}
    assert [part["end"] for part in told["partitions"]] == [0, 5, 0]
    assert all(sorted(part["in_sync_replicas"]) == [1, 2, 3] for part in told["partitions"])
    shown = browser.get(f"{API}/groups/{quote(group, safe='')}/").json()
    assert (shown["group"], shown["type"], shown["state"], shown["lag"]) == (group, "classic", "Empty", 2)
    assert [(part["topic"], part["partition"], part["committed"], part["end"], part["lag"]) for part in shown["partitions"]] == [
        (topic, 1, 3, 5, 2)
    ]
    assert [broker["id"] for broker in browser.get(f"{API}/brokers/").json()["items"]] == [1, 2, 3]

    assert topic in opened(browser, f"/clusters/demo/topics/?filter={topic}")
    for tab in ("", "partitions/", "config/", "activity/"):
        assert topic in opened(browser, f"/clusters/demo/topics/{topic}/{tab}")
    assert group in opened(browser, f"/clusters/demo/topics/{topic}/consumers/")
    assert group in opened(browser, "/clusters/demo/groups/")
    assert topic in opened(browser, reverse("group", args=["demo", group]))
    assert "cleanup.policy" in opened(browser, f"/clusters/demo/topics/{topic}/config/")
    for path in ("", "brokers/", "brokers/1/", "brokers/1/logdirs/", "brokers/1/configs/", "brokers/1/partitions/", "timeline/"):
        opened(browser, f"/clusters/demo/{path}")
    assert asked == []  # a page calls no broker, whichever it is


def test_a_broker_that_fails_is_told_by_pages_and_api_and_the_others_parts_stay(store, browser, world):
    topic = world.topic(partitions=3, replication_factor=3)
    leaders(world.cluster, topic)
    observe(store, world)
    cut = Store(store.redis).read("demo")
    answer = poll.read(_Without(world.cluster, 2), "cluster", cut, poll.Ask())
    new = cut
    for each in answer:
        new = merge.fold(new, each, merge.Memory())
    writer = Writer(store, "demo")
    assert writer.hold()
    assert writer.publish(cut, derive.everything(cut, new, int(time.time() * 1000)))
    states = {broker["id"]: broker["state"] for broker in browser.get(f"{API}/brokers/").json()["items"]}
    assert states[2] != states[1] == states[3]
    assert topic in opened(browser, f"/clusters/demo/topics/?filter={topic}")


class _Without:
    """A cluster of which one broker does not answer us."""

    def __init__(self, cluster, number):
        self._cluster, self._number = cluster, number

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    def ping(self, number):
        return self._cluster.ping(99 if number == self._number else number)


@pytest.mark.real
def test_two_hundred_hostile_names_are_listed_opened_and_told_exactly(real, store, browser, asked):
    assert len({*hostile.TOPICS}) >= 100
    assert len({*hostile.GROUPS}) >= 100
    for name in hostile.TOPICS:
        real.cluster.create_topic(NewTopic(name, 1, 1))
    home = hostile.TOPICS[0]
    leaders(real.cluster, home)
    real.commit_all(hostile.GROUPS, home)
    until(lambda: {*hostile.GROUPS} <= {each.group for each in real.cluster.groups([1, 2, 3]).result})
    until(lambda: {*hostile.TOPICS} <= {each.name for each in real.cluster.metadata().result.topics})
    observe(store, real)
    asked.clear()

    topics = browser.get(f"{API}/topics/?limit=1000").json()
    groups = browser.get(f"{API}/groups/?limit=1000").json()
    assert {*hostile.TOPICS} <= {each["name"] for each in topics["items"]}
    assert {*hostile.GROUPS} <= {each["group"] for each in groups["items"]}
    raw = browser.get("/clusters/demo/groups/").content
    assert b"<script>alert(1)" not in raw
    assert b"<b>bold" not in raw
    for name in hostile.TOPICS:
        assert name in opened(browser, reverse("topic", args=["demo", name]))
        assert browser.get(f"{API}/topics/{names.encode(name)}/").json()["name"] == name
    for name in hostile.GROUPS:
        page = browser.get(reverse("group", args=["demo", name]))
        assert page.status_code == 200, name
        assert b"<script>alert(1)" not in page.content
        assert home in page.content.decode()
        assert browser.get(f"{API}/groups/{names.encode(name)}/").json()["group"] == name
    assert asked == []
    for name in hostile.TOPICS:
        real.cluster.delete_topic(name)

"""A day of looking through the product's own doors, every range in every way, beside a cluster that must not notice it."""

import json

import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, IsolationLevel, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from demo.cluster import KafkaCluster
from tests.product import Product, until
from tests.visitor import Visitor

pytestmark = pytest.mark.real
T0, EACH, PARTITIONS = 1_700_000_000_000, 300, 3
TOPIC, GROUP = "rides", "drivers"
BASE = "/clusters/kafka"
MESSAGES = f"{BASE}/topics/{TOPIC}/messages/"
RECORDS = f"/api/v1/clusters/kafka/topics/{TOPIC}/records/"


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A broker nobody else speaks to."""
    cluster = KafkaCluster(tmp_path_factory.mktemp("quiet"), brokers=1).start()
    fill(cluster.bootstrap)
    yield cluster
    cluster.stop()


def fill(bootstrap):
    """Records with keys, headers and times; aborted ones; a deleted beginning; and a group that stands in the middle."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1, config={"retention.ms": "-1"})]).values():
        made.result(20)
    sender = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
    for p in range(PARTITIONS):
        for i in range(EACH):
            value = json.dumps({"n": i, "fare": i / 4, "city": "Riga" if i % 7 else "Oslo"})
            sender.produce(TOPIC, value, f"k{i % 20}", p, timestamp=T0 + 1000 * i, headers=[("trace", b"1")])
    assert sender.flush(30) == 0
    doubtful = Producer({"bootstrap.servers": bootstrap, "transactional.id": "doubtful"})
    doubtful.init_transactions(30)
    doubtful.begin_transaction()
    doubtful.produce(TOPIC, b"taken back", None, 0)
    doubtful.abort_transaction(30)
    admin.delete_records([TopicPartition(TOPIC, 1, 10)])[TopicPartition(TOPIC, 1, 10)].result(20)
    reader = Consumer({"bootstrap.servers": bootstrap, "group.id": GROUP, "enable.auto.commit": False})
    reader.commit(offsets=[TopicPartition(TOPIC, p, 100 + p) for p in range(PARTITIONS)], asynchronous=False)
    reader.close()


def trace(bootstrap):
    """Return all that a reader could have changed: topics with their ends and beginnings, groups with what they committed."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    topics = {name: sorted(found.partitions) for name, found in admin.list_topics(timeout=20).topics.items()}
    parts = [TopicPartition(name, p) for name, numbers in topics.items() for p in numbers]
    told = admin.list_consumer_groups(request_timeout=20).result()
    assert not told.errors
    groups = sorted(group.group_id for group in told.valid)
    committed = {}
    for group in groups:
        found = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(20)
        committed[group] = sorted((part.topic, part.partition, part.offset) for part in found.topic_partitions)

    def ends(spec, level):
        found = admin.list_offsets(dict.fromkeys(parts, spec), isolation_level=level)
        return {(part.topic, part.partition): each.result(20).offset for part, each in found.items()}

    return {
        "topics": topics, "groups": groups, "committed": committed,
        "first": ends(OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED),
        "end": ends(OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED),
        "stable": ends(OffsetSpec.latest(), IsolationLevel.READ_COMMITTED),
    }  # fmt: skip


@pytest.fixture(scope="module")
def product(quiet, tmp_path_factory):
    running = Product(tmp_path_factory.mktemp("cc"), quiet.bootstrap)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def visitor(product):
    found = Visitor(product)
    until(lambda: found.get(f"{BASE}/topics/{TOPIC}/")[0] == 200, 60, "the topic on its page")
    return found


TABS = ("", "partitions/", "consumers/", "config/", "activity/", "statistics/", "produce/", "delete/")
PAGES = (
    "/", f"{BASE}/", f"{BASE}/topics/", f"{BASE}/groups/", f"{BASE}/brokers/", f"{BASE}/timeline/", f"{BASE}/query/",
    f"{BASE}/brokers/1/", f"{BASE}/brokers/1/logdirs/", f"{BASE}/brokers/1/configs/", f"{BASE}/brokers/1/partitions/",
    *(f"{BASE}/topics/{TOPIC}/{tab}" for tab in TABS),
    f"{BASE}/groups/{GROUP}/", f"{BASE}/groups/{GROUP}/members/", f"{BASE}/groups/{GROUP}/events/", f"{BASE}/new-topic/",
    f"{BASE}/topics/{TOPIC}/records/2/7/", "/jobs/", "/account/", "/audit/",
)  # fmt: skip
RANGES = (
    {"from": "newest"}, {"from": "oldest"}, {"from": "offset", "offset": "20"}, {"from": "offset", "offset": "0:5,2:9"},
    {"from": "time", "at": "2023-11-14T22:14:00"}, {"from": "group", "group": GROUP}, {"from": "group", "group": "never-heard-of"},
    {"from": "key", "key": "k7"}, {"from": "key", "key": "k7", "key_all": "1"}, {"from": "oldest", "partitions": "0,2"},
    {"from": "oldest", "until": "records", "to": "50"}, {"from": "oldest", "until": "offset", "to": "40"},
    {"from": "oldest", "until": "time", "to": "2023-11-14T22:15:00"}, {"from": "oldest", "markers": "1"},
)  # fmt: skip
FILTERS = ({}, {"filter": "Oslo"}, {"filter": 'value.city == "Oslo" && value.fare > 10', "mode": "expression"})


def test_a_days_work_of_looking_changes_nothing_in_the_cluster(quiet, visitor):
    before = trace(quiet.bootstrap)
    assert before["committed"][GROUP] == [(TOPIC, p, 100 + p) for p in range(PARTITIONS)]
    assert before["first"][TOPIC, 1] == 10
    for path in PAGES:
        assert visitor.get(path)[0] == 200, path

    counts = set()
    for asked in RANGES:
        for order in ("newest", "oldest"):
            for isolation in ("read_committed", "read_uncommitted"):
                for more in FILTERS:
                    status, text = visitor.get(RECORDS, **asked, **more, order=order, isolation=isolation, limit=1000)
                    # records and a range that is not there are answers alike, but nothing else is
                    assert status == 200 or (status == 422 and "holds" in text), (asked, order, isolation, more, text[:300])
                    counts.add(json.loads(text).get("total"))
        assert visitor.get(MESSAGES, **asked, plain="1")[0] in (200, 400), asked
    assert max(count for count in counts if count is not None) > 500

    for start in ("oldest", "newest"):
        statistics = visitor.get(f"{BASE}/topics/{TOPIC}/statistics/", **{"from": start, "n": 1000})
        assert statistics[0] == 200
        _page_by_page(visitor, start)
    for format in ("ndjson", "json", "csv", "zip"):
        assert visitor.get(f"{MESSAGES}export/", format=format, only="2:7,0:9")[0] == 200
        assert visitor.get(f"{MESSAGES}export/", format=format, **{"from": "oldest"})[0] == 200
    for path in (f"{BASE}/topics/nowhere/messages/", f"{BASE}/topics/nowhere/records/0/0/", f"{BASE}/groups/nobody/",
                 "/api/v1/clusters/kafka/topics/nowhere/records/"):  # fmt: skip
        assert visitor.get(path)[0] == 404, path

    with visitor.socket() as socket:
        socket.say(do="subscribe", ch="kafka/topics", version=None)
        socket.wait("kafka/topics", "snapshot")
        socket.say(do="tail", ch="t", cluster="kafka", topic=TOPIC, offsets=[0, 280])
        assert socket.wait("t", "following")["missing"] == []
        assert socket.wait("t", "rows")["rows"]
        socket.say(do="scan", ch="s", cluster="kafka", topic=TOPIC, query="from=oldest&filter=Oslo&n=1000")
        assert socket.wait("s", "done", "closed")["state"] == "complete"

    status, text = visitor.post(f"{MESSAGES}background/", **{"from": "oldest", "filter": "Oslo"})
    assert status == 200, text
    until(lambda: "Complete" in visitor.get("/jobs/")[1], 60, "the search in the background")
    assert trace(quiet.bootstrap) == before


def _page_by_page(visitor, start):
    """Read everything forth, and a page back: as a browser follows the links."""
    asked, seen = {"from": start, "limit": 200}, 0
    while True:
        status, text = visitor.get(RECORDS, **asked)
        assert status == 200, text
        told = json.loads(text)
        seen += len(told["items"])
        if not told["cursor"]:
            break
        asked["cursor"] = told["cursor"]
    assert seen == PARTITIONS * EACH - 10
    assert told["previous"]
    assert visitor.get(RECORDS, **{**asked, "cursor": told["previous"]})[0] == 200

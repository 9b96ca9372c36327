"""What asking by SQL leaves on the cluster: nothing. And what a killed worker costs a background search: nothing either."""

import json
import re

from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from playwright.sync_api import expect

from tests.browser.test_journeys import create, slug
from tests.browser.test_sql import pane, run
from tests.product import until

SEEN_MS = 20_000
RECORDS = 3000
MANY = 9_000


class Canary:
    """A cluster's topics, groups, ends and commits, as another client reads them."""

    def __init__(self, bootstrap):
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

    def sing(self):
        topics = {name: sorted(found.partitions) for name, found in self.admin.list_topics(timeout=20).topics.items()}
        places = [TopicPartition(name, p) for name, partitions in topics.items() for p in partitions]
        groups = self.admin.list_consumer_groups(request_timeout=20).result()
        assert not groups.errors
        return {
            "topics": topics,
            "groups": {group.group_id: self._committed(group.group_id) for group in groups.valid},
            **{name: self._offsets(places, spec) for name, spec in (("starts", OffsetSpec.earliest()), ("ends", OffsetSpec.latest()))},
        }

    def _offsets(self, places, spec):
        asked = self.admin.list_offsets(dict.fromkeys(places, spec), isolation_level=IsolationLevel.READ_UNCOMMITTED)
        return {(place.topic, place.partition): found.result(20).offset for place, found in asked.items()}

    def _committed(self, group):
        asked = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        return {(place.topic, place.partition): place.offset for place in asked[group].result(20).topic_partitions}


def fill(kafka, topic, records, more=""):
    sender = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    for number in range(records):
        sender.produce(topic, json.dumps({"n": number, "name": f"n{number % 100}", "more": more}), f"k{number % 50}", number % 3)
    assert sender.flush(60) == 0


def test_asking_by_sql_leaves_no_trace(page, kafka):
    topic = "asked-of"
    create(page, topic)
    fill(kafka, topic, RECORDS)
    canary, home = Canary(kafka.bootstrap), f"/clusters/{slug(page)}/"
    before = canary.sing()
    page.goto(f"{home}query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    page.locator("#start").select_option("earliest")
    run(page, f"PRINT '{topic}' FROM BEGINNING LIMIT 10;")
    expect(pane(page, "PRINT").locator("tbody tr")).to_have_count(10, timeout=SEEN_MS)
    run(page, f"CREATE STREAM looked (n INT) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');")
    expect(page.locator(".result-pane").first).to_contain_text(f"reads topic {topic}", timeout=SEEN_MS)
    run(page, "SELECT n FROM looked EMIT CHANGES LIMIT 100;")
    expect(pane(page, "SELECT n").locator("tbody tr").first).to_be_visible(timeout=SEEN_MS)
    run(page, "SELECT n, COUNT(*) FROM looked GROUP BY n EMIT CHANGES;")
    expect(pane(page, "SELECT n, COUNT").locator("tbody tr").first).to_be_visible(timeout=SEEN_MS)

    assert canary.sing() == before


def test_a_killed_worker_costs_a_background_search_no_record_and_none_twice(page, product, kafka):
    topic = "searched-long"
    create(page, topic)
    fill(kafka, topic, MANY, "more " * 500)
    page.goto(f"/clusters/{slug(page)}/topics/{topic}/messages/?from=oldest&mode=text&filter=name")
    page.locator("#background").evaluate("form => form.submit()")
    page.wait_for_url(re.compile(r"/jobs/\d+/"))
    job = page.url

    def found():
        return int(re.search(r"<b>([\d,]+)</b> found", page.request.get(job).text())[1].replace(",", ""))

    worker = product.part("worker")  # found before: looking for it takes as long as the search
    until(lambda: found() > 0, 20, "the first rows")
    worker.kill()
    worker.wait(10)
    assert found() < MANY
    until(lambda: "Complete" in page.request.get(job).text(), 60, "the end of the search, after its lease ran out")
    kept = [
        (int(partition), int(offset))
        for first in range(0, MANY, 100)
        for partition, offset in re.findall(rf"topics/{topic}/records/(\d+)/(\d+)/", page.request.get(f"{job}?from={first}").text())
    ]
    assert sorted(kept) == [(p, offset) for p in range(3) for offset in range(MANY // 3)]

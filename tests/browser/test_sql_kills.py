"""SQL while parts of the product are killed: what the page says afterwards is so, and persistent tables are the plain count."""

import json
import re
import signal
from collections import Counter

import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from playwright.sync_api import expect

from tests.browser.test_journeys import open_page
from tests.browser.test_sql import SEEN_MS, compacted, run
from tests.product import until

MAKE = "CREATE STREAM fallen (id INT KEY, kind STRING) WITH (KAFKA_TOPIC='fallen', VALUE_FORMAT='JSON');"
PUSH = "SELECT kind FROM fallen EMIT CHANGES;"


@pytest.fixture
def send(kafka):
    sender = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 5})

    def send(count, kinds=7):
        for n in range(count):
            sender.produce("fallen", json.dumps({"kind": f"k{n % kinds}"}), n.to_bytes(4, "big"))
        sender.flush(20)
        return Counter(f"k{n % kinds}" for n in range(count))

    return send


@pytest.fixture(scope="module")
def fallen(kafka):
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})  # kept: it must live until the answer
    admin.create_topics([NewTopic("fallen", 3, 3)])["fallen"].result(30)


@pytest.fixture
def editor(page, fallen):
    """The editor; the topic `fallen` and its stream are there."""
    open_page(page, "topics/")
    expect(page.get_by_role("link", name="fallen", exact=True)).to_be_visible(timeout=2 * SEEN_MS)
    open_page(page, "query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    page.locator("#start").select_option("earliest")
    run(page, MAKE.replace("STREAM", "OR REPLACE STREAM", 1))
    expect(page.locator(".result-pane").first).to_contain_text("reads topic fallen", timeout=SEEN_MS)
    return page


def children(product):
    return {process.pid for process in product.part("queries").children()}


def started(page, product):
    """Start the push query; return its pane and the process that runs it."""
    before = children(product)
    run(page, PUSH)
    section = page.locator(".result-pane").first
    expect(section).to_contain_text("Running", timeout=SEEN_MS)
    (child,) = children(product) - before
    link = section.get_by_role("link", name="Link").get_attribute("href")
    return page.locator(".result-pane").filter(has=page.locator(f'a[href="{link}"]')), psutil.Process(child)


def works_again(page, product):
    """A new query runs, gives a row and stops."""
    until(lambda: product.status("/readyz") == 200, 60, "the server answers")
    until(lambda: _runs(page), 60, "a query runs again")


def _runs(page):
    before = page.locator(".result-pane").count()
    run(page, PUSH)
    try:
        expect(page.locator(".result-pane")).to_have_count(before + 1, timeout=10_000)
        section = page.locator(".result-pane").first
        expect(section.locator("tbody tr").first).to_be_visible(timeout=SEEN_MS)
    except AssertionError:
        return False
    section.get_by_role("button", name="Stop").click()
    expect(section).to_contain_text("It was stopped", timeout=SEEN_MS)
    return True


def test_a_killed_child_ends_its_query_with_the_reason_and_the_rows_stay(editor, product, send):
    send(20)
    section, child = started(editor, product)
    expect(section.locator("tbody tr").first).to_be_visible(timeout=SEEN_MS)
    child.send_signal(signal.SIGKILL)
    expect(section).to_contain_text("Its process was ended by SIGKILL", timeout=3_000)
    expect(section.locator("b").first).to_have_text("Failed")
    expect(section.locator("tbody tr").first).to_be_visible()
    works_again(editor, product)


@pytest.mark.parametrize("part", ["queries", "valkey", "web"])
def test_after_a_part_was_killed_no_pane_says_that_a_dead_query_runs(editor, product, send, part):
    send(20)
    section, child = started(editor, product)
    product.kill(part)
    if part != "web":
        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 20, "its process ends with it")
    told = section.locator("header")

    def is_true():
        runs = child.is_running() and child.status() != psutil.STATUS_ZOMBIE
        words = told.inner_text()
        return (not runs and any(word in words for word in ("Failed", "Ended"))) or (runs and "Running" in words)

    until(is_true, 60, f"the pane tells what is so: {told.inner_text()}")
    works_again(editor, product)
    until(is_true, 60, f"the pane still tells what is so: {told.inner_text()}")


def test_a_stop_that_was_said_while_the_server_was_away_is_said_again(editor, product, send):
    send(20)
    section, child = started(editor, product)
    product.kill("web")
    section.get_by_role("button", name="Stop").click()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 30, "the query ends")
    expect(section.locator("b").first).to_have_text(re.compile("Stopped|Ended"), timeout=SEEN_MS)


def test_persistent_tables_are_the_plain_count_whatever_dies(editor, product, kafka, send):
    truth = send(500)
    run(
        editor,
        "CREATE TABLE fallen_all AS SELECT kind, COUNT(*) AS n FROM fallen GROUP BY kind EMIT CHANGES;",
    )
    expect(editor.locator(".result-pane").first).to_contain_text("CTAS_FALLEN_ALL", timeout=SEEN_MS)
    ends = _ends(kafka)
    editor.locator("#start").select_option("latest")
    run(editor, "CREATE TABLE fallen_since AS SELECT kind, COUNT(*) AS n FROM fallen GROUP BY kind EMIT CHANGES;")
    expect(editor.locator(".result-pane").first).to_contain_text("CTAS_FALLEN_SINCE", timeout=SEEN_MS)
    truth = _counted(kafka, dict.fromkeys(ends, 0))
    until(lambda: _table(kafka, "FALLEN_ALL") == truth, 60, "the table is the count at the start")
    until(lambda: _begun(kafka, "FALLEN_SINCE") == ends, 60, "the second query has noted where it began")
    for part in ("queries", "valkey", "web", "child", "queries"):
        send(300)
        if part == "child":
            for pid in children(product):
                psutil.Process(pid).send_signal(signal.SIGKILL)
        else:
            product.kill(part)
        send(200, kinds=5)
    truth, since = _counted(kafka, dict.fromkeys(ends, 0)), _counted(kafka, ends)
    until(lambda: _table(kafka, "FALLEN_ALL") == truth, 120, "the table is the plain count")
    until(lambda: _table(kafka, "FALLEN_SINCE") == since, 120, "the table of what came later is its plain count")
    address = "/".join(editor.url.split("/")[:5]) + "/query/persistent/"

    def states():
        answer = editor.request.get(address)
        return {query["id"]: query["state"] for query in answer.json()["queries"]} if answer.ok else {}

    until(lambda: [s for q, s in states().items() if "FALLEN" in q] == ["RUNNING", "RUNNING"], 60, "both say that they run")


def _table(kafka, topic):
    return Counter({key.decode(): value["N"] for key, value in compacted(kafka, topic).items()})


def _plain(kafka, group):
    return Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": group, "enable.auto.commit": False, "enable.partition.eof": True})


def _places(consumer, topic="fallen"):
    return [TopicPartition(topic, number) for number in consumer.list_topics(topic, 10).topics[topic].partitions]


def _ends(kafka):
    consumer = _plain(kafka, "nobody")
    found = {place.partition: consumer.get_watermark_offsets(place, 10)[1] for place in _places(consumer)}
    consumer.close()
    return found


def _begun(kafka, name):
    """Where a query noted that it began: beside the offsets its group committed."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})  # kept: it must live until the answer
    groups = [each.group_id for each in admin.list_consumer_groups().result(30).valid]
    mine = next((group for group in groups if group.startswith("_cc-") and name in group), None)
    if mine is None:
        return {}
    consumer = _plain(kafka, mine)
    found = {place.partition: int(place.metadata) for place in consumer.committed(_places(consumer), 10) if place.offset >= 0}
    consumer.close()
    return found


def _counted(kafka, starts):
    """Count kinds from offsets to the end, by a consumer that knows nothing of SQL."""
    consumer, found = _plain(kafka, "nobody"), Counter()
    consumer.assign([TopicPartition("fallen", number, offset) for number, offset in starts.items()])
    left = set(starts)
    while left:
        message = consumer.poll(10)
        if message.error():
            left.discard(message.partition())
        else:
            found[json.loads(message.value())["kind"]] += 1
    consumer.close()
    return found

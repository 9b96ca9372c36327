"""SQL as its user types it: the course's statements as they stand, counted independently; what dies comes back with true numbers."""

import json
import re
import time
from collections import Counter

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from playwright.sync_api import expect

from tests.browser.test_journeys import create, open_page
from tests.product import until

SEEN_MS = 20_000
BEGAN_MS = time.time_ns() // 1_000_000 - 3_600_000  # an hour ago: what is older than its topic keeps is deleted meanwhile
COURSE = (
    "CREATE STREAM ride_streams (VendorId varchar, trip_distance double, payment_type varchar) "
    "WITH (KAFKA_TOPIC='rides', VALUE_FORMAT='JSON');",
    "select * from RIDE_STREAMS EMIT CHANGES;",
    "SELECT VENDORID, count(*) FROM RIDE_STREAMS GROUP BY VENDORID EMIT CHANGES;",
    "SELECT payment_type, count(*) FROM RIDE_STREAMS WHERE payment_type IN ('1', '2') GROUP BY payment_type EMIT CHANGES;",
    "CREATE TABLE payment_type_sessions AS SELECT payment_type, count(*) FROM RIDE_STREAMS WINDOW SESSION (60 SECONDS) "
    "GROUP BY payment_type EMIT CHANGES;",
)


@pytest.fixture(scope="module")
def rides(kafka):
    """Called once the topic is there: 900 rides, and one record that is no ride."""
    written = [
        {"VendorID": str(1 + n % 2), "trip_distance": n / 10, "payment_type": str(1 + n % 4), "tpep_pickup_datetime": "2026-11-24 10:00:00"}
        for n in range(900)
    ]

    def fill():
        sender = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 5})
        for n, ride in enumerate(written):
            sender.produce("rides", json.dumps(ride), str(n % 7), timestamp=BEGAN_MS + n * 100)
        sender.produce("rides", b"\xff not a ride", "poison")
        sender.flush(20)
        return written

    return fill


def write(page, text):
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def run(page, text):
    write(page, text)
    page.keyboard.press("Control+Enter")


def pane(page, statement):
    """The newest result of a statement, by its first words."""
    words = re.sub(r"\s+", r"\\s+", re.escape(statement).replace(r"\ ", " "))
    return page.locator(".result-pane").filter(has=page.locator("header code", has_text=re.compile(words, re.IGNORECASE))).first


def cells(section):
    return [row.locator("td").all_inner_texts()[1:] for row in section.locator("tbody tr").all()]


def compacted(kafka, topic):
    """The newest value of each key of a topic, as a plain consumer reads it."""
    consumer = Consumer(
        {"bootstrap.servers": kafka.bootstrap, "group.id": "nobody", "enable.auto.commit": False, "enable.partition.eof": True}
    )
    numbers = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in numbers])
    left, found = set(numbers), {}
    while left:
        message = consumer.poll(10)
        if message.error():
            left.discard(message.partition())
        else:
            found[message.key()] = message.value()
    consumer.close()
    return {key: json.loads(value) for key, value in found.items() if value is not None}


def test_the_courses_statements_run_as_they_stand(page, kafka, rides):
    create(page, "rides")
    written = rides()
    open_page(page, "query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    page.locator("#start").select_option("earliest")
    run(page, COURSE[0])
    expect(page.locator(".result-pane").first).to_contain_text("reads topic rides", timeout=SEEN_MS)
    for statement in COURSE[1:4]:
        run(page, statement)
        expect(page.locator(".result-pane").first).to_contain_text("Running", timeout=SEEN_MS)
    vendors, payments = Counter(r["VendorID"] for r in written), Counter(r["payment_type"] for r in written)
    for section, counts in ((pane(page, "SELECT VENDORID"), vendors), (pane(page, "SELECT PAYMENT_TYPE"), {k: payments[k] for k in "12"})):
        for name, count in counts.items():
            expect(section.locator("tbody tr").filter(has_text=re.compile(rf"{name}\s*{count}$"))).to_have_count(1, timeout=SEEN_MS)
    expect(pane(page, "SELECT *")).to_contain_text(
        "1 deserialization", timeout=SEEN_MS
    )  # the poison record: dropped, counted, and it went on
    run(page, COURSE[4])
    expect(page.locator(".result-pane").first).to_contain_text("rebuilt from the topic", timeout=SEEN_MS)


def test_a_query_stops_at_once_and_ends_with_its_page(page):
    open_page(page, "query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    run(page, "SELECT * FROM RIDE_STREAMS EMIT CHANGES;")
    section = page.locator(".result-pane").first
    expect(section).to_contain_text("Running", timeout=SEEN_MS)
    section.get_by_role("button", name="Stop").click()
    expect(section).to_contain_text("It was stopped", timeout=2_000)
    run(page, "SELECT VENDORID FROM RIDE_STREAMS EMIT CHANGES;")
    section = page.locator(".result-pane").first
    expect(section).to_contain_text("Running", timeout=SEEN_MS)
    link = section.get_by_role("link", name="Link").get_attribute("href")
    page.goto("about:blank")
    told = f"{link.rstrip('/')}.json"
    until(lambda: page.request.get(told).json()["state"] == "gone", 5, "the query ends with its page")


def test_without_emit_a_stream_is_read_to_its_end(page):
    open_page(page, "query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    run(page, "SELECT VENDORID FROM RIDE_STREAMS;")
    expect(page.locator(".result-pane").first).to_contain_text("900 rows", timeout=SEEN_MS)
    expect(page.locator(".result-pane").first).to_contain_text("Complete")


def test_a_fault_is_underlined_while_typing_and_told_with_its_place(page):
    open_page(page, "query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    write(page, "SELECT nothing FROM RIDE_STREAMS EMIT CHANGES;")
    expect(page.locator(".cm-lintRange-error")).to_be_visible(timeout=SEEN_MS)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result-pane .fault").first).to_contain_text("NOTHING", timeout=SEEN_MS)


def test_columns_are_completed(page):
    open_page(page, "query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    write(page, "SELECT  FROM RIDE_STREAMS EMIT CHANGES;")
    page.keyboard.press("Control+Home")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    page.keyboard.type("trip")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("TRIP_DISTANCE", timeout=SEEN_MS)


def test_a_persistent_query_counts_right_through_kills(page, product, kafka, rides):
    create(page, "counted")
    open_page(page, "query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    page.locator("#start").select_option("earliest")
    run(
        page,
        "CREATE STREAM counted (id INT KEY, kind STRING) WITH (KAFKA_TOPIC='counted', VALUE_FORMAT='JSON');\n"
        "CREATE TABLE kinds AS SELECT kind, COUNT(*) AS n FROM counted GROUP BY kind EMIT CHANGES;",
    )
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result-pane").first).to_contain_text("CTAS_KINDS", timeout=SEEN_MS)
    sender = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 5})
    truth = Counter()
    for _ in range(3):
        for n in range(500):
            truth[f"k{n % 11}"] += 1
            sender.produce("counted", json.dumps({"kind": f"k{n % 11}"}), n.to_bytes(4, "big"))
        sender.flush(20)
        until(lambda: compacted(kafka, "KINDS"), 60, "something was written")
        product.kill("queries")
    state = "/".join(page.url.split("/")[:5]) + "/query/persistent/"
    until(lambda: {k.decode(): v["N"] for k, v in compacted(kafka, "KINDS").items()} == truth, 90, "the table is the plain count")
    assert page.request.get(state).json()["queries"][-1]["state"] in ("RUNNING", "RESTORING")


@pytest.mark.parametrize("tab", ["streams/", "tables/", "queries/", "functions/?filter=sub", "history/"])
def test_each_tab_shows_what_was_made(page, tab):
    open_page(page, f"query/{tab}")
    words = {"streams/": "RIDE_STREAMS", "tables/": "PAYMENT_TYPE_SESSIONS", "queries/": "CTAS_PAYMENT_TYPE_SESSIONS", "history/": "SELECT"}
    expect(page.locator("main")).to_contain_text(words.get(tab, "SUBSTRING"), timeout=SEEN_MS)


def test_a_topic_becomes_a_stream_by_its_samples(page):
    open_page(page, "topics/rides/stream/")
    expect(page.locator("main")).to_contain_text("CREATE STREAM", timeout=SEEN_MS)
    page.get_by_role("link", name="Open in the editor").click()
    expect(page.locator(".cm-content")).to_contain_text("VendorID", timeout=SEEN_MS)


def test_a_topic_without_a_stream_shows_the_columns_it_would_have(page, kafka):
    create(page, "loose-orders")
    sender = Producer({"bootstrap.servers": kafka.bootstrap})
    for number in range(3):
        sender.produce("loose-orders", json.dumps({"id": number, "<b>price": 2.5, "lines": ["a"]}), b"k")
    assert sender.flush(20) == 0
    open_page(page, "query/")
    topic = page.locator(".source-tree details[data-name=loose-orders]")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    topic.locator("summary").click()
    expect(topic).to_contain_text("As its newest 3 records tell.", timeout=SEEN_MS)
    assert topic.locator("button.leaf").all_inner_texts() == ["ID_1\nSTRING KEY", "id\nINTEGER", "<b>price\nDOUBLE", "lines\nARRAY<STRING>"]
    write(page, "SELECT ")
    topic.locator("button.leaf").nth(1).click()
    expect(page.locator(".cm-content")).to_contain_text("SELECT id")

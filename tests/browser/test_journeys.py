"""What an operator does in a browser, on a real cluster: create, watch, lose a broker, lose parts of the product."""

import re
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from playwright.sync_api import expect

from tests.product import until

SEEN_MS = 15_000


@pytest.fixture
def producer(kafka):
    sender = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 5})
    yield sender
    sender.flush(10)


def slug(page):
    return re.search(r"/clusters/([a-z0-9-]+)/", page.url)[1]


def open_page(page, path=""):
    page.goto("/")
    page.goto(f"/clusters/{slug(page)}/{path}")


def create(page, name):
    open_page(page, "new-topic/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create topic").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=SEEN_MS)


def topic_row(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def test_a_topic_created_by_the_form_is_on_the_page_of_topics(page):
    create(page, "made-by-form")
    open_page(page, "topics/")
    expect(topic_row(page, "made-by-form")).to_be_visible(timeout=SEEN_MS)


def test_a_wrong_field_is_named_and_nothing_typed_is_lost(page):
    open_page(page, "new-topic/")
    page.get_by_label("Name", exact=True).fill("orders payments.v3")
    page.get_by_label("Replication factor").fill("7")
    page.get_by_role("button", name="Create topic").click()
    expect(page.get_by_role("alert")).to_contain_text("was not created")
    expect(page.get_by_text("Did you mean orders.payments.v3?")).to_be_visible()
    expect(page.get_by_text("Only 3 brokers are online.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("orders payments.v3")


def test_the_broker_checks_without_creating(page):
    open_page(page, "new-topic/")
    page.get_by_label("Name", exact=True).fill("only-checked")
    page.get_by_role("button", name="Check with the broker").click()
    expect(page.get_by_role("status").filter(has_text="would accept")).to_be_visible(timeout=SEEN_MS)
    open_page(page, "topics/")
    expect(topic_row(page, "only-checked")).to_have_count(0)


def test_a_topic_made_by_another_client_appears_without_reload(page, producer, kafka):
    open_page(page, "topics/")
    producer.produce("made-elsewhere", b"x")
    producer.flush(10)
    expect(topic_row(page, "made-elsewhere")).to_be_visible(timeout=SEEN_MS)


def test_offsets_and_lag_move_without_reload(page, producer, kafka):
    create(page, "moving")
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "moving-readers", "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition("moving", partition, 0) for partition in range(3)], asynchronous=False)
    consumer.close()
    open_page(page, "groups/")
    page.get_by_role("link", name="moving-readers", exact=True).click(timeout=SEEN_MS)  # it appears without reload
    expect(page.get_by_role("heading", name="moving-readers")).to_be_visible(timeout=SEEN_MS)
    for i in range(30):
        producer.produce("moving", b"value", partition=i % 3)
    producer.flush(10)
    expect(page.get_by_role("row").filter(has_text="moving").first).to_contain_text("10", timeout=SEEN_MS)


def test_favourites_and_columns_are_still_there_after_a_reload(page):
    create(page, "loved")
    open_page(page, "topics/")
    expect(topic_row(page, "loved")).to_be_visible(timeout=SEEN_MS)
    star = page.get_by_role("button", name="Favourite loved", exact=True)
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Favourites", exact=True).click()
    expect(page.get_by_role("row").filter(has=page.locator("a.name"))).to_have_count(1)
    page.locator("#columns summary").click()
    page.get_by_label("Health", exact=True).uncheck()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("columnheader", name="Health")).to_have_count(0)
    expect(page.get_by_role("row").filter(has=page.locator("a.name"))).to_have_count(1)  # the rest of the address is kept
    open_page(page, "topics/")
    expect(page.get_by_role("columnheader", name="Health")).to_have_count(0)
    expect(page.get_by_role("button", name="Favourite loved", exact=True)).to_have_attribute("aria-pressed", "true")
    page.locator("#columns summary").click()
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("columnheader", name="Health")).to_be_visible()


def test_members_and_events_of_a_group_come_and_go_without_reload(page, kafka):
    create(page, "shared-out")
    properties = {"bootstrap.servers": kafka.bootstrap, "group.id": "takers", "auto.offset.reset": "earliest", "session.timeout.ms": 6000}
    first, second = (Consumer({**properties, "client.id": name}) for name in ("taker-one", "taker-two"))
    try:
        first.subscribe(["shared-out"])
        until(lambda: first.poll(0.2) or first.assignment(), 30, "the first member holds something")
        open_page(page, "groups/")
        expect(page.get_by_role("link", name="takers", exact=True)).to_be_visible(timeout=SEEN_MS)
        open_page(page, "groups/takers/members/")
        rows = page.locator("#members tr")
        expect(rows).to_have_count(1, timeout=SEEN_MS)
        page.evaluate("document.title = 'not reloaded'")
        second.subscribe(["shared-out"])
        until(lambda: (first.poll(0.2), second.poll(0.2), second.assignment())[2], 30, "the second member holds something")
        expect(rows).to_have_count(2, timeout=SEEN_MS)
        expect(page.locator("#matrix tbody tr")).to_have_count(2)
        expect(rows.last).to_contain_text("taker-two")
        assert page.title() == "not reloaded"
        open_page(page, "groups/takers/events/")
        expect(page.locator("#events")).to_contain_text("Group takers appeared", timeout=SEEN_MS)
        page.evaluate("document.title = 'not reloaded'")
    finally:
        for member in (first, second):
            member.close()
    expect(page.locator("#events")).to_contain_text("to Empty", timeout=SEEN_MS)
    assert page.title() == "not reloaded"


def test_lag_by_partition_outlives_the_page_that_shows_it(page, producer, kafka):
    create(page, "kept-behind")
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "laggards", "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition("kept-behind", partition, 0) for partition in range(3)], asynchronous=False)
    consumer.close()
    for _ in range(7):
        producer.produce("kept-behind", b"x", partition=1)
    producer.flush(10)
    open_page(page, "groups/")
    expect(page.get_by_role("link", name="laggards", exact=True)).to_be_visible(timeout=SEEN_MS)

    def kept():
        told = page.request.get(f"/clusters/{slug(page)}/groups/laggards/lags/?range=15m").json()
        lags = {tuple(row): [lag for lag in cells if lag is not None] for row, cells in zip(told["rows"], told["cells"], strict=True)}
        return lags.get(("kept-behind", 1), [0])[-1] == 7 and lags

    assert set(until(kept, 60, "a sample of the lag by partition")) == {("kept-behind", partition) for partition in range(3)}
    open_page(page, "groups/laggards/")
    expect(page.locator("lag-map .heatmaplayer image")).to_have_count(1, timeout=SEEN_MS)


def test_records_are_read_and_no_group_appears(page, producer):
    create(page, "read-me")
    producer.produce("read-me", b'{"city": "Oslo", "n": 9007199254740993}', key=b"key-1", headers=[("a", b"1"), ("a", b"2")])
    producer.flush(10)
    open_page(page, "topics/read-me/messages/")
    expect(page.get_by_role("row").filter(has_text="key-1")).to_contain_text("9007199254740993", timeout=SEEN_MS)
    open_page(page, "groups/")
    expect(page.get_by_text("controlcenter-browse")).to_have_count(0)


def test_a_topic_is_deleted_by_its_typed_name_and_a_reason(page):
    create(page, "short-lived")
    open_page(page, "topics/short-lived/delete/")
    page.get_by_role("button", name="Delete topic").click()
    expect(page.get_by_text("The name does not match short-lived.")).to_be_visible()
    page.get_by_label("Type the name of the topic to delete it").fill("short-lived")
    page.get_by_label("Reason").fill("the test is over")
    page.get_by_role("button", name="Delete topic").click()
    expect(topic_row(page, "short-lived")).to_have_count(0, timeout=SEEN_MS)
    page.goto("/audit/")
    expect(page.get_by_role("row").filter(has_text="topic.delete").first).to_contain_text("short-lived")


def test_a_killed_broker_is_shown_and_so_is_its_return(page, kafka):
    open_page(page, "brokers/")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="2", exact=True))
    expect(row).to_be_visible(timeout=SEEN_MS)
    kafka.kill(2)
    try:
        expect(row).to_contain_text(re.compile("unreachable", re.IGNORECASE), timeout=SEEN_MS)
    finally:
        kafka.restart(2)
    expect(row).not_to_contain_text(re.compile("unreachable|fenced", re.IGNORECASE), timeout=60_000)


@pytest.mark.parametrize("part", ["valkey", "worker", "beat", "web"])
def test_a_killed_part_comes_back_and_the_open_page_with_it(page, product, producer, part):
    open_page(page, "topics/")
    product.kill(part)
    until(lambda: product.status("/healthz") == 200, 30, f"the web process answers after {part} was killed")
    name = f"after-{part}-{int(time.time())}"
    producer.produce(name, b"x")
    producer.flush(10)
    expect(topic_row(page, name)).to_be_visible(timeout=60_000)

"""Writing records by the form and by a file, and finding them where the form says they are."""

import re

import pytest
from kafka import KafkaConsumer, TopicPartition
from playwright.sync_api import expect

from tests.browser.test_journeys import create, open_page

SEEN_MS = 15_000


def written(kafka, topic):
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, consumer_timeout_ms=10_000)
    places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(places)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(places)
    found = []
    while any(consumer.position(place) < ends[place] for place in places):
        found += [record for batch in consumer.poll(1000).values() for record in batch]
    consumer.close()
    return found


@pytest.fixture(scope="module")
def topic():
    return "written-by-hand"


def test_a_record_of_the_form_is_found_by_its_link_byte_for_byte(page, kafka, topic):
    create(page, topic)
    open_page(page, f"topics/{topic}/produce/")
    page.locator("#f-key").fill("k-1")
    page.locator("#f-value").fill('{"price": 1.10, "id": 9223372036854775808}')
    rows = page.locator(".header-row")
    rows.nth(0).locator("[name=header_name]").fill("trace")
    rows.nth(0).locator("[name=header_value]").fill("a")
    rows.nth(1).locator("[name=header_name]").fill("trace")
    rows.nth(1).locator("[name=header_form]").select_option("null")
    page.get_by_role("button", name="Produce", exact=True).click()
    expect(page.locator("#run-status")).to_contain_text("1 of 1 written", timeout=SEEN_MS)
    page.locator("#run-results a").click()
    expect(page.get_by_role("heading", name=re.compile("Offset 0"))).to_be_visible(timeout=SEEN_MS)
    (record,) = written(kafka, topic)
    assert (record.key, record.value) == (b"k-1", b'{"price": 1.10, "id": 9223372036854775808}')
    assert list(record.headers) == [("trace", b"a"), ("trace", None)]


def test_what_is_no_json_is_told_with_its_place_and_stays_as_typed(page, topic):
    open_page(page, f"topics/{topic}/produce/")
    page.locator("#f-value").fill('{"a": [1, 2}')
    page.get_by_role("button", name="Produce", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was sent")
    expect(page.locator("#f-value-fault")).to_contain_text("line 1, column 12")
    expect(page.locator("#f-value")).to_have_value('{"a": [1, 2}')


def test_null_and_empty_are_written_as_two_things(page, kafka, topic):
    open_page(page, f"topics/{topic}/produce/")
    for form in ("null", "text"):
        page.locator("#f-key").fill(form)
        page.locator("#f-value-form").select_option(form)
        page.get_by_role("button", name="Produce", exact=True).click()
        expect(page.locator("#run-status")).to_contain_text("1 of 1 written", timeout=SEEN_MS)
    assert {record.key: record.value for record in written(kafka, topic) if record.key in (b"null", b"text")} == {
        b"null": None,
        b"text": b"",
    }


def test_a_file_shows_its_bad_lines_and_sends_the_others_only_when_told(page, kafka, topic, tmp_path):
    rows = tmp_path / "rows.ndjson"
    rows.write_text('{"key":"f1","value":{"x":1}}\nnot json\n{"key":"f2","value":"t"}\n')
    before = len(written(kafka, topic))
    open_page(page, f"topics/{topic}/produce/")
    page.locator("#f-file").set_input_files(rows)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("1 line cannot be sent")).to_be_visible(timeout=SEEN_MS)
    expect(page.get_by_text("Line 2")).to_be_visible()
    assert len(written(kafka, topic)) == before
    page.get_by_role("button", name="Produce 2 records").click()
    expect(page.locator("#run-status")).to_contain_text("2 of 2 written", timeout=SEEN_MS)
    assert {r.key: r.value for r in written(kafka, topic) if (r.key or b"").startswith(b"f")} == {b"f1": b'{"x":1}', b"f2": b'"t"'}


def test_a_long_run_shows_how_far_it_is_and_stops(page, topic):
    open_page(page, f"topics/{topic}/produce/")
    page.locator("#f-value").fill("1")
    page.locator("summary", has_text="Compression").click()
    page.locator("#f-count").fill("1000")
    page.locator("#f-rate").fill("50")
    page.get_by_role("button", name="Produce", exact=True).click()
    expect(page.locator("#run-status")).to_contain_text("so far", timeout=SEEN_MS)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#run-status")).to_contain_text("stopped", timeout=SEEN_MS)

"""The run bar: where a query starts and what it may take, as somebody chooses it there."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from playwright.sync_api import expect

from tests.browser.test_journeys import open_page
from tests.browser.test_looks import RULES
from tests.browser.test_sql import SEEN_MS, run

READ = "SELECT kind FROM barred;"


@pytest.fixture(scope="module")
def barred(kafka):
    """30 records in one partition, of which a group has committed 25; another has committed nothing."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})  # kept: it must live until the answer
    admin.create_topics([NewTopic("barred", 1, 3)])["barred"].result(30)
    sender = Producer({"bootstrap.servers": kafka.bootstrap})
    for n in range(30):
        sender.produce("barred", json.dumps({"kind": f"k{n}"}))
    sender.flush(20)
    reader = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "bar-readers", "enable.auto.commit": False})
    reader.commit(offsets=[TopicPartition("barred", 0, 25)], asynchronous=False)
    reader.close()


@pytest.fixture
def editor(page, barred):
    yield from _editor(page)


def _editor(page):
    open_page(page, "topics/")
    expect(page.get_by_role("link", name="barred", exact=True)).to_be_visible(timeout=2 * SEEN_MS)
    open_page(page, "query/")
    expect(page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    run(page, "CREATE OR REPLACE STREAM barred (kind STRING) WITH (KAFKA_TOPIC='barred', VALUE_FORMAT='JSON');")
    expect(page.locator(".result-pane").first).to_contain_text("reads topic barred", timeout=SEEN_MS)
    yield page


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("offset", "28", "2 rows"),
        ("group", "bar-readers", "5 rows"),
        ("earliest", "", "30 rows"),
    ],
)
def test_a_query_starts_where_the_bar_says(editor, kind, given, words):
    editor.locator("#start").select_option(kind)
    if given:
        editor.locator("#from").fill(given)
    run(editor, READ)
    expect(editor.locator(".result-pane").first).to_contain_text(words, timeout=SEEN_MS)
    expect(editor.locator(".result-pane").first).to_contain_text("Complete")


def test_a_partition_without_a_commit_is_told_while_it_runs(editor):
    editor.locator("#start").select_option("group")
    editor.locator("#from").fill("nobody-ever")
    run(editor, "SELECT kind FROM barred EMIT CHANGES;")
    expect(editor.locator(".result-pane").first).to_contain_text("group nobody-ever has committed nothing there", timeout=SEEN_MS)


def test_an_offset_that_is_none_is_a_sentence(editor):
    editor.locator("#start").select_option("offset")
    editor.locator("#from").fill("soon")
    run(editor, READ)
    expect(editor.locator("toast-stack")).to_contain_text("A query cannot start at 'offset:soon'", timeout=SEEN_MS)


def test_a_run_ends_at_its_limit_and_says_so(editor):
    editor.locator("#start").select_option("earliest")
    editor.locator("#settings summary").click()
    editor.locator("#most-rows").fill("7")
    run(editor, "SELECT kind FROM barred EMIT CHANGES;")
    expect(editor.locator(".result-pane").first).to_contain_text("The 7 rows that were asked for are there.", timeout=SEEN_MS)
    editor.locator("#settings summary").click()
    editor.locator("#most-rows").fill("20000")
    run(editor, "SELECT kind FROM barred EMIT CHANGES;")
    expect(editor.locator("toast-stack")).to_contain_text("limited to 1 to 10,000 rows", timeout=SEEN_MS)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_the_open_bar(inspected_page, barred, theme, width):
    inspected_page.emulate_media(color_scheme=theme)
    inspected_page.set_viewport_size({"width": width, "height": 900})
    open_page(inspected_page, "query/")
    expect(inspected_page.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
    inspected_page.locator("#start").select_option("group")
    inspected_page.locator("#settings summary").click()
    expect(inspected_page.locator("#most-rows")).to_be_visible()
    assert Axe().run(inspected_page, options=RULES).response["violations"] == []
    assert inspected_page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""How pages look to those who see them badly, and on a narrow screen: axe finds nothing, and nothing runs off sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from confluent_kafka import Consumer, Producer, TopicPartition
from playwright.sync_api import expect

TOPIC, GROUP = "looked-at", "onlookers"
TABS = (
    "",
    "partitions/",
    "consumers/",
    "config/",
    "activity/",
    "messages/",
    "delete/",
    "records/0/0/",
    *("statistics/", "produce/", "stream/"),
    *("messages/?from=oldest&mode=text&filter=n", "messages/export-all/?mode=text&filter=n"),
)
PAGES = (
    "",
    "brokers/",
    "brokers/1/",
    "brokers/1/logdirs/",
    "brokers/1/configs/",
    "topics/",
    "new-topic/",
    "topics/?columns=name,id,cleanup&favourites=only",
    "groups/",
    f"groups/{GROUP}/",
    f"groups/{GROUP}/members/",
    f"groups/{GROUP}/events/",
    "timeline/",
    "query/",
    "query/streams/",
    "query/tables/",
    "query/queries/",
    "query/functions/?filter=sub",
    "query/history/",
    *(f"topics/{TOPIC}/{tab}" for tab in TABS),
)
CLUSTER = "/clusters/kafka/"
# the body hides what is too wide, so the parts themselves are measured
TOO_WIDE = """() => [...document.querySelectorAll(".top-bar, .top-bar > *, main > *, main .panel, main .stack > *")]
    .filter(part => part.checkVisibility() && part.getBoundingClientRect().right > innerWidth + 1)
    .map(part => `${part.tagName} ${part.className}`)"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "preload": False}


@pytest.fixture(scope="module")
def topic(kafka):
    sender = Producer({"bootstrap.servers": kafka.bootstrap})
    sender.produce(TOPIC, b'{"n": 1}', key=b"k", partition=0)
    sender.flush(10)
    reader = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": GROUP, "enable.auto.commit": False})
    reader.commit(offsets=[TopicPartition(TOPIC, 0, 0)], asynchronous=False)
    reader.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_and_nothing_runs_off_sideways(inspected_page, topic, theme):
    page = inspected_page
    page.emulate_media(color_scheme=theme)
    page.goto(f"{CLUSTER}topics/")
    expect(page.get_by_role("link", name=TOPIC, exact=True)).to_be_visible(timeout=15_000)
    page.goto(f"{CLUSTER}groups/")
    expect(page.get_by_role("link", name=GROUP, exact=True)).to_be_visible(timeout=15_000)
    found = []
    for path in (*(CLUSTER + path for path in PAGES), "/audit/", "/account/", "/?as=table", "/jobs/"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        page.wait_for_load_state("networkidle" if path.endswith("config/") else "load")
        found += [
            f"{path}: {each['id']} {each['nodes'][0]['html'][:120]}" for each in Axe().run(page, options=RULES).response["violations"]
        ]
        page.set_viewport_size({"width": 390, "height": 844})
        found += [f"{path}: wider than a phone: {part}" for part in page.evaluate(TOO_WIDE)]
    assert found == []

"""No text of a record becomes markup in any view: each view of a hostile topic has the very elements of its harmless twin's.

Twins are of one shape: where one has a payload, the other has a text of the same length whose signs mean nothing anywhere.
"""

import json
import re
from urllib.parse import quote, urlencode

import pytest
from confluent_kafka import Producer
from playwright.sync_api import expect

from tests.browser.payloads import PAYLOADS
from tests.browser.test_journeys import create, slug
from tests.browser.test_sql import pane, run
from tests.product import until

SEEN_MS = 20_000
WATCH = """
window.caught = () => { window.wasCaught = true; };
window.refused = [];
addEventListener("securitypolicyviolation", event => window.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
SEEN = """() => {
  const all = [...document.querySelectorAll("*")], counts = {};
  for (const each of document.querySelectorAll("main *")) if (!each.closest("data-age"))
    counts[each.localName] = (counts[each.localName] ?? 0) + 1;
  return {
    counts,
    handlers: all.flatMap(each => each.getAttributeNames()).filter(name => name.startsWith("on")),
    links: all.flatMap(each => [each.href, each.src, each.action])
      .filter(link => typeof link === "string" && link && link !== "data:," && !link.startsWith(location.origin)),
    caught: window.wasCaught === true, polluted: ({}).caught !== undefined, refused: window.refused,
  };
}"""

OPEN = """async at => {
  document.querySelectorAll("#messages tr")[at].click();
  const until = performance.now() + 20000;
  while (!document.querySelector("#record h2")?.textContent.includes(`Offset ${at}`)) {
    if (performance.now() > until) throw Error(`the pane does not show offset ${at}`);
    await new Promise(requestAnimationFrame);
  }
  for (const show of ["text", "hex", "tree"]) for (const each of document.querySelectorAll(`#record [data-show=${show}]`)) each.click();
}"""


@pytest.fixture(scope="module")
def texts():
    """What each twin's records say, in the order of their offsets."""
    return {"hostile": list(PAYLOADS), "harmless": [re.sub(r"[\x20-\x7e]", "x", text) for text in PAYLOADS]}


@pytest.fixture(scope="module")
def filled(kafka, texts):
    """Called once the topics are there: each text as key, in a JSON value, as header; then each as the whole value."""

    def fill():
        sender = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 5})
        for topic, said in texts.items():
            for number, text in enumerate(said):
                value = json.dumps({"text": text, f"{number} {text}": [text, {"deep": text}]})
                sender.produce(topic, value, text, partition=0, headers=[(text, text), ("plain", text)])
            for text in said:
                sender.produce(topic, text, text, partition=0)
        assert sender.flush(20) == 0

    return fill


@pytest.fixture
def watched(page):
    """The signed-in tab, on which any dialog is a failure."""
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.add_init_script(WATCH)
    yield page
    assert dialogs == []


def look(page):
    """Return how many elements of each name the page has; nothing ran, nothing was refused, no link leads elsewhere."""
    seen = page.evaluate(SEEN)
    assert (seen["handlers"], seen["links"], seen["refused"]) == ([], [], [])
    assert (seen["caught"], seen["polluted"]) == (False, False)
    return seen["counts"]


def show(page, path):
    """Open a page of the cluster; its address is asked for once."""
    if "/clusters/" not in page.url:
        page.goto("/")
    page.goto(f"/clusters/{slug(page)}/{path}")


def read(page, topic, query):
    show(page, f"topics/{topic}/messages/?{query}")


def both(page, view):
    """Show a view of each twin; both must be made of the same elements."""
    found = {}
    for topic in ("harmless", "hostile"):
        view(topic)
        found[topic] = look(page)
    assert found["hostile"] == found["harmless"]


def test_lists_and_columns(watched, filled):
    for topic in ("hostile", "harmless"):
        create(watched, topic)
    filled()
    rows = watched.locator("#messages tr")

    def shown(topic, query):
        read(watched, topic, f"from=oldest&n=1000&{query}")
        expect(rows).to_have_count(2 * len(PAYLOADS), timeout=SEEN_MS)

    both(watched, lambda topic: shown(topic, ""))
    for name in ("Cards", "Raw"):
        both(watched, lambda topic, name=name: (shown(topic, ""), watched.get_by_role("button", name=name, exact=True).click()))
    both(watched, lambda topic: shown(topic, urlencode({"column": "value.text"})))


def test_every_record_in_the_pane(watched):
    """The pane of each record, with its tree, its text and its bytes."""
    kinds = {}
    for topic in ("harmless", "hostile"):
        read(watched, topic, "from=oldest&n=1000")
        expect(watched.locator("#messages tr")).to_have_count(2 * len(PAYLOADS), timeout=SEEN_MS)
        kinds[topic] = []
        for number in range(len(PAYLOADS)):  # in turn in a JSON value and as the whole value
            offset = number + number % 2 * len(PAYLOADS)
            watched.evaluate(OPEN, offset)
            kinds[topic].append(look(watched))
    assert kinds["hostile"] == kinds["harmless"]


@pytest.mark.parametrize("path", ["records/0/{}/", "produce/?copy=0:{}", "produce/?tombstone=0:{}"])
def test_pages_of_a_record(watched, path):
    for offset in range(0, 2 * len(PAYLOADS), 24):
        both(watched, lambda topic, offset=offset: show(watched, f"topics/{topic}/{path.format(offset)}"))


def test_statistics(watched):
    both(watched, lambda topic: show(watched, f"topics/{topic}/statistics/"))


def test_what_is_asked_for_is_shown_as_it_was_typed(watched, texts):
    """A text as a filter, as a fault of the filter language, and where a number is expected."""
    for text in texts["hostile"][::6]:
        for query in ("mode=text&filter={}", "filter={}", "from=offset&offset={}"):
            read(watched, "hostile", query.format(quote(text, safe="")))
            expect(watched.locator("#filter")).to_be_visible()
            look(watched)


def test_a_background_search(watched):
    def searched(topic):
        read(watched, topic, "from=oldest&filter=text&mode=text&in=value")
        watched.locator("#background").evaluate("form => form.submit()")
        watched.wait_for_url(re.compile(r"/jobs/\d+/"))
        until(lambda: watched.reload() and watched.get_by_text("Complete").count(), SEEN_MS / 1000, "the end of the search")

    both(watched, searched)


def test_sql(watched):
    """PRINT shows keys and values as they are; a stream shows the fields."""

    def printed(topic):
        show(watched, "query/")
        expect(watched.locator(".cm-content")).to_be_visible(timeout=SEEN_MS)
        watched.locator("#start").select_option("earliest")
        run(watched, f"PRINT '{topic}' FROM BEGINNING LIMIT {len(PAYLOADS)};")
        expect(pane(watched, "PRINT").locator("tbody tr")).to_have_count(len(PAYLOADS), timeout=SEEN_MS)
        look(watched)

    for topic in ("harmless", "hostile"):
        printed(topic)
    run(watched, "CREATE STREAM said (text VARCHAR) WITH (KAFKA_TOPIC='hostile', VALUE_FORMAT='JSON');")
    expect(watched.locator(".result-pane").first).to_contain_text("reads topic hostile", timeout=SEEN_MS)
    run(watched, f"SELECT text FROM said EMIT CHANGES LIMIT {len(PAYLOADS)};")
    expect(pane(watched, "SELECT text").locator("tbody tr").first).to_be_visible(timeout=SEEN_MS)
    look(watched)

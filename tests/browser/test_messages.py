"""Finding records: by a filter while one looks, by a link elsewhere, with columns of one's own; and what no record can do to the page."""

import json
import re

import pytest
from confluent_kafka import Producer
from playwright.sync_api import expect

from tests.browser.test_journeys import create, open_page

SEEN_MS = 20_000
SCRIPT = "<img src=x onerror=\"document.title='caught'\"><script>document.title='caught'</script>"


@pytest.fixture(scope="module")
def topic():
    return "searched"


@pytest.fixture(scope="module")
def filled(kafka, topic):
    """Called once the topic is there: 3,000 orders, ten of them declined and large."""

    def fill():
        sender = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 5})
        for number in range(3000):
            status = "DECLINED" if number % 300 == 7 else "PAID"
            order = {"id": 9_223_372_036_854_775_000 + number, "amount": number, "status": status, "who": {"name": f"n{number}"}}
            sender.produce(topic, json.dumps(order), f"k{number % 50}", headers=[("h", b"1"), ("h", SCRIPT.encode())])
        sender.produce(topic, SCRIPT, SCRIPT, headers=[(SCRIPT, SCRIPT)])
        sender.flush(20)

    return fill


def read(page, topic, query=""):
    open_page(page, f"topics/{topic}/messages/{query}")


def test_a_filter_finds_every_match_and_says_that_all_was_read(page, topic, filled):
    create(page, topic)
    filled()
    read(page, topic)
    page.locator("#mode").select_option("expression")
    page.locator("#filter").fill('value.status == "DECLINED" && value.amount > 300')
    page.get_by_role("button", name="Read").click()
    expect(page.locator("#account")).to_contain_text("100 % of the range read", timeout=SEEN_MS)
    expect(page.locator("#messages tr")).to_have_count(9)
    expect(page.locator("#messages tr").first).to_contain_text("status DECLINED")
    expect(page).to_have_url(re.compile("search="))


def test_a_search_is_found_again_by_its_link(page, chromium, product, topic):
    read(page, topic, "?mode=expression&filter=value.amount+%3D%3D+42")
    expect(page.locator("#messages tr")).to_have_count(1, timeout=SEEN_MS)
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#messages tr")).to_have_count(1, timeout=SEEN_MS)
    expect(page.locator("#filter")).to_have_value("value.amount == 42")


def test_a_filter_that_cannot_be_names_the_place_and_stays(page, topic):
    read(page, topic, "?mode=expression")
    page.locator("#filter").fill("value.amount >")
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_text(re.compile("column 15"))).to_be_visible()
    expect(page.locator("#filter")).to_have_value("value.amount >")


def test_pages_lead_on_and_back(page, topic):
    read(page, topic, "?from=oldest&n=50")
    first = page.locator("#messages tr a").all_inner_texts()
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#messages tr")).to_have_count(50, timeout=SEEN_MS)
    assert not set(first) & set(page.locator("#messages tr a").all_inner_texts()) or page.locator("#messages tr").count() == 50
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#messages tr a").first).to_have_text(first[0], timeout=SEEN_MS)


def test_a_value_becomes_a_column_exact_beyond_what_a_browser_counts(page, topic):
    read(page, topic, "?from=oldest&n=5&partitions=0")
    page.locator("#messages tr").first.click()
    page.locator("#record [data-path=id]").click()
    page.get_by_role("menuitem", name="Show as a column").click()
    expect(page.locator("th[data-column='value.id']")).to_be_visible()
    expect(page.locator("#messages tr").first).to_contain_text(re.compile(r"922337203685477\d{4}"))


def test_filtering_by_a_value_asks_for_exactly_that(page, topic):
    read(page, topic, "?from=oldest&n=5&partitions=0")
    page.locator("#messages tr").first.click()
    page.locator("#record [data-path='who.name']").click()
    page.get_by_role("menuitem", name="Filter by this value").click()
    expect(page.locator("#messages tr")).to_have_count(1, timeout=SEEN_MS)
    expect(page.locator("#filter")).to_have_value(re.compile('value.who.name == "n'))


def test_no_record_becomes_markup(page, topic):
    for query in ("", "?from=oldest", "?filter=onerror"):
        read(page, topic, query)
        expect(page.locator("#messages tr").first).to_be_visible(timeout=SEEN_MS)
        assert page.locator("#messages img, #record img, #messages script").count() == 0
        assert "caught" not in page.title()


def test_a_filter_is_kept_and_run_again(page, topic):
    read(page, topic)
    page.locator("#mode").select_option("expression")
    page.locator("#filter").fill("value.amount == 7")
    page.locator("#saved summary").click()
    page.get_by_label("Name of this filter").fill("seven")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name=re.compile("seven")).first.click()
    expect(page.locator("#messages tr")).to_have_count(1, timeout=SEEN_MS)


PAID = "?from=oldest&n=3000&mode=expression&filter=value.status+%3D%3D+%22PAID%22"


def brushed(page, topic):
    """Return the histogram of a search that is over."""
    read(page, topic, PAID)
    expect(page.locator("#account")).to_contain_text("100 % of the range read", timeout=SEEN_MS)
    return page.locator("time-histogram")


def only_that(page, chosen):
    """The brush's own count is what the address it leads to finds."""
    many = int(re.search(r"([\d,]+) found there", chosen)[1].replace(",", ""))
    assert 0 < many < 2990
    expect(page).to_have_url(re.compile("from=time.*until=time"), timeout=SEEN_MS)
    expect(page.locator("#account")).to_contain_text(f"{many:,} match", timeout=SEEN_MS)
    expect(page.locator("#filter")).to_have_value('value.status == "PAID"')


def test_dragging_over_bars_reads_that_time_again(page, topic):
    bars = brushed(page, topic)
    box = bars.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 10, steps=5)
    chosen = bars.locator(".choice-made").inner_text()
    page.mouse.up()
    only_that(page, chosen)
    page.go_back()
    expect(page.locator("#account")).to_contain_text("2,990 match", timeout=SEEN_MS)


def test_arrow_keys_choose_a_time_and_enter_reads_it(page, topic):
    bars = brushed(page, topic)
    bars.focus()
    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowRight")
    expect(bars.get_by_role("link", name=re.compile("^Read .* to "))).to_be_visible()
    page.keyboard.press("Escape")
    expect(bars.locator(".choice-made")).to_be_empty()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Shift+ArrowLeft")
    chosen = bars.locator(".choice-made").inner_text()
    page.keyboard.press("Enter")
    only_that(page, chosen)


def test_all_matches_are_exported_and_fetched_whole(page, topic):
    read(page, topic, "?mode=expression&filter=value.status+%3D%3D+%22PAID%22&n=10")
    expect(page.locator("#messages tr")).to_have_count(10, timeout=SEEN_MS)
    page.locator("#export summary").click()
    page.get_by_role("link", name="All matches, whole").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"Records\s*(about )?[\d,]+"))
    page.get_by_role("button", name="Begin the export").click()
    for _ in range(60):
        if page.get_by_role("link", name="Download").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    with page.expect_download() as told:
        page.get_by_role("link", name="Download").click()
    with open(told.value.path(), encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert sorted(row["value"]["amount"] for row in rows) == [n for n in range(3000) if n % 300 != 7]
    assert rows[0]["headers"] == [["h", "1"], ["h", SCRIPT]]

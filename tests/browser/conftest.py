"""A browser on the real product on a real cluster."""

import pytest
from playwright.sync_api import sync_playwright

from demo.cluster import KafkaCluster
from tests.product import NAME, PASSWORD, Product

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: "tests/browser/" in str(item.path))  # last: Playwright's running loop breaks asynchronous tests after it
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """Three brokers of this suite alone, which kills them; topics come into being when somebody writes."""
    cluster = KafkaCluster(tmp_path_factory.mktemp("k")).start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def product(kafka, tmp_path_factory):
    running = Product(tmp_path_factory.mktemp("cc"), kafka.bootstrap)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, product):
    """A signed-in tab; any error on its console fails the test."""
    yield from _tab(chromium, product)


@pytest.fixture
def inspected_page(chromium, product):
    """The same without our content policy, which forbids the styles that axe puts in to measure."""
    yield from _tab(chromium, product, bypass_csp=True)


def _tab(chromium, product, **more):
    context = chromium.new_context(base_url=product.url, viewport={"width": 1440, "height": 900}, **more)
    tab, errors = context.new_page(), []

    def note(message):
        if message.type == "error" and not _is_outage(message.text):
            errors.append(f"{message.text} {message.location.get('url')}")

    tab.on("console", note)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto("/login/")
    tab.get_by_label("Name").fill(NAME)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(lambda url: "/login/" not in url)
    yield tab
    context.close()
    assert errors == []


def _is_outage(text):
    """Return whether the browser only says that the server was away, or refused a form: the tests bring both about."""
    return (
        "status of 422" in text
        or "status of 400" in text
        or "WebSocket connection to" in text
        or "ERR_CONNECTION_REFUSED" in text
        or "ERR_EMPTY_RESPONSE" in text
        or "status of 50" in text
    )

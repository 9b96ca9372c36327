"""The first start as a person meets it: the printed link, the administrator, the first cluster, its overview."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_looks import RULES
from tests.product import PASSWORD, Product, free_port, until


@pytest.fixture
def bare(tmp_path_factory):
    """The product without an administrator and without a cluster."""
    product = Product(tmp_path_factory.mktemp("bare"), "")
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "CC_ADMIN_PASSWORD_FILE"):
        del product.environment[name]
    product.environment["CC_DEMO_BROKERS"] = "0"
    product.start()
    yield product
    product.stop()


def inspected(page):
    """Return what axe finds in both themes, and what is wider than a phone."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found += [
            f"{theme} {each['id']}: {each['nodes'][0]['html'][:120]}" for each in Axe().run(page, options=RULES).response["violations"]
        ]
    page.set_viewport_size({"width": 390, "height": 844})
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than a phone")
    page.set_viewport_size({"width": 1440, "height": 900})
    return found


def test_the_link_leads_to_an_administrator_and_a_cluster_that_was_tried(bare, kafka, chromium):
    link = until(lambda: re.search(r"http://127\.0\.0\.1:\d+/setup/\?t=\S+", bare.log.read_text()), 10, "the link")[0]
    context = chromium.new_context(base_url=bare.url, bypass_csp=True, reduced_motion="reduce")  # axe would measure colours on their way
    page = context.new_page()
    page.goto(link)
    assert "t=" not in page.url
    found = inspected(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()

    expect(page.get_by_role("heading", name="First cluster")).to_be_visible()
    page.get_by_label("Name").fill("Payments")
    expect(page.get_by_label("User")).to_be_hidden()
    page.get_by_label("Connection").select_option("SASL_SSL")
    expect(page.get_by_label("User")).to_be_visible()
    expect(page.get_by_label("Certificate authority")).to_be_visible()
    found += inspected(page)
    page.get_by_label("Connection").select_option("PLAINTEXT")
    page.get_by_label("Brokers").fill(f"127.0.0.1:{free_port()}")
    page.get_by_role("button", name="Try it and keep it").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody answers", timeout=15_000)
    found += inspected(page)

    page.get_by_label("Brokers").fill(kafka.bootstrap)
    page.get_by_role("button", name="Only try it").click()
    expect(page.get_by_role("status")).to_contain_text("3 brokers answered", timeout=15_000)
    page.get_by_role("button", name="Try it and keep it").click()
    expect(page.get_by_role("heading", name="Ready")).to_be_visible(timeout=15_000)
    found += inspected(page)
    page.get_by_role("link", name="Open the clusters").click()
    expect(page).to_have_url(re.compile("/clusters/payments/"))
    expect(page.get_by_text("3 of 3").or_(page.get_by_text("3 brokers")).first).to_be_visible(timeout=15_000)
    context.close()
    assert found == []

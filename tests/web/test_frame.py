"""The shell around every page, and what a page admits about its figures."""

import time

import pytest

from controlcenter.access.models import Binding, Grant, Role
from controlcenter.observe.snapshot import Snapshot, key
from controlcenter.web import frame, numbers, states
from tests.web.test_topics import publish, row, topic

pytestmark = pytest.mark.django_db


def source(name, broker="", **told):
    facts = {"as_of_ms": 1000, "is_complete": True, "failure": "", "failed_at_ms": None}
    return {key(name, broker): row("sources", **{"source": name, "broker": broker, **facts, **told})}


def snapshot(*sources, **cluster):
    tables = {"cluster": {"cluster": row("cluster", **cluster)}, "sources": {k: v for each in sources for k, v in each.items()}}
    return Snapshot(1, tables)


def test_pages_that_come_later_say_so_and_lead_nowhere(store, demo, bob, client_of):
    publish(store, topic("rides"))
    body = client_of(bob).get("/clusters/demo/topics/").content.decode()
    assert 'title="Schemas: not yet in this version"' in body
    assert 'href="/clusters/demo/topics/" aria-current="page"' in body


def test_the_theme_is_in_the_first_paint(store, demo, bob, client_of):
    client = client_of(bob)
    assert b"data-theme" not in client.get("/clusters/demo/topics/").content
    client.cookies["theme"] = "dark"
    assert b'data-theme="dark"' in client.get("/clusters/demo/topics/").content
    client.cookies["theme"] = '"><script>'
    assert b"data-theme" not in client.get("/clusters/demo/topics/").content


def test_the_sidebar_and_the_account_name_the_roles(store, demo, alice, bob, charlie, client_of):
    Binding.objects.create(user=bob, role=Role.objects.get(name="operator"))
    for who, told in ((alice, "admin"), (bob, "operator, reader"), (charlie, "no role")):
        body = client_of(who).get("/account/").content.decode()
        assert f'title="Roles: {told}"' in body
        assert f"Roles <b>{told}</b>" in body


def test_a_strip_names_no_topic_that_may_not_be_seen(store, demo, alice, charlie, client_of):
    role = Role.objects.create(name="pay-viewers")
    Grant.objects.create(role=role, resource="cluster", actions=["view"])
    Grant.objects.create(role=role, resource="topic", actions=["view"], name_pattern="pay-*")
    Binding.objects.create(user=charlie, role=role)
    now_ms = int(time.time() * 1000)
    told = source("ends", 1, failure="Broker 1 refused partition 0 of secret.", as_of_ms=now_ms, failed_at_ms=now_ms)
    publish(store, topic("pay-in"), topic("secret"), sources=told)
    for path in ("", "topics/"):
        assert b"refused partition 0 of secret" in client_of(alice).get(f"/clusters/demo/{path}").content
        body = client_of(charlie).get(f"/clusters/demo/{path}").content
        assert b"Something you may not see could not be read." in body
        assert b"secret" not in body


def test_signing_out_is_a_form(store, demo, bob, client_of):
    body = client_of(bob).get("/clusters/demo/topics/").content.decode()
    assert '<form method="post" action="/logout/">' in body


@pytest.mark.parametrize(("asked", "meant"), [("15m", "15m"), ("6h", "6h"), ("24h", "1h"), ("", "1h")])
def test_a_range_that_history_does_not_hold_is_an_hour(rf, asked, meant):
    assert frame.range_of(rf.get("/", {"range": asked})) == meant


def test_half_an_answer_names_what_is_missing():
    found = states.strips(
        snapshot(
            source("log_dirs", 1),
            source("log_dirs", 2, failure="Broker 2 did not answer in 5 s.", failed_at_ms=2000),
            source("log_dirs", 3),
        ),
        ["log_dirs"],
        4000,
    )
    assert [(each["kind"], each["what"]) for each in found] == [("partial", "2 of 3 brokers told sizes on disk; missing: 2.")]
    assert found[0]["why"] == "Broker 2 did not answer in 5 s."
    assert found[0]["since_ms"] == 1000


def test_a_source_that_fails_as_a_whole_is_stale_with_its_age():
    found = states.strips(snapshot(source("ends", failure="No answer.", failed_at_ms=2000)), ["ends"], 4000)
    assert (found[0]["kind"], found[0]["since_ms"]) == ("stale", 1000)


def test_a_failure_that_was_mended_is_not_told():
    assert states.strips(snapshot(source("ends", as_of_ms=3000, failure="No answer.", failed_at_ms=2000)), ["ends"], 4000) == []


def test_silence_is_told_though_nothing_failed():
    assert states.strips(snapshot(source("ends")), ["ends"], 60_000) == []
    found = states.strips(snapshot(source("ends")), ["ends"], 62_000)
    assert (found[0]["kind"], found[0]["why"], found[0]["since_ms"]) == ("stale", "The worker may be down.", 1000)


def test_a_cluster_that_does_not_answer_says_only_that():
    found = states.strips(snapshot(source("ends"), state="unreachable", reason="Refused.", unreachable_since_ms=500), ["ends"], 4000)
    assert [(each["kind"], each["why"]) for each in found] == [("unreachable", "Refused.")]


@pytest.mark.parametrize(
    ("number", "words"),
    [(None, "?"), (0, "0"), (9999, "9,999"), (12_400, "12.4\u202fk"), (1_940_000, "1.9\u202fM"), (9_200_000_000, "9.20\u202fG")],
)
def test_counts_read_short_and_unknown_is_no_number(number, words):
    assert numbers.count(number) == words


@pytest.mark.parametrize(
    ("ms", "words"), [(None, "?"), (-1, "forever"), (604_800_000, "7 days"), (86_400_000, "1 day"), (129_600_000, "36 h"), (1, "1 ms")]
)
def test_spans_read_in_their_largest_exact_unit(ms, words):
    assert numbers.duration(ms) == words


def test_bytes_are_binary_and_their_unit_stands_apart():
    assert [numbers.bytes_of(n) for n in (None, 0, 1023, 1024, 5 * 2**30, 150 * 2**20)] == [
        ("?", ""), ("0", "B"), ("1023", "B"), ("1.0", "KiB"), ("5.0", "GiB"), ("150", "MiB"),
    ]  # fmt: skip

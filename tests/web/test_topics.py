"""The list of topics, the frame around it, and what alice, bob and charlie see of them."""

import json

import pytest

from controlcenter.access.models import Binding, Grant, Role
from controlcenter.observe.snapshot import TABLES, Snapshot, key
from controlcenter.observe.store import encode, redis_key

pytestmark = pytest.mark.django_db
NOW_MS = 1_900_000_000_000


def row(table, **told):
    return {**dict.fromkeys(TABLES[table]), **told}


def topic(name, **told):
    facts = {"health": "ok", "is_internal": False, "partitions": 3, "replication_factor": 3, "records": 10, "size_bytes": 2048}
    return row(
        "topics",
        **{"name": name, "records_per_s": 1.5, "groups": 0, "cleanup_policy": "delete", "retention_ms": 86_400_000, **facts, **told},
    )


def publish(store, *topics, **tables):
    sources = {key("metadata", ""): row("sources", source="metadata", broker="", as_of_ms=NOW_MS, is_complete=True, failure="")}
    facts = {"cluster": {"cluster": row("cluster", state="healthy", brokers=1, topics=len(topics), groups=0)}, "sources": sources}
    snapshot = Snapshot(1, {**facts, "topics": {key(each["name"]): each for each in topics}, **tables})
    store.redis.set(redis_key("demo", "snap"), encode(snapshot))
    store.redis.set(redis_key("demo", "version"), 1)


@pytest.fixture
def page(store, demo, bob, client_of):
    """page(query) is the list of topics as bob sees it."""

    def ask(query=""):
        return client_of(bob).get(f"/clusters/demo/topics/{query}")

    return ask


def names_of(answer):
    return [each["name"] for each in answer.context["listing"].rows]


def test_internal_topics_hide_until_asked_for(store, page):
    publish(store, topic("rides"), topic("__consumer_offsets", is_internal=True))
    assert names_of(page()) == ["rides"]
    assert names_of(page("?internal=show")) == ["__consumer_offsets", "rides"]
    assert names_of(page("?filter=internal:yes")) == ["__consumer_offsets"]


def test_any_column_sorts_and_unknown_stands_last_either_way(store, page):
    publish(store, topic("a", size_bytes=5), topic("b", size_bytes=None), topic("c", size_bytes=9))
    assert names_of(page("?sort=size")) == ["a", "c", "b"]
    assert names_of(page("?sort=-size")) == ["c", "a", "b"]


def test_health_sorts_by_how_bad_it_is(store, page):
    publish(store, topic("fine"), topic("gone", health="offline"), topic("thin", health="under_replicated"))
    assert names_of(page("?sort=-health")) == ["gone", "thin", "fine"]


def test_an_unknown_field_is_a_sentence_with_the_fields(store, page):
    publish(store, topic("rides"))
    body = page("?filter=sise:>1").content.decode()
    assert "There is no field sise." in body
    assert "Use one of name, health" in body


def test_no_match_offers_the_closest_names(store, page):
    publish(store, topic("orders.created"), topic("zones"))
    answer = page("?filter=ordrs.created")
    assert names_of(answer) == []
    assert [name for name, _ in answer.context["closest"]] == ["orders.created"]


def test_unknown_is_a_question_mark_and_never_zero(store, page):
    publish(store, topic("rides", records=None, size_bytes=None, records_per_s=None, groups=None))
    answer = page()
    assert answer.context["facts"] == {"topics": 1, "partitions": 3, "size_bytes": None, "records_per_s": None}
    assert answer.context["listing"].body.count(">?") >= 3


def test_a_hostile_name_stays_text(store, page):
    publish(store, topic("<script>alert(1)</script>"))
    body = page().content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;" in body


def test_the_server_draws_no_more_than_fifty_rows(store, page):
    publish(store, *(topic(f"t{i:03}") for i in range(120)))
    answer = page()
    assert len(answer.context["listing"].rows) == 120
    assert answer.content.count(b'class="name"') == 50


def test_downloads_hold_the_whole_filtered_list(store, page):
    publish(store, *(topic(f"t{i:03}") for i in range(120)), topic("other", records=None))
    lines = page("?format=csv&filter=t0").content.decode().splitlines()
    assert len(lines) == 101
    assert lines[0].startswith("name,id,")
    told = [json.loads(line) for line in page("?format=ndjson&filter=other").content.splitlines()]
    assert [(each["name"], each["records"]) for each in told] == [("other", None)]


def test_a_spreadsheet_meets_no_formula(store, page):
    publish(store, topic("=cmd()"), topic("-1+1"))
    lines = page("?format=csv").content.decode().splitlines()
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["'-1+1", "'=cmd()"]


def test_hidden_topics_are_neither_listed_nor_counted(store, demo, alice, charlie, client_of):
    role = Role.objects.create(name="pay-viewers")
    Grant.objects.create(role=role, resource="cluster", actions=["view"])
    Grant.objects.create(role=role, resource="topic", actions=["view"], name_pattern="pay-*")
    Binding.objects.create(user=charlie, role=role)
    publish(store, topic("pay-in"), topic("secret"), topic("pay-out"))
    answer = client_of(charlie).get("/clusters/demo/topics/")
    assert names_of(answer) == ["pay-in", "pay-out"]
    assert b"secret" not in answer.content
    assert answer.context["facts"]["topics"] == 2
    topics = next(entry for group in answer.context["frame"]["nav"] for entry in group["entries"] if entry["word"] == "Topics")
    assert topics["count"] == "2"


def test_only_who_may_create_is_offered_to(store, demo, alice, bob, client_of):
    publish(store, topic("rides"))
    assert b"Create topic" in client_of(alice).get("/clusters/demo/topics/").content
    assert b"Create topic" not in client_of(bob).get("/clusters/demo/topics/").content


def test_before_the_first_answer_the_page_says_so(store, page):
    answer = page()
    assert b"The first answer of this cluster is on its way." in answer.content
    assert b"No topic yet" not in answer.content

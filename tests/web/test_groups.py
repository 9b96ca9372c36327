"""The list of groups and the pages of one: hostile ids, honest lags, and nothing of what may not be seen."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from controlcenter.access.models import Grant, Role
from controlcenter.fleet.models import Cluster
from controlcenter.observe import events
from controlcenter.observe.snapshot import TABLES, Snapshot, key
from controlcenter.observe.store import Store, default, encode, redis_key
from controlcenter.web import group, groups

LIST = "/clusters/demo/groups/"
HOSTILE = ("billing", "a/b", "..", ".", "=x", "%2F", "<script>alert(1)</script>", "zażółć 数据", "a?b#c", "new", " ", "\n", "'\"&")


def row(table: str, **told: Any) -> dict[str, Any]:
    return {**dict.fromkeys(TABLES[table]), **told}


def a_group(name: str, **told: Any) -> dict[str, Any]:
    facts = {
        "type": "classic",
        "state": "Stable",
        "members": 1,
        "topics": 1,
        "topic_names": ["rides"],
        "partitions": 2,
        "unknown_partitions": 0,
    }
    return row("groups", group=name, **{**facts, "lag": 5, **told})


def a_part(name: str, partition: int, **told: Any) -> dict[str, Any]:
    facts = {
        "topic": "rides",
        "start": 100,
        "end": 300,
        "committed": 295,
        "lag": 5,
        "flags": [],
        "member_id": "m-1",
        "client_id": "c",
        "host": "/h",
    }
    return row("group_partitions", group=name, partition=partition, **{**facts, **told})


@pytest.fixture
def publish(store: Store, demo: Cluster) -> Callable[..., None]:
    def write(*found: dict[str, Any], parts: tuple[dict[str, Any], ...] = (), members: tuple[dict[str, Any], ...] = ()) -> None:
        default.cache_clear()  # the process holds what an earlier test published under the same version
        tables = {
            "cluster": {"cluster": row("cluster", state="healthy")},
            "sources": {"groups/": row("sources", source="groups", broker="", as_of_ms=1_700_000_000_000, is_complete=True)},
            "groups": {key(each["group"]): each for each in found},
            "group_partitions": {key(each["group"], each["topic"], each["partition"]): each for each in parts},
            "members": {key(each["group"], each["member_id"]): each for each in members},
        }
        store.redis.set(redis_key("demo", "snap"), encode(Snapshot(1, tables)))
        store.redis.set(redis_key("demo", "version"), 1)

    return write


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("name", HOSTILE)
def test_any_group_id_is_listed_and_opens(name: str, publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish(a_group(name), parts=(a_part(name, 0),))
    browser = client_of(bob)
    text = text_of(browser.get(LIST))
    address = reverse("group", args=["demo", name])
    assert "<script>alert" not in text
    for tab in ("group", "group-members", "group-events"):
        answer = browser.get(reverse(tab, args=["demo", name]))
        assert answer.status_code == 200
        assert answer.context["group"] == name
        assert "<script>alert" not in text_of(answer)
    assert address.count("/") == 5


def test_lag_is_honest_about_what_it_misses() -> None:
    assert "?" in groups.lag(a_group("a", lag=None), 1)
    assert "≥ 5" in groups.lag(a_group("a", unknown_partitions=3), 5)
    assert "3 partitions unknown" in groups.lag(a_group("a", unknown_partitions=3), 5)
    assert ">0<" in groups.lag(a_group("a", lag=0), 1)


def test_sums_above_the_table_leave_unknown_unknown() -> None:
    found = groups.facts([a_group("a"), a_group("b", lag=None, members=None)])
    assert (found["groups"], found["members"], found["lag"], found["unknown"]) == (2, None, 5, 1)


def test_the_most_behind_stand_first_and_unknown_last(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish(a_group("idle", lag=0), a_group("mystery", lag=None), a_group("late", lag=900))
    listed = client_of(bob).get(LIST).context["listing"]
    assert [each["group"] for each in listed.rows] == ["late", "idle", "mystery"]


def test_the_filtered_list_goes_as_ndjson_and_csv(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish(a_group("=1+1"), a_group("other", lag=0))
    browser = client_of(bob)
    lines = text_of(browser.get(LIST, {"format": "ndjson", "filter": "lag:>0"})).splitlines()
    assert [json.loads(line)["group"] for line in lines] == ["=1+1"]
    assert text_of(browser.get(LIST, {"format": "csv", "filter": "lag:>0"})).splitlines()[1].startswith("'=1+1,")


def test_a_partitions_marks_are_words(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish(
        a_group("billing"),
        parts=(
            a_part("billing", 0, committed=50, lag=200, flags=["data_loss"]),
            a_part("billing", 1, committed=None, lag=200, flags=["not_committed"], member_id=None),
            a_part("billing", 2, committed=400, lag=0, flags=["ahead_of_log"]),
            a_part("billing", 3, committed=7, end=None, start=None, lag=None, flags=["topic_gone"]),
            a_part("billing", 4, end=None, lag=None),
        ),
    )
    answer = client_of(bob).get(reverse("group", args=["demo", "billing"]))
    text = text_of(answer)
    for words in ("Data loss", "none yet", "Ahead of log", "Topic gone", "below start", "records were lost"):
        assert words in text
    leads = {each["partition"]: each["lead"] for each in answer.context["listing"].rows}
    assert leads == {0: -50, 1: None, 2: 300, 3: None, 4: 195}


def test_only_with_lag_is_a_link(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish(a_group("billing"), parts=(a_part("billing", 0), a_part("billing", 1, lag=0)))
    answer = client_of(bob).get(reverse("group", args=["demo", "billing"]), {"filter": "lag:>0"})
    assert [each["partition"] for each in answer.context["listing"].rows] == [0]


def test_members_show_what_moves(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    held, target = [["rides", 0], ["rides", 1], ["rides", 2], ["rides", 7]], [["rides", 0]]
    publish(a_group("billing"), members=(row("members", group="billing", member_id="m", client_id="c", assignment=held, target=target),))
    text = text_of(client_of(bob).get(reverse("group-members", args=["demo", "billing"])))
    for words in ("0–2, 7", "Moving", "to be given up"):
        assert words in text


def test_topics_that_may_not_be_seen_stay_hidden(publish: Any, client_of: Callable[[Any], Client], charlie: Any) -> None:
    role = Role.objects.create(name="only-groups")
    for resource in ("cluster", "group"):
        Grant.objects.create(role=role, resource=resource, actions=["view"])
    role.bindings.create(user=charlie)
    publish(a_group("billing", topic_names=["secret-topic"]), parts=(a_part("billing", 0, topic="secret-topic"),))
    browser = client_of(charlie)
    for address in (LIST, LIST + "?format=ndjson", reverse("group", args=["demo", "billing"])):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "secret-topic" not in text_of(answer)


def test_a_gone_group_tells_when(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish()
    browser, address = client_of(bob), reverse("group", args=["demo", "billing"])
    assert "There is no group billing" in text_of(browser.get(address))
    events.record("demo", "group_deleted", "group", "billing", "Group billing is gone.")
    assert "This group is gone" in text_of(browser.get(address))


def test_spans_of_partitions_read_as_spans() -> None:
    assert group.by_topic([("b", 3), ("a", 0), ("b", 2), ("b", 9)]) == [("a", "0"), ("b", "2–3, 9")]

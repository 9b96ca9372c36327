"""The pages of one topic: what they show of a snapshot, what they admit, and what becomes of a topic that is gone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from controlcenter.access.models import Binding, Grant, Role
from controlcenter.fleet.models import Cluster
from controlcenter.observe import events
from controlcenter.observe.snapshot import TABLES, Snapshot, key
from controlcenter.observe.store import Store, default, encode, redis_key
from controlcenter.web import partitions, topic

ROOT = "/clusters/demo/topics/rides/"
TABS = ("", "partitions/", "consumers/", "config/", "activity/")


def row(table: str, **told: Any) -> dict[str, Any]:
    return {**dict.fromkeys(TABLES[table]), **told}


def part(number: int, **told: Any) -> dict[str, Any]:
    facts = {
        "state": "in_sync",
        "leader": 1,
        "replicas": [1, 2, 3],
        "in_sync_replicas": [1, 2, 3],
        "offline_replicas": [],
        "start": 10,
        "end": 110,
    }
    return row("partitions", topic="rides", partition=number, **{**facts, **told})


def tables() -> dict[str, dict[str, Any]]:
    reading = {"group": "<b>billing/eu", "topic": "rides"}
    return {
        "cluster": {"cluster": row("cluster", state="healthy")},
        "sources": {"metadata/": row("sources", source="metadata", broker="", as_of_ms=1_700_000_000_000, is_complete=True)},
        "topics": {"rides": row("topics", name="rides", health="under_min_isr", is_internal=False, partitions=2, replication_factor=3)},
        "partitions": {
            "rides/0": part(0),
            "rides/1": part(1, state="under_min_isr", leader=2, in_sync_replicas=[2], start=None, records_per_s=0.0),
        },
        "brokers": {str(n): row("brokers", broker=n) for n in (1, 2, 3)},
        "groups": {key("<b>billing/eu"): row("groups", group="<b>billing/eu", type="consumer", state="Stable", lag=7)},
        "group_partitions": {
            key("<b>billing/eu", "rides", 0): row("group_partitions", **reading, partition=0, lag=7, flags=[]),
            key("<b>billing/eu", "rides", 1): row("group_partitions", **reading, partition=1, lag=None, flags=[]),
        },
        "configs": {
            key("topic", "rides", name): row(
                "configs", kind="topic", owner="rides", name=name, value=value, source=source, is_sensitive=hidden
            )
            for name, value, source, hidden in (
                ("cleanup.policy", "delete", "default", False),
                ("retention.ms", "604800000", "topic", False),
                ("secret.thing", None, "topic", True),
            )
        },
    }


@pytest.fixture
def publish(store: Store, demo: Cluster) -> Callable[..., None]:
    def write(**changed: Any) -> None:
        default.cache_clear()  # the process holds what an earlier test published under the same version
        store.redis.set(redis_key("demo", "snap"), encode(Snapshot(1, {**tables(), **changed})))
        store.redis.set(redis_key("demo", "version"), 1)

    return write


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_and_marks_itself(tab: str, publish: Any, client_of: Callable[[Any], Client], alice: Any) -> None:
    publish()
    answer = client_of(alice).get(ROOT + tab)
    assert answer.status_code == 200
    assert f'<a href="{ROOT}{tab}" aria-current="page">' in text_of(answer)


def test_unknown_offsets_are_asked_not_zero(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish()
    text = text_of(client_of(bob).get(ROOT + "partitions/"))
    assert '<td class="num mono dim">?</td>' in text
    assert "has 1 of 3 replicas in sync" in text
    assert "not preferred" in text


def test_the_filter_line_chooses_partitions(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish()
    answer = client_of(bob).get(ROOT + "partitions/", {"filter": "lagging:yes"})
    assert [each["partition"] for each in answer.context["listing"].rows] == [1]


def test_partitions_go_as_csv(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish()
    lines = text_of(client_of(bob).get(ROOT + "partitions/", {"format": "csv", "sort": "partition"})).splitlines()
    assert lines[0].endswith(",records")
    assert lines[1].endswith(",100")
    assert lines[2].endswith(",")


def test_a_lag_that_misses_a_partition_is_a_lower_bound(publish: Any, client_of: Callable[[Any], Client], bob: Any) -> None:
    publish()
    text = text_of(client_of(bob).get(ROOT + "consumers/"))
    assert "≥ 7" in text
    assert "1 partitions unknown" in text
    assert "<b>billing" not in text
    assert "&lt;b&gt;billing/eu" in text


def test_settings_of_the_topic_come_first_and_secrets_stay_hidden(publish: Any, client_of: Callable[[Any], Client], alice: Any) -> None:
    publish()
    answer = client_of(alice).get(ROOT + "config/")
    assert [each["name"] for each in answer.context["configs"]] == ["retention.ms", "secret.thing", "cleanup.policy"]
    assert "7 days" in text_of(answer)
    assert "hidden by the broker" in text_of(answer)


def test_settings_not_yet_read_are_waited_for_then_told(
    publish: Any, store: Store, client_of: Callable[[Any], Client], alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "WAIT_S", 0.0)
    publish(configs={})
    assert "Asking the brokers for the settings" in text_of(client_of(alice).get(ROOT + "config/"))
    assert "topic/rides" in store.wanted("demo")


def test_a_deleted_topic_tells_when_and_one_that_never_was_is_absent(publish: Any, client_of: Callable[[Any], Client], alice: Any) -> None:
    publish(topics={})
    browser = client_of(alice)
    assert "There is no topic rides" in text_of(browser.get(ROOT))
    events.record("demo", "topic_deleted", "topic", "rides", "Topic rides was deleted.")
    answer = browser.get(ROOT)
    assert answer.status_code == 404
    assert "This topic was deleted" in text_of(answer)


def test_nothing_read_yet_is_loading_not_absent(store: Store, demo: Cluster, client_of: Callable[[Any], Client], alice: Any) -> None:
    default.cache_clear()
    answer = client_of(alice).get(ROOT)
    assert answer.status_code == 200
    assert "skeleton" in text_of(answer)


RETENTION = json.loads((Path(__file__).parents[1] / "cases/retention/cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", RETENTION, ids=lambda case: str(case["name"]))
def test_retention_fills_by_the_age_of_the_oldest_record_and_by_size(case: dict[str, Any]) -> None:
    assert topic.retention(case["row"], 10_000) == {"time": case["time"], "size": case["size"]}


def test_nothing_read_fills_nothing() -> None:
    assert topic.retention(None, 10_000) == {"time": "?", "size": "?"}


def test_each_broker_has_a_row_of_what_it_leads_and_holds() -> None:
    sizes = {"replica_sizes": [50, 40, None], "replica_lags": [0, 3, None], "records_per_s": 2.0}
    known = partitions.rows([part(0, **sizes), part(1, leader=2, in_sync_replicas=[2], **sizes)])
    one, two, three, gone = partitions.pivot(known, [1, 2, 3, 4], {1: "a", 2: "b"})
    assert (one["rack"], one["leaders"], one["preferred"], one["replicas"], one["out_of_sync"], one["size_bytes"]) == ("a", 1, 2, 2, 1, 100)
    assert (two["records"], two["records_per_s"], two["lag"], three["rack"]) == (100, 2.0, 3, None)
    assert (three["lag"], three["size_bytes"]) == (None, None)
    assert (gone["replicas"], gone["size_bytes"], gone["lag"]) == (0, 0, 0)


def test_racks_stand_beside_replicas_and_one_rack_for_all_is_marked() -> None:
    row = partitions.rows([part(0)])[0]
    cell = {column.name: column.cell for column in partitions.columns([row], {1: "a", 2: "<b>", 3: "zone-far-away"})}["replicas"](row)
    assert '1<small class="dimmer">a</small>' in cell
    assert '2<small class="dimmer">&lt;b&gt;</small>' in cell
    assert 'title="broker 3, rack zone-far-away: in sync">3</span>' in cell
    assert not partitions.in_one_rack(row, {1: "a", 2: "a", 3: "a"})  # the cluster has no other rack
    assert partitions.in_one_rack(row, {1: "a", 2: "a", 3: "a", 4: "b"})
    assert not partitions.in_one_rack(row, {1: "a", 2: "a", 4: "b"})


def test_racks_are_not_told_to_who_may_not_see_brokers(publish: Any, client_of: Any, charlie: Any, alice: Any) -> None:
    role = Role.objects.create(name="rides-viewers")
    Grant.objects.create(role=role, resource="topic", actions=["view"], name_pattern="rides")
    Binding.objects.create(user=charlie, role=role)
    publish(brokers={str(n): row("brokers", broker=n, rack="attic") for n in (1, 2, 3)})
    assert "attic" in text_of(client_of(alice).get(f"{ROOT}partitions/"))
    answer = client_of(charlie).get(f"{ROOT}partitions/")
    assert answer.status_code == 200
    assert "attic" not in text_of(answer)


def test_evenness_names_the_largest_and_needs_two_known_values() -> None:
    found = partitions.skew(partitions.rows([part(0, end=110), part(1, end=310), part(2, end=None)]))[0]
    assert (found["top"], found["where"], found["times"], found["z"]) == (300, 1, 1.5, 1.0)
    assert partitions.skew(partitions.rows([part(0)]))[0]["times"] is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("retention.ms", "3600000", "1 h"), ("retention.bytes", "-1", "no limit"), ("segment.bytes", "1048576", "1.0 MiB"),
     ("cleanup.policy", "delete", ""), ("flush.messages", "9223372036854775807", "no limit"), ("x.ms", None, ""),
     ("local.retention.ms", "-2", "as retention.ms")],
)  # fmt: skip
def test_values_are_said_as_people_say_them(name: str, value: str | None, said: str) -> None:
    assert topic.human(name, value) == said

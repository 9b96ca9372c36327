"""The API: the published field names, who may call, and how trouble is told."""

import json

import pytest

from controlcenter.observe import store as stores
from controlcenter.observe.publish import Writer
from controlcenter.observe.snapshot import TABLES, Snapshot, key

BASE = "/api/v1/clusters/"


def row(table, **known):
    return {**dict.fromkeys(TABLES[table]), **known}


PARTITION = row("partitions", topic="rides", partition=0, leader=1, replicas=[1], in_sync_replicas=[1], offline_replicas=[], end=2**60)


@pytest.fixture
def api(store, demo, alice, client_of, monkeypatch):
    """alice's browser, on a published snapshot."""
    tables = {
        "cluster": {"cluster": row("cluster", brokers=1, topics=2, partitions=2, state="healthy")},
        "brokers": {"1": row("brokers", broker=1, host="h", port=9092, rack="a", is_reachable=True, is_registered=True, leaders=2)},
        "topics": {
            name: row("topics", name=name, partitions=1, replication_factor=1, is_internal=False) for name in ("rides", "secret-plan")
        },
        "partitions": {"rides/0": PARTITION},
        "groups": {key("a/b"): row("groups", group="a/b", type="classic", state="Empty", members=0, topics=1)},
        "group_partitions": {key("a/b", "rides", 0): row("group_partitions", group="a/b", topic="rides", partition=0, committed=5)},
        "sources": {"metadata/": row("sources", source="metadata", broker="", as_of_ms=1000, is_complete=True)},
    }  # fmt: skip
    monkeypatch.setattr(stores, "default", lambda: store)
    writer = Writer(store, "demo")
    assert writer.hold()
    assert writer.publish(Snapshot(), Snapshot(0, tables), 1000)
    return client_of(alice)


def got(client, path, **headers):
    answer = client.get(BASE + path, headers=headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("", "slug name state brokers topics partitions"),
        ("demo/brokers/", "id host port rack state is_controller leaders replicas size_bytes"),
        (
            "demo/topics/",
            "name is_internal partitions replication_factor under_replicated_partitions offline_partitions "
            "records size_bytes groups max_lag cleanup_policy retention_ms",
        ),
        ("demo/groups/", "group type state members topics lag"),
    ],
)
def test_a_list_has_its_age_its_completeness_and_exactly_the_published_names(api, path, names):
    answer = got(api, path)
    assert {"as_of", "complete", "total", "items"} <= set(answer)
    assert set(answer["items"][0]) == set(names.split())


def test_a_topic_comes_with_its_partitions(api):
    (partition,) = got(api, "demo/topics/rides/")["partitions"]
    assert set(partition) == {
        "partition",
        "leader",
        "leader_epoch",
        "replicas",
        "in_sync_replicas",
        "offline_replicas",
        "start",
        "end",
        "size_bytes",
    }
    assert partition["end"] == 2**60


def test_what_is_not_known_is_null_never_zero(api):
    assert got(api, "demo/topics/")["items"][0]["records"] is None


def test_a_group_of_any_name_comes_with_what_it_committed(api):
    (partition,) = got(api, "demo/groups/=YS9i/")["partitions"]
    assert set(partition) == {"topic", "partition", "committed", "end", "lag", "member_id"}
    assert (partition["committed"], partition["lag"]) == (5, None)


def test_the_filter_line_works_as_on_the_page(api):
    assert [item["name"] for item in got(api, "demo/topics/?filter=ride")["items"]] == ["rides"]


def test_a_filter_that_cannot_be_read_is_answered_with_a_sentence(api):
    answer = api.get(f"{BASE}demo/topics/?filter=nix:1")
    assert answer.status_code == 422
    assert "no field nix" in answer.json()["faults"][0]["what"]


def test_a_token_reads_with_its_owners_rights(api, robot):
    api.logout()
    assert got(api, "demo/topics/", Authorization=f"Bearer {robot}")["total"] == 2
    assert (
        api.delete(
            f"{BASE}demo/topics/rides/", json.dumps({}), "application/json", headers={"Authorization": f"Bearer {robot}"}
        ).status_code
        == 403
    )


def test_charlie_sees_nothing(api, charlie, client_of):
    client = client_of(charlie)
    assert client.get(BASE).json()["items"] == []
    for path in ("demo/", "demo/brokers/", "demo/topics/", "demo/topics/rides/", "demo/groups/", "nowhere/"):
        assert client.get(BASE + path).status_code == 404, path


def test_nobody_is_asked_for_an_account(api):
    api.logout()
    assert api.get(BASE).status_code == 401


def test_a_preview_changes_nothing_and_names_each_fault_with_its_field(api):
    answer = api.post(f"{BASE}demo/topics/?preview=1", {"name": "a b", "replication_factor": 9}, "application/json")
    assert answer.status_code == 200
    assert [fault["field"] for fault in answer.json()["faults"]] == ["name", "replication_factor"]


def test_a_body_that_is_no_topic_is_answered_with_its_field(api):
    answer = api.post(f"{BASE}demo/topics/", {"partitions": "many"}, "application/json")
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["faults"]} == {"name", "partitions"}


def test_the_document_lists_every_route(api):
    paths = api.get("/api/v1/openapi.json").json()["paths"]
    assert f"{BASE}{{slug}}/topics/{{topic}}/" in paths

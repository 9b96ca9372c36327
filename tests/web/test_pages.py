"""Fleet, overview, brokers, timeline, history and palette, by what is on them and for whom."""

import re
import time
import zlib
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from django.utils import timezone

from controlcenter.access.models import Binding, Grant, Role
from controlcenter.fleet.models import Cluster
from controlcenter.observe import events
from controlcenter.observe.models import Tick
from controlcenter.observe.snapshot import key
from tests.web.test_topics import publish, row, topic

pytestmark = pytest.mark.django_db


def broker(number, **told):
    facts = {
        "host": f"kafka-{number}",
        "port": 9092,
        "is_reachable": True,
        "is_registered": True,
        "is_fenced": False,
        "leaders": 3,
        "replicas": 9,
    }
    return {key(number): row("brokers", **{"broker": number, "under_replicated": 0, **facts, **told})}


def trouble(subject, path, tone="warn"):
    return {
        subject: row(
            "attention",
            tone=tone,
            kind="group_without_members",
            subject=subject,
            text="has no members",
            since_ms=1,
            path=path,
            action="Show",
        )
    }


@pytest.fixture
def get(store, demo, bob, client_of):
    return lambda path, **more: client_of(bob).get(path, **more)


def test_one_cluster_is_its_own_fleet(store, get):
    assert get("/").url == "/clusters/demo/"


def test_the_fleet_puts_the_worst_first(store, get):
    Cluster.objects.create(slug="second", name="A second", bootstrap_servers="127.0.0.1:1")
    publish(store, cluster={"cluster": row("cluster", state="degraded")})
    answer = get("/")
    assert [tile["name"] for tile in answer.context["tiles"]] == ["Demo", "A second"]
    assert [tile["name"] for tile in get("/?filter=health:unknown").context["tiles"]] == ["A second"]


def test_the_fleet_as_a_table_has_the_same_rows_and_each_its_line(store, get):
    Cluster.objects.create(slug="second", name="A second", bootstrap_servers="127.0.0.1:1")
    rows = {subject: facts for n in range(5) for subject, facts in trouble(f"slow-{n}", f"groups/slow-{n}/").items()}
    publish(store, cluster={"cluster": row("cluster", state="degraded", kafka_version="4.4", controller=2)}, attention=rows)
    answer = get("/?as=table&filter=env:dev")
    body = answer.content.decode()
    assert [tile["name"] for tile in answer.context["tiles"]] == ["Demo", "A second"]
    assert body.count('data-spark="cluster.records_per_s"') == 2
    assert 'data-root="/clusters/second/"' in body
    assert "and 4 more" in body
    assert "broker 2" in body
    assert 'name="as" value="table"' in body  # filtering stays in the table
    tiles = get("/")
    assert tiles.context["mode"] == "tiles"
    assert b"and 2 more" in tiles.content
    assert tiles.content.count(b'data-spark="cluster.records_per_s"') == 2


def test_nothing_wrong_is_one_quiet_line(store, get):
    publish(store, topic("rides"))
    body = get("/clusters/demo/").content
    assert b"Nothing needs you" in body
    assert b"attention-title" not in body


def test_trouble_comes_first_worst_first_with_its_address(store, get):
    rows = trouble("slow", "groups/slow/") | trouble("broker 2", "brokers/2/", "bad")
    publish(store, topic("rides"), attention=rows)
    found = get("/clusters/demo/").context["attention"]
    assert [(each["subject"], each["href"]) for each in found] == [
        ("broker 2", "/clusters/demo/brokers/2/"),
        ("slow", "/clusters/demo/groups/slow/"),
    ]


def test_trouble_of_hidden_topics_is_neither_named_nor_counted(store, demo, alice, charlie, client_of):
    role = Role.objects.create(name="pay-viewers")
    Grant.objects.create(role=role, resource="cluster", actions=["view"])
    Grant.objects.create(role=role, resource="topic", actions=["view"], name_pattern="pay-*")
    Binding.objects.create(user=charlie, role=role)
    names = ("pay-in", "pay-out", "secret")
    parts = {key(name, 0): row("partitions", topic=name, partition=0, state="offline", replicas=[1]) for name in names}
    told = row("attention", tone="bad", kind="offline", subject="3 topics", text="have 3 partitions offline", since_ms=7, path="topics/")
    gone = trouble("broker 2", "brokers/2/", "bad")
    publish(store, *(topic(name, health="offline") for name in names), partitions=parts, attention={"offline": told} | gone)
    found = client_of(charlie).get("/clusters/demo/").context["attention"]
    assert [(each["subject"], each["since_ms"]) for each in found] == [("2 topics", 7)]
    assert [each["subject"] for each in client_of(alice).get("/clusters/demo/").context["attention"]] == ["broker 2", "3 topics"]


def test_the_busiest_topics_are_those_that_may_be_seen_and_are_not_internal(store, demo, alice, charlie, client_of):
    role = Role.objects.create(name="pay-viewers")
    Grant.objects.create(role=role, resource="cluster", actions=["view"])
    Grant.objects.create(role=role, resource="topic", actions=["view"], name_pattern="pay-*")
    Binding.objects.create(user=charlie, role=role)
    rates = {"pay-in": 5, "pay out": 9, "pay-out": 2, "secret": 100, "still": 0, "unread": None}
    inside = topic("__consumer_offsets", is_internal=True, records_per_s=999)
    publish(store, inside, *(topic(name, records_per_s=rate) for name, rate in rates.items()))

    def told(who):
        return [(each["row"]["name"], each["series"]) for each in client_of(who).get("/clusters/demo/").context["busiest"]]

    assert [name for name, _ in told(alice)] == ["secret", "pay out", "pay-in", "pay-out"]
    assert told(alice)[1][1] == "topic.records_per_s/pay%20out"
    assert [name for name, _ in told(charlie)] == ["pay-in", "pay-out"]


def test_unknown_figures_are_question_marks(store, get):
    publish(store, topic("rides"))
    values = {figure["name"]: figure["value"] for figure in get("/clusters/demo/").context["figures"]}
    assert values == dict.fromkeys(("in", "out", "lag", "under_replicated", "under_min_isr", "size"), "?")


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({}, "Online"),
        ({"is_controller": True}, "Controller"),
        ({"is_reachable": False}, "Unreachable"),
        ({"is_fenced": True}, "Fenced"),
        ({"is_registered": False}, "Not registered"),
        ({"is_reachable": None}, "Unknown"),
    ],
)
def test_a_broker_shows_the_worse_of_both_views(store, get, told, word):
    publish(store, brokers=broker(1, **told))
    assert [each["state"][1] for each in get("/clusters/demo/brokers/").context["brokers"]] == [word]


def test_each_tab_of_a_broker_opens(store, get):
    configs = {
        "x": row(
            "configs", kind="broker", owner="1", name="log.dirs", value="/data", source="static", documentation="Where <b>logs</b> lie."
        )
    }
    dirs = {
        "d": row(
            "log_dirs",
            broker=1,
            path="/data",
            error="",
            total_bytes=100,
            usable_bytes=10,
            size_bytes=5,
            replicas=2,
            largest=[["rides", 0, 5]],
        )
    }
    parts = {"p": row("partitions", topic="rides", partition=0, state="in_sync", leader=1, replicas=[1, 2], in_sync_replicas=[1, 2])}
    publish(store, topic("rides"), brokers=broker(1), configs=configs, log_dirs=dirs, partitions=parts)
    for tab, words in (("", "Two views"), ("logdirs/", "90%"), ("configs/", "Where &lt;b&gt;logs"), ("partitions/", "leader")):
        answer = get(f"/clusters/demo/brokers/1/{tab}")
        assert answer.status_code == 200
        assert words in answer.content.decode(), tab


def test_a_broker_that_is_not_there_is_a_sentence(store, get):
    publish(store, brokers=broker(1))
    answer = get("/clusters/demo/brokers/9/")
    assert answer.status_code == 404
    assert b"There is no broker 9" in answer.content


def test_the_timeline_filters_and_pages(store, get):
    for i in range(60):
        events.record("demo", "topic_created", "topic", f"t{i}", f"Topic t{i} was created.", actor="nadia")
    events.record("demo", "broker_gone", "broker", "2", "Broker 2 stopped answering us.")
    first = get("/clusters/demo/timeline/")
    assert len(first.context["events"]) == 50
    older = get(f"/clusters/demo/timeline/?before={first.context['more']}")
    assert [event.subject for event in older.context["events"]] == [f"t{i}" for i in range(10, -1, -1)]
    assert older.context["more"] is None
    assert [event.subject for event in get("/clusters/demo/timeline/?object=broker").context["events"]] == ["2"]
    assert [event.subject for event in get("/clusters/demo/timeline/?kind=topic_created&name=t59").context["events"]] == ["t59"]
    assert get("/clusters/demo/timeline/?actor=pavel").context["events"] == []
    assert get("/clusters/demo/timeline/?before=x").status_code == 200


def test_every_kind_of_event_can_be_asked_for(store, get):
    source = Path(events.__file__).read_text(encoding="utf-8")
    told = {*re.findall(r'_event\("(\w+)"', source), "leader_moved", "isr_shrank", "isr_grew"}
    assert told == set(events.KINDS)
    events.record("demo", "cluster_replaced", "cluster", "", "Another cluster answers at this address.")
    events.record("demo", "create-topic", "topic", "t", "Topic t was created.", actor="nadia")
    for kind in ("cluster_replaced", "create-topic"):
        answer = get(f"/clusters/demo/timeline/?kind={kind}")
        assert [event.kind for event in answer.context["events"]] == [kind]
        assert f'<option value="{kind}" selected>'.encode() in answer.content


def test_sparks_are_thinned_and_many_may_be_asked_for(store, get):
    now_ms = int(time.time() * 1000)
    for back in (600, 300, 10):
        data = zlib.compress(orjson.dumps({"topic.records_per_s/rides": back}))
        Tick.objects.create(cluster="demo", at_ms=now_ms - back * 1000, data=data)
    asked = "&".join(f"series=topic.records_per_s/{name}" for name in ("rides", *(f"t{n}" for n in range(40))))
    told = get(f"/clusters/demo/history/?points=60&range=1h&{asked}").json()["series"]
    assert [value for value in told["topic.records_per_s/rides"] if value is not None] == [600, 300, 10]
    assert len(told["topic.records_per_s/t1"]) == 60
    for points in ("0", "1", "201", "x", "-5", "9" * 40):
        answer = get(f"/clusters/demo/history/?points={points}&{asked}", HTTP_ACCEPT="application/json")
        assert (answer.status_code, answer.json()["field"]) == (400, "points")


def test_lags_by_partition_are_told_for_topics_that_may_be_seen(store, demo, alice, charlie, client_of):
    role = Role.objects.create(name="readers-viewers")
    Grant.objects.create(role=role, resource="group", actions=["view"], name_pattern="readers")
    Grant.objects.create(role=role, resource="topic", actions=["view"], name_pattern="rides")
    Grant.objects.create(role=role, resource="cluster", actions=["view"])
    Binding.objects.create(user=charlie, role=role)
    at_ms = int(time.time() * 1000) - 60_000
    lags = {"rides": [5, None, 7], "secret": [1]}
    Tick.objects.create(cluster="demo", at_ms=at_ms, data=zlib.compress(orjson.dumps({"group.partition_lag/readers": lags})))
    told = client_of(charlie).get("/clusters/demo/groups/readers/lags/?range=15m").json()
    assert told["rows"] == [["rides", 0], ["rides", 2]]
    assert [[lag for lag in row if lag is not None] for row in told["cells"]] == [[5], [7]]
    assert len(client_of(alice).get("/clusters/demo/groups/readers/lags/").json()["rows"]) == 3
    assert client_of(charlie).get("/clusters/demo/groups/others/lags/").status_code == 404
    raw = "/clusters/demo/history/?series=group.partition_lag/readers"  # would tell of every topic
    assert client_of(charlie).get(raw, HTTP_ACCEPT="application/json").status_code == 404


def test_charts_are_given_the_events_to_mark(store, get):
    publish(store, topic("rides"))
    events.record("demo", "topic_created", "topic", "rides", "Topic rides was created.")
    events.record("demo", "broker_gone", "broker", "2", "Broker 2 stopped answering us.")
    events.record("demo", "group_created", "group", "readers", "Group readers appeared.")
    events.record("demo", "leader_moved", "topic", "rides", "Too long ago.", at=timezone.now() - timedelta(hours=2))

    def marked(about):
        return [each["text"] for each in get(f"/clusters/demo/history/?series=cluster.lag&events={about}").json()["events"]]

    assert marked("cluster") == ["Topic rides was created.", "Broker 2 stopped answering us."]
    assert marked("brokers") == ["Broker 2 stopped answering us."]
    assert marked("topic/rides") == ["Topic rides was created."]
    assert marked("group/readers") == ["Group readers appeared."]
    assert marked("") == marked("topic/zones") == []
    assert get("/clusters/demo/history/?series=cluster.lag&events=secrets", HTTP_ACCEPT="application/json").status_code == 404


def test_no_event_of_a_hidden_topic_is_marked(store, demo, alice, charlie, client_of):
    role = Role.objects.create(name="onlookers")
    Grant.objects.create(role=role, resource="cluster", actions=["view"])
    Binding.objects.create(user=charlie, role=role)
    events.record("demo", "topic_created", "topic", "secret", "Topic secret was created.")
    for about in ("cluster", "topic/secret"):
        assert client_of(charlie).get(f"/clusters/demo/history/?series=cluster.lag&events={about}").json()["events"] == []


def test_history_refuses_what_it_cannot_give(store, get):
    assert get("/clusters/demo/history/", HTTP_ACCEPT="application/json").status_code == 400
    assert get("/clusters/demo/history/?series=secrets.all", HTTP_ACCEPT="application/json").status_code == 404
    told = get("/clusters/demo/history/?series=cluster.lag&range=15m").json()
    assert told["series"] == {"cluster.lag": {"times": [], "values": []}}
    assert told["until_ms"] - told["since_ms"] == 900_000


def test_the_palette_finds_by_kind(store, get):
    publish(
        store,
        topic("rides"),
        topic("rides_csv"),
        groups={"g": row("groups", group="rides-reader", state="Stable", lag=3)},
        brokers=broker(1),
    )
    found = {group["word"]: [item["name"] for item in group["items"]] for group in get("/palette/?cluster=demo&q=rides").json()["groups"]}
    assert found == {"Topics": ["rides", "rides_csv"], "Groups": ["rides-reader"]}
    only = get("/palette/?cluster=demo&q=@rides").json()["groups"]
    assert [group["word"] for group in only] == ["Groups"]
    record = get("/palette/?cluster=demo&q=rides@3:1200").json()["groups"][0]
    assert record["items"][0]["href"] == "/clusters/demo/topics/rides/records/3/1200/"


def test_the_palette_gives_charlie_nothing_of_the_cluster(store, demo, charlie, client_of):
    publish(store, topic("rides"))
    assert client_of(charlie).get("/palette/?cluster=demo&q=").json() == {"groups": []}

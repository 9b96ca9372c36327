"""What creating and deleting a topic is checked against."""

import pytest

from controlcenter.observe.snapshot import TABLES, Snapshot, key
from controlcenter.operate import ACTIONS, CreateTopic, DeleteTopic, preview, work


def row(table, **known):
    return {**dict.fromkeys(TABLES[table]), **known}


def cluster_of(*topics, brokers=3):
    live = {key(n): row("brokers", broker=n, rack="abc"[n % 3], is_registered=True, is_fenced=False) for n in range(1, brokers + 1)}
    known = {
        key(name): row("topics", name=name, id=f"id-of-{name}", is_internal=name.startswith("__"), partitions=6, records=10)
        for name in topics
    }
    return Snapshot(1, {"brokers": live, "topics": known})


def fields_blamed(action, snapshot):
    return [fault.field for fault in action.faults(snapshot)]


def test_a_sound_topic_has_no_fault():
    action = CreateTopic("demo", "orders.v1", 6, 3, (), {"min.insync.replicas": "2", "retention.ms": "-1"})
    assert fields_blamed(action, cluster_of()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "ключ", "x" * 250, "__consumer_offsets", "a/b", "taken", "a\n"])
def test_a_name_kafka_would_refuse_stands_on_its_field(name):
    assert fields_blamed(CreateTopic("demo", name, 1, 1), cluster_of("taken")) == ["name"]


def test_a_wrong_name_is_answered_with_a_right_one():
    (fault,) = CreateTopic("demo", "orders payments.v3", 1, 1).faults(cluster_of())
    assert "orders.payments.v3" in fault.hint


@pytest.mark.parametrize("partitions", [0, -1, 10_001])
def test_a_number_of_partitions_out_of_range_stands_on_its_field(partitions):
    assert fields_blamed(CreateTopic("demo", "t", partitions, 1), cluster_of()) == ["partitions"]


def test_more_replicas_than_brokers_names_how_many_there_are():
    (fault,) = CreateTopic("demo", "t", 1, 7).faults(cluster_of(brokers=6))
    assert (fault.field, fault.what) == ("replication_factor", "Only 6 brokers are online.")


def test_a_fenced_broker_does_not_count_as_online():
    snapshot = cluster_of()
    fenced = {**snapshot.table("brokers"), key(3): row("brokers", broker=3, is_registered=True, is_fenced=True)}
    assert fields_blamed(CreateTopic("demo", "t", 1, 3), snapshot.replace(brokers=fenced)) == ["replication_factor"]


@pytest.mark.parametrize(
    ("configs", "field"),
    [
        ({"min.insync.replicas": "4"}, "min.insync.replicas"),
        ({"min.insync.replicas": "0"}, "min.insync.replicas"),
        ({"retention.ms": "0"}, "retention.ms"),
        ({"retention.ms": "-2"}, "retention.ms"),
        ({"retention.bytes": "x"}, "retention.bytes"),
        ({"retention.bytes": "10", "segment.bytes": "100"}, "retention.bytes"),
        ({"max.message.bytes": "-5"}, "max.message.bytes"),
    ],
)
def test_a_setting_that_cannot_be_stands_on_its_field(configs, field):
    assert fields_blamed(CreateTopic("demo", "t", 1, 3, (), configs), cluster_of()) == [field]


@pytest.mark.parametrize("placement", [((1, 2), (1,)), ((1, 1),), ((1, 9),)])
def test_a_placement_kafka_would_refuse_stands_on_its_field(placement):
    assert "placement" in fields_blamed(CreateTopic("demo", "t", None, None, placement), cluster_of())


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (CreateTopic("demo", "a_b", 1, 3), "differs only by"),
        (CreateTopic("demo", "t", 31, 3), "more than 10 a broker"),
        (CreateTopic("demo", "t", 1, 1), "loses the data"),
        (CreateTopic("demo", "t", 1, 3, (), {"min.insync.replicas": "3"}), "one broker down stops producers"),
        (CreateTopic("demo", "t", 1, 3, (), {"min.insync.replicas": "1"}), "acknowledged data may be lost"),
    ],
)
def test_what_may_be_meant_is_said(action, words):
    assert any(words in warning for warning in action.warnings(cluster_of("a.b")))


def test_internal_topics_are_not_deleted():
    assert list(DeleteTopic("demo", "__consumer_offsets").faults(cluster_of("__consumer_offsets")))


def test_a_topic_recreated_under_the_same_name_is_another_plan():
    action, before = DeleteTopic("demo", "t"), cluster_of("t")
    after = before.replace(topics={key("t"): {**before.row("topics", "t"), "id": "another"}})
    assert preview.plan_hash(action, before) != preview.plan_hash(action, after)


def test_a_protected_cluster_raises_the_level_by_one():
    action = CreateTopic("demo", "t", 1, 1)
    assert [preview.of(action, cluster_of(), "h:1", is_protected=p).level for p in (False, True)] == [1, 2]


@pytest.mark.parametrize("action", [CreateTopic("demo", "t", 2, None, ((1, 2), (2, 3)), {"a": "b"}), DeleteTopic("demo", "t")])
def test_an_action_comes_back_from_its_arguments(action):
    assert work.action_of({"verb": action.verb, **action.args()}) == action


def test_every_action_has_a_verb_of_its_own():
    assert len({action.verb for action in ACTIONS}) == len(ACTIONS)


def test_the_command_line_does_the_same():
    action = CreateTopic("demo", "t", 6, 3, (), {"retention.ms": "-1"})
    assert (
        action.cli("h:1")
        == "kafka-topics.sh --bootstrap-server h:1 --create --topic t --partitions 6 --replication-factor 3 --config retention.ms=-1"
    )

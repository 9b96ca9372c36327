"""What a view shows, and to whom."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.live import views
from controlcenter.live.narrow import Narrowed
from controlcenter.observe import delta
from controlcenter.observe.snapshot import TABLES, Snapshot, from_columnar, key
from tests.observe.build import T0, after, commits, described, groups, metadata, offsets, seen, topic

TOPICS, GROUPS = ("rides", "zones", "a/b", "__proto__"), ("billing", "fraud")
VIEWS = ("overview", "topics", "groups", "brokers", "topic/rides", "topic/a%2Fb", "group/billing", "broker/1")


def row(table: str, **known: Any) -> dict[str, Any]:
    return {**dict.fromkeys(TABLES[table]), **known}


def sees_all(operation: str, names: Iterable[str]) -> list[str]:
    return list(names)


def sees(*allowed: str, without: tuple[str, ...] = ()) -> views.MaySee:
    """Sees the named topics and groups, and everything that has no name, but for some operations."""

    def may_see(operation: str, names: Iterable[str]) -> list[str]:
        return [name for name in names if operation not in without and (name == "" or name in allowed)]

    return may_see


def sees_nothing(operation: str, names: Iterable[str]) -> list[str]:
    return []


def snapshot() -> Snapshot:
    tables = {
        "cluster": {"cluster": row("cluster", state="healthy", topics=2)},
        "sources": {key("ends", 1): row("sources", source="ends", broker=1)},
        "attention": {
            "offline": row("attention", kind="offline", subject="zones", path="topics/?filter=health:offline", since_ms=3),
            "broker_fenced/broker%201": row("attention", kind="broker_fenced", subject="broker 1", path="brokers/1/"),
        },
        "brokers": {"1": row("brokers", broker=1), "2": row("brokers", broker=2)},
        "log_dirs": {key(1, "/d"): row("log_dirs", broker=1, path="/d"), key(2, "/d"): row("log_dirs", broker=2, path="/d")},
        "topics": {key(name): row("topics", name=name, records_per_s=1.0) for name in ("rides", "zones")},
        "partitions": {key(name, 0): row("partitions", topic=name, partition=0, end=7, replicas=[1]) for name in ("rides", "zones")},
        "groups": {"billing": row("groups", group="billing", topic_names=["rides", "zones"])},
        "members": {key("billing", "m"): row("members", group="billing", assignment=[["rides", 0], ["zones", 0]])},
        "group_partitions": {
            key("billing", name, 0): row("group_partitions", group="billing", topic=name, partition=0) for name in ("rides", "zones")
        },
        "configs": {
            key("topic", "rides", "x"): row("configs", kind="topic", owner="rides", name="x"),
            key("broker", "1", "y"): row("configs", kind="broker", owner="1", name="y"),
        },
    }
    return Snapshot(5, tables)


def test_a_topics_view_shows_its_own_rows_alone() -> None:
    shown = views.tables_of("topic/rides", snapshot(), sees_all)
    assert set(shown) == {"cluster", "sources", "topics", "partitions", "group_partitions", "groups", "configs", "brokers"}
    assert list(shown["topics"]) == ["rides"]
    assert list(shown["partitions"]) == ["rides/0"]
    assert list(shown["group_partitions"]) == ["billing/rides/0"]
    assert list(shown["groups"]) == ["billing"]
    assert list(shown["configs"]) == ["topic/rides/x"]


def test_a_brokers_view_shows_what_the_broker_holds() -> None:
    shown = views.tables_of("broker/1", snapshot(), sees_all)
    assert list(shown["partitions"]) == ["rides/0", "zones/0"]
    assert list(shown["log_dirs"]) == [key(1, "/d")]
    assert list(shown["configs"]) == ["broker/1/y"]
    assert "partitions" not in views.tables_of("broker/2", snapshot(), sees_all)


@pytest.mark.parametrize("view", VIEWS)
def test_charlie_is_shown_nothing(view: str) -> None:
    assert not views.may_open(view, sees_nothing)
    assert views.tables_of(view, snapshot(), sees_nothing) == {}


def test_a_topic_that_may_not_be_seen_is_nowhere() -> None:
    may_see = sees("rides", "billing")
    for view in VIEWS:
        assert "zones" not in repr(views.tables_of(view, snapshot(), may_see)), view
    assert not views.may_open("topic/zones", may_see)


def troubled() -> Snapshot:
    """Broker 3 is gone, and with it a replica of rides, of zones and of pay; group billing has no members."""
    told = [metadata(*(topic(name, 1, isr=(1, 2)) for name in ("rides", "zones", "pay"))), seen({1: 1.0, 2: 1.0, 3: None}, fenced=(3,))]
    told += [groups(("billing", "Empty", 1)), described("billing", "Empty"), commits("billing", {("zones", 0): 5})]
    told += [offsets("starts", {("zones", 0): 0}), offsets("ends", {("zones", 0): 9})]
    return after(*told)


def attention_of(may_see: views.MaySee) -> dict[str, str]:
    rows = views.tables_of("overview", troubled(), may_see).get("attention", {})
    return {row["kind"]: f"{row['subject']} {row['text']}" for row in rows.values()}


def test_trouble_of_several_topics_counts_only_those_that_may_be_seen() -> None:
    assert attention_of(sees_all)["under_replicated"].startswith("3 topics have 3 partitions")
    assert attention_of(sees("rides", "zones"))["under_replicated"].startswith("2 topics have 2 partitions")
    assert attention_of(sees("rides"))["under_replicated"].startswith("rides has 1 partition")
    assert "under_replicated" not in attention_of(sees("nothing"))


def test_a_failure_is_told_in_words_that_name_nothing_hidden() -> None:
    told = {
        key("ends", 1): row("sources", source="ends", broker=1, failure="Broker 1 refused partition 0 of zones and 2 more."),
        key("ends", 2): row("sources", source="ends", broker=2, failure="Broker 2 did not answer in 5 s."),
        key("commits", ""): row("sources", source="commits", failure="Not authorised: group billing."),
    }
    failing = snapshot().replace(sources=told)

    def failures(may_see: views.MaySee) -> list[str]:
        return [each["failure"] for each in views.tables_of("topics", failing, may_see)["sources"].values()]

    assert views.tables_of("topics", failing, sees_all)["sources"] is told
    unnamed, silent, billing = failures(sees("rides", "billing"))
    assert (unnamed, silent) == ("Something you may not see could not be read.", "Broker 2 did not answer in 5 s.")
    assert "billing" in billing
    assert failures(sees("rides"))[2] == unnamed


def test_trouble_of_groups_and_brokers_asks_their_own_rights() -> None:
    assert set(attention_of(sees_all)) == {"under_replicated", "broker_fenced", "group_without_members"}
    assert set(attention_of(sees("billing"))) == {"broker_fenced", "group_without_members"}
    assert set(attention_of(sees("billing", without=("broker.view",)))) == {"group_without_members"}


def test_trouble_told_to_few_is_as_old_as_told_to_all() -> None:
    whole, part = (views.tables_of("overview", troubled(), who)["attention"] for who in (sees_all, sees("rides")))
    assert part["under_replicated"]["since_ms"] == whole["under_replicated"]["since_ms"] == T0


@pytest.mark.parametrize(
    ("view", "table", "operation"),
    [
        ("brokers", "log_dirs", "broker.logdirs.view"),
        ("topic/rides", "configs", "topic.config.view"),
        ("broker/1", "configs", "broker.config.view"),
        ("overview", "brokers", "broker.view"),
        ("overview", "groups", "group.view"),
    ],
)
def test_each_table_asks_its_own_right(view: str, table: str, operation: str) -> None:
    assert table in views.tables_of(view, snapshot(), sees(*TOPICS, *GROUPS))
    assert table not in views.tables_of(view, snapshot(), sees(*TOPICS, *GROUPS, without=(operation,)))


@pytest.mark.parametrize("view", ["", "topic", "topic/", "topics/rides", "topic/a/b", "topic/%61", "query/x", "overview/"])
def test_a_view_has_one_spelling(view: str) -> None:
    assert not views.is_known(view)


def test_the_overview_sends_a_map_of_partitions_and_the_busiest_topics() -> None:
    many = {f"t{n}": row("topics", name=f"t{n}", records_per_s=None if n % 3 else float(n)) for n in range(100)}
    shown = views.tables_of("overview", snapshot().replace(topics=many), sees_all)
    assert list(shown["topics"])[:2] == ["t99", "t96"]
    assert len(shown["topics"]) == views.TOP
    assert set(shown["partitions"]["rides/0"]) == set(views.MAP_COLUMNS)


@pytest.mark.parametrize(
    ("rate", "step"),
    [(None, None), (0, 0), (0.0, 0), (0.4, 1), (1, 2), (9.9, 2), (10, 3), (100, 4), (1000, 5), (9_999, 5), (10_000, 6), (1e9, 6)],
)
def test_a_square_of_the_map_is_as_dark_as_its_tenfold_of_traffic(rate: float | None, step: int | None) -> None:
    assert views.traffic(rate) == step


def test_traffic_that_stays_in_its_step_is_no_change_of_the_map() -> None:
    def shown_at(rate: float, before: Narrowed | None) -> tuple[Narrowed, Any]:
        parts = {"rides/0": row("partitions", topic="rides", partition=0, records_per_s=rate, replicas=[1])}
        narrowed = Narrowed(snapshot().replace(partitions=parts), before)
        return narrowed, views.tables_of("overview", narrowed, sees_all)

    narrowed, quiet = shown_at(11, None)
    narrowed, same = shown_at(99, narrowed)
    _, busy = shown_at(100, narrowed)
    assert "partitions" not in views.change(quiet, same)
    assert views.change(same, busy)["partitions"]["set"] == {"rides/0": {"traffic": 4}}


def test_a_view_travels_whole_and_comes_back() -> None:
    for view in VIEWS:
        shown = views.tables_of(view, snapshot(), sees_all)
        assert {name: from_columnar(table) for name, table in views.wire(view, shown).items()} == shown


def rows_of(table: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    number, topic, group = st.integers(0, 2), st.sampled_from(TOPICS), st.sampled_from(GROUPS)
    value = st.none() | number
    kinds = {
        "cluster": st.builds(lambda n: ("cluster", row("cluster", topics=n)), value),
        "sources": st.builds(lambda n: ("ends/", row("sources", as_of_ms=n)), value),
        "topics": st.builds(lambda t, n: (key(t), row("topics", name=t, records_per_s=n)), topic, value),
        "brokers": st.builds(lambda b, n: (key(b), row("brokers", broker=b, leaders=n)), number, value),
        "partitions": st.builds(
            lambda t, p, n, r: (key(t, p), row("partitions", topic=t, partition=p, end=n, replicas=r)),
            topic,
            number,
            value,
            st.lists(number),
        ),
        "groups": st.builds(lambda g, t: (key(g), row("groups", group=g, topic_names=t)), group, st.lists(topic)),
        "members": st.builds(
            lambda g, t: (key(g, "m"), row("members", group=g, assignment=[[name, 0] for name in t])), group, st.lists(topic)
        ),
        "group_partitions": st.builds(
            lambda g, t, p, n: (key(g, t, p), row("group_partitions", group=g, topic=t, partition=p, lag=n)), group, topic, number, value
        ),
        "configs": st.builds(lambda t, n: (key("topic", t, "x"), row("configs", kind="topic", owner=t, name="x", value=n)), topic, value),
    }
    return kinds[table]


TABLES_MADE = ("cluster", "sources", "topics", "brokers", "partitions", "groups", "members", "group_partitions", "configs")
SNAPSHOTS = st.builds(
    lambda tables: Snapshot(0, {name: rows for name, rows in tables.items() if rows}),
    st.fixed_dictionaries({name: st.lists(rows_of(name), max_size=4).map(dict) for name in TABLES_MADE}),
)


@given(st.lists(SNAPSHOTS, min_size=2, max_size=4), st.sampled_from(VIEWS), st.sets(st.sampled_from(TOPICS + GROUPS)))
def test_filtered_changes_on_a_filtered_snapshot_give_the_new_one_filtered(states: list[Snapshot], view: str, allowed: set[str]) -> None:
    """The indexes handed from version to version must not remember what is no longer so."""
    may_see = sees(*allowed)
    narrowed = Narrowed(states[0])
    shown = before = views.tables_of(view, narrowed, may_see)
    for version, state in enumerate(states[1:], 1):
        newer = delta.apply(narrowed.snapshot, delta.between(narrowed.snapshot, Snapshot(version, state.tables)))
        narrowed = Narrowed(newer, narrowed)
        after = views.tables_of(view, narrowed, may_see)
        shown = delta.apply(Snapshot(0, shown), {"version": version, "tables": views.change(before, after)}).tables
        before = after
        assert shown == views.tables_of(view, Snapshot(version, state.tables), may_see)

"""The decision against an oracle written from the rules alone, and its laws."""

import fnmatch
import time
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.access import policy
from controlcenter.access.operations import ALL, BY_NAME, VOCABULARY
from controlcenter.access.policy import ALLOW, DENY, REQUEST, Rule

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLUSTERS = ("prod-a", "prod-b", "test")
NAMES = ("", "rides", "rides.eu", "Rides", "secret-x", "rides\nx", "ümlaut", "a.b.c")
PATTERNS = ("*", "rides", "rides*", "*.eu", "secret-*", "?ides", "re:rides.*", "re:[a-z.]+", "re:(", "R*", "[r]ides")


def oracle(rules, modes, operation, cluster, name):
    """The order of the specification, as plainly as it can be said."""
    import re

    def fits(pattern, text, effect):
        if pattern == "*":
            return True
        if pattern.startswith("re:"):
            try:
                return re.compile(pattern[3:], re.ASCII).fullmatch(text) is not None
            except re.error:
                return effect != ALLOW
        return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))

    known = {o.name: o for o in ALL}.get(operation)
    if known is None:
        return DENY
    if cluster is not None:
        if cluster not in modes:
            return DENY
        if modes[cluster] == "read_only" and known.alters:
            return DENY
    found = set()
    for rule in rules:
        resource, action = operation.split(".", 1)
        if rule.resource != resource or action not in rule.actions:
            continue
        if rule.expires_at is not None and rule.expires_at <= NOW:
            continue
        if not all(fits(p, cluster or "", rule.effect) for p in rule.clusters):
            continue
        if all((p == "*" or (name != "" and fits(p, name, rule.effect))) for p in rule.names):
            found.add(rule.effect)
    effect = DENY if DENY in found else REQUEST if REQUEST in found else ALLOW if ALLOW in found else DENY
    if effect == ALLOW and cluster is not None and modes[cluster] == "protected" and known.alters:
        return REQUEST
    return effect


resources = st.sampled_from(sorted({operation.resource for operation in ALL}))
rules = st.builds(
    lambda id, effect, resource, actions, clusters, names, expires: Rule(
        id, "r", effect, resource, frozenset(a for a in VOCABULARY[resource] if a in actions), tuple(clusters), tuple(names), expires
    ),
    st.integers(1, 99),
    st.sampled_from([ALLOW, ALLOW, REQUEST, DENY]),
    resources,
    st.sets(st.sampled_from(sorted({operation.action for operation in ALL})), min_size=1),
    st.lists(st.sampled_from(["*", "prod-*", "test", "re:prod-[ab]"]), min_size=1, max_size=2),
    st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2),
    st.sampled_from([None, None, NOW, NOW + timedelta(hours=1), NOW - timedelta(hours=1)]),
)
modes = st.fixed_dictionaries({cluster: st.sampled_from(["normal", "protected", "read_only"]) for cluster in CLUSTERS})
operations = st.sampled_from([*BY_NAME, "topic.nonsense", "schema.view"])
places = st.sampled_from([*CLUSTERS, "unknown", None])


@settings(max_examples=300, deadline=None)
@given(st.lists(rules, max_size=8), modes)
def test_every_decision_is_the_oracles(held, modes):
    compiled = policy.compile(held, modes)
    for operation in (*BY_NAME, "schema.view"):
        for cluster in (*CLUSTERS, "unknown", None):
            for name in NAMES:
                decision = policy.decide(compiled, operation, cluster, name, NOW)
                assert decision.effect == oracle(held, modes, operation, cluster, name), (operation, cluster, name, decision)


@settings(max_examples=200, deadline=None)
@given(st.lists(rules, max_size=6), modes, operations, places)
def test_what_is_visible_is_what_is_decided_name_by_name(held, modes, operation, cluster):
    compiled = policy.compile(held, modes)
    named = [name for name in NAMES if name]
    assert policy.visible(compiled, operation, cluster, named, NOW) == [
        name for name in named if policy.decide(compiled, operation, cluster, name, NOW).effect == ALLOW
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(rules, max_size=6), rules, modes, operations, st.sampled_from(NAMES))
def test_a_grant_for_one_cluster_changes_no_decision_about_another(held, more, modes, operation, name):
    added = Rule(more.id, more.role, more.effect, more.resource, more.actions, ("prod-a",), more.names, more.expires_at)
    before, after = policy.compile(held, modes), policy.compile([*held, added], modes)
    for cluster in ("prod-b", "test", None):
        assert policy.decide(before, operation, cluster, name, NOW) == policy.decide(after, operation, cluster, name, NOW)


@settings(max_examples=200, deadline=None)
@given(st.lists(rules.filter(lambda rule: rule.effect == ALLOW), min_size=1, max_size=6), modes, operations, places, st.sampled_from(NAMES))
def test_taking_an_allowing_grant_away_never_adds_a_right(held, modes, operation, cluster, name):
    before = policy.decide(policy.compile(held, modes), operation, cluster, name, NOW)
    after = policy.decide(policy.compile(held[1:], modes), operation, cluster, name, NOW)
    assert policy.STRENGTH[after.effect] <= policy.STRENGTH[before.effect]


@settings(max_examples=200, deadline=None)
@given(st.lists(rules, max_size=6), modes, operations, places)
def test_a_list_opens_whenever_one_of_its_names_would(held, modes, operation, cluster):
    compiled = policy.compile(held, modes)
    if any(policy.decide(compiled, operation, cluster, name, NOW).effect != DENY for name in NAMES):
        assert policy.could(compiled, operation, cluster, NOW)


def test_no_grant_means_no():
    assert policy.decide(policy.compile([], {"test": "normal"}), "topic.view", "test", "rides", NOW) == policy.Decision(
        DENY, (), "no grant"
    )


def test_patterns_cover_the_whole_name_and_mind_case():
    assert policy.matches("team.*", "team.a.b")
    assert not policy.matches("team", "team.a")
    assert not policy.matches("team.*", "Team.a")
    assert not policy.matches("re:a|b", "ab")
    assert policy.matches("a.c", "a.c")
    assert not policy.matches("a.c", "abc")
    assert policy.fault("re:(")
    assert not policy.fault("re:(?i)a")


def test_ten_thousand_names_against_fifty_grants_are_quick():
    held = [Rule(i, "r", ALLOW, "topic", frozenset(["view"]), ("*",), (f"team-{i}.*",)) for i in range(50)]
    compiled = policy.compile(held, {"test": "normal"})
    names = [f"team-{i % 100}.topic-{i}" for i in range(10_000)]
    policy.visible(compiled, "topic.view", "test", names[:10], NOW)
    began = time.perf_counter()
    assert len(policy.visible(compiled, "topic.view", "test", names, NOW)) == 5_000
    assert time.perf_counter() - began < 0.5  # 20 ms aimed at; the rest is for a busy machine

"""Figures over the verdicts: a line per class, then the lines that the yardstick asks for."""

from collections import Counter

from tests.sql.qtt import cases

SCOPE = "T1 in scope"


def in_scope(verdict):
    return verdict.tier == "T1" and verdict.group not in cases.JOINS


def figures(verdicts):
    """Return the closing lines: each figure with what it is of."""
    t1 = [v for v in verdicts if v.tier == "T1"]
    scope = [v for v in t1 if in_scope(v)]
    negative = [v for v in verdicts if v.tier == "T2"]
    registry = [v for v in verdicts if v.tier in ("T3", "T4")]
    lines = [
        f"{SCOPE} {passed(scope)}/{len(scope)}",
        f"T1 positive {passed(t1)}/{len(t1)}",
        f"negative {sum(v.raised for v in negative)}/{len(negative)}",
        f"message {sum(v.said for v in negative)}/{len(negative)}",
        f"registry {passed(registry)}/{len(registry)}",
    ]
    return [*lines, f"batching law broken {sum(bool(v.law) for v in verdicts)}"]


def passed(verdicts):
    return sum(not v.why for v in verdicts)


def by_class(verdicts):
    counts, good = Counter(), Counter()
    for v in verdicts:
        counts[v.tier, v.group] += 1
        good[v.tier, v.group] += not v.why
    return [f"{tier} {group} {good[tier, group]}/{counts[tier, group]}" for tier, group in sorted(counts)]


def run(folder, tiers=(), only=""):
    return [
        cases.judge(case)
        for case in cases.load(folder)
        if case["enabled"] and (not tiers or case["tier"] in tiers) and only in case["name"]
    ]

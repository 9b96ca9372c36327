"""The decision, pure: grants in, allow, request or deny out. Nothing here asks a database or a clock.

Laws: no grant, no right. A deny beats a request, a request beats an allow. A grant speaks of its clusters alone.
What cannot be understood never widens a right: an unreadable pattern allows nothing and denies everything.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import re2

from controlcenter.access.operations import BY_NAME, NAMED, Operation

DENY, REQUEST, ALLOW = "deny", "request", "allow"
STRENGTH = {DENY: 0, REQUEST: 1, ALLOW: 2}
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """One grant as it reaches somebody: the grant's patterns and those of the binding that brought it; both must match."""

    id: int
    role: str
    effect: str
    resource: str
    actions: frozenset[str]
    clusters: tuple[str, ...] = (EVERYTHING,)
    names: tuple[str, ...] = (EVERYTHING,)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """effect: allow, request or deny. grant_ids: the grants that decided, empty when there were none."""

    effect: str
    grant_ids: tuple[int, ...] = ()
    reason: str = ""

    @property
    def is_allowed(self) -> bool:
        return self.effect == ALLOW


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one principal, by operation, and the mode of each cluster (slug → normal, protected, read_only)."""

    rules: Mapping[str, tuple[Rule, ...]]
    modes: Mapping[str, str]


def compile(rules: Iterable[Rule], modes: Mapping[str, str]) -> Policy:
    """Return the rules sorted by the registered operations they speak of."""
    kept = tuple(rules)
    return Policy(
        {
            name: tuple(rule for rule in kept if rule.resource == operation.resource and operation.action in rule.actions)
            for name, operation in BY_NAME.items()
        },
        dict(modes),
    )


def decide(policy: Policy, operation: str, cluster: str | None, name: str, now: datetime) -> Decision:
    """Return the decision on one object. cluster None: the product itself; name "": the operation has no single object."""
    wanted = BY_NAME.get(operation)
    refusal = _refusal(policy, operation, wanted, cluster)
    if refusal or wanted is None:
        return Decision(DENY, (), refusal)
    matching: dict[str, list[int]] = {DENY: [], REQUEST: [], ALLOW: []}
    for rule in policy.rules.get(operation, ()):
        if _is_alive(rule, now) and _speaks_of(rule, cluster) and _all_match(rule.names, name, rule.effect):
            matching[rule.effect].append(rule.id)
    for effect in (DENY, REQUEST, ALLOW):
        if matching[effect]:
            return _under_mode(Decision(effect, tuple(matching[effect]), ""), policy, wanted, cluster)
    return Decision(DENY, (), "no grant")


def visible(policy: Policy, operation: str, cluster: str | None, names: Iterable[str], now: datetime) -> list[str]:
    """Return the names the operation is allowed on, in their order: `decide` for each, but fast for ten thousand."""
    wanted = BY_NAME.get(operation)
    if wanted is None or _refusal(policy, operation, wanted, cluster):
        return []
    if wanted.alters and cluster is not None and policy.modes[cluster] == "protected":
        return []
    rules = [rule for rule in policy.rules.get(operation, ()) if _is_alive(rule, now) and _speaks_of(rule, cluster)]
    allowing = [rule for rule in rules if rule.effect == ALLOW]
    against = [rule for rule in rules if rule.effect != ALLOW]
    if not allowing:
        return []
    kept = list(names)
    if not any(set(rule.names) == {EVERYTHING} for rule in allowing):
        is_allowed = _any_of(allowing)
        kept = [name for name in kept if is_allowed(name)]
    if against:
        kept = [name for name in kept if not any(_all_match(rule.names, name, DENY) for rule in against)]
    return kept


def could(policy: Policy, operation: str, cluster: str | None, now: datetime) -> bool:
    """Return whether the operation may be allowed (or asked for) on some name: is its list, or its form, worth opening?"""
    wanted = BY_NAME.get(operation)
    if wanted is None or _refusal(policy, operation, wanted, cluster):
        return False
    rules = [rule for rule in policy.rules.get(operation, ()) if _is_alive(rule, now) and _speaks_of(rule, cluster)]
    shut = any(rule.effect == DENY and set(rule.names) == {EVERYTHING} for rule in rules)
    return not shut and any(rule.effect != DENY for rule in rules)


def weaker(one: Decision, other: Decision) -> Decision:
    """Return the weaker decision: what a token may do is never more than what its owner may."""
    return one if STRENGTH[one.effect] <= STRENGTH[other.effect] else other


def matches(pattern: str, text: str, effect: str = ALLOW) -> bool:
    """Return whether a pattern matches the whole text: a case-sensitive glob (* and ?), or RE2 after "re:"."""
    if pattern == EVERYTHING:
        return True
    test = _test(pattern)
    return test(text) if test is not None else effect != ALLOW


def fault(pattern: str) -> str:
    """Return what is wrong with a pattern, or ""."""
    return "" if pattern == EVERYTHING or _test(pattern) is not None else f"{pattern!r} is not a regular expression RE2 can read."


def _refusal(policy: Policy, operation: str, wanted: Operation | None, cluster: str | None) -> str:
    if wanted is None:
        return f"no such operation: {operation}"
    if cluster is None:
        return ""
    mode = policy.modes.get(cluster)
    if mode is None:
        return "no such cluster"
    return "cluster is read-only" if wanted.alters and mode == "read_only" else ""


def _under_mode(decision: Decision, policy: Policy, wanted: Operation, cluster: str | None) -> Decision:
    if decision.effect == ALLOW and wanted.alters and cluster is not None and policy.modes[cluster] == "protected":
        return Decision(REQUEST, decision.grant_ids, "cluster is protected: a second person must agree")
    reasons = {ALLOW: "granted", REQUEST: "granted on request", DENY: "denied by a grant"}
    return Decision(decision.effect, decision.grant_ids, reasons[decision.effect])


def _is_alive(rule: Rule, now: datetime) -> bool:
    return rule.expires_at is None or now < rule.expires_at


def _speaks_of(rule: Rule, cluster: str | None) -> bool:
    return all(matches(pattern, cluster or "", rule.effect) for pattern in rule.clusters)


def _all_match(patterns: tuple[str, ...], name: str, effect: str) -> bool:
    """An operation without a name matches only patterns that match everything."""
    if not name:
        return all(pattern == EVERYTHING for pattern in patterns)
    return all(matches(pattern, name, effect) for pattern in patterns)


def _any_of(rules: list[Rule]) -> Callable[[str], bool]:
    """Return a test for "one of these allowing rules matches", quick for many rules: their prefixes are tried at once."""
    prefixes, exact, rest = [], set(), []
    for rule in rules:
        first, *more = _narrowing(rule)
        if more or not (_is_plain(first) or _is_prefix(first)):
            rest.append(rule)
        elif _is_plain(first):
            exact.add(first)
        else:
            prefixes.append(first[:-1])
    starts = tuple(prefixes)
    return lambda name: name.startswith(starts) or name in exact or any(_all_match(rule.names, name, ALLOW) for rule in rest)


def _narrowing(rule: Rule) -> tuple[str, ...]:
    return tuple(pattern for pattern in rule.names if pattern != EVERYTHING)


def _is_plain(pattern: str) -> bool:
    return not pattern.startswith("re:") and "*" not in pattern and "?" not in pattern


def _is_prefix(pattern: str) -> bool:
    return pattern.endswith("*") and _is_plain(pattern[:-1])


@lru_cache(maxsize=4096)
def _test(pattern: str) -> Callable[[str], bool] | None:
    """Return the test of one pattern, None when nobody can read it. Prefixes and plain names need no RE2: ten times quicker."""
    if _is_plain(pattern):
        return pattern.__eq__
    if _is_prefix(pattern):
        prefix = pattern[:-1]
        return lambda text: text.startswith(prefix)
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(_plain(_source(pattern)), options)
    except re2.error:
        return None
    return lambda text: compiled.fullmatch(_plain(text)) is not None


def _source(pattern: str) -> str:
    if pattern.startswith("re:"):
        return pattern[3:]
    parts = {"*": "(?s:.*)", "?": "(?s:.)"}
    return "".join(parts.get(letter) or re2.escape(letter) for letter in pattern)


def _plain(text: str) -> str:
    """Kafka's ids may hold what UTF-8 cannot: RE2 would refuse the whole name."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def narrowed(resource: str, name_pattern: str) -> str:
    """Return a binding's name pattern as it holds for a resource: only things with names of their own are narrowed."""
    return name_pattern if resource in NAMED else EVERYTHING

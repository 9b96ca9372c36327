"""What an action would do now: its plan, as words and as a hash that `perform` holds it to."""

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import orjson

from controlcenter.access import operations
from controlcenter.errors import Problem
from controlcenter.observe.snapshot import Snapshot


class Action(Protocol):
    """What every action offers; `operate.topics` has the examples."""

    verb: ClassVar[str]
    operation: ClassVar[str]
    is_reversible: ClassVar[bool]
    runs_on: ClassVar[bool]  # may take longer than a caller waits: a late answer is "running", not "unknown"

    @property
    def level(self) -> int: ...

    @property
    def cluster(self) -> str: ...
    @property
    def name(self) -> str: ...
    def args(self) -> dict[str, Any]: ...
    def facts(self, snapshot: Snapshot) -> dict[str, Any]: ...
    def faults(self, snapshot: Snapshot) -> Any: ...
    def warnings(self, snapshot: Snapshot) -> Any: ...
    def steps(self, snapshot: Snapshot) -> Any: ...
    def blast_radius(self, snapshot: Snapshot) -> list[tuple[str, str]]: ...
    def cli(self, bootstrap: str) -> str: ...
    def call(self, cluster: Any) -> dict[str, Any] | None: ...
    def check(self, cluster: Any) -> None: ...
    def done(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Preview:
    """level 1: a button; 2: type the name; 3: type the name and give a reason. faults: why it cannot be done at all."""

    steps: tuple[str, ...]
    blast_radius: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    faults: tuple[Problem, ...]
    level: int
    is_reversible: bool
    cli: str
    plan_hash: str


def of(action: Action, snapshot: Snapshot, bootstrap: str, *, is_protected: bool = False) -> Preview:
    """Return the preview of an action against what is known now. A protected cluster raises the level by one."""
    return Preview(
        tuple(action.steps(snapshot)),
        tuple(action.blast_radius(snapshot)),
        tuple(action.warnings(snapshot)),
        tuple(action.faults(snapshot)),
        min(3, action.level + is_protected),
        action.is_reversible,
        action.cli(bootstrap),
        plan_hash(action, snapshot),
    )


def plan_hash(action: Action, snapshot: Snapshot) -> str:
    """Return the hash of the operation, the arguments its trail shows, and the facts it rests on."""
    shown = operations.BY_NAME[action.operation].args
    plan = [action.operation, {name: value for name, value in action.args().items() if name in shown}, action.facts(snapshot)]
    return hashlib.sha256(orjson.dumps(plan, option=orjson.OPT_SORT_KEYS)).hexdigest()

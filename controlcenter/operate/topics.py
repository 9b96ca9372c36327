"""Creating and deleting a topic.

Rules are Kafka's own (names: `Topic.validate`; replication: live brokers) plus what a sensible operator would be told
before it hurts. A fault stops the action and stands on its field; a warning is said and lets it go on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Protocol

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import NewTopic
from controlcenter.observe import snapshot as snapshots
from controlcenter.observe.snapshot import Snapshot

NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
MOST_PARTITIONS = 10_000
FETCH_DEFAULT_BYTES = 1_048_576  # max.partition.fetch.bytes of Java consumers
SEGMENT_DEFAULT_BYTES = 1_073_741_824  # segment.bytes of brokers


class Cluster(Protocol):
    """What the actions here call: `kafka.cluster.Cluster` in a worker, `kafka.fake.FakeCluster` in tests."""

    def create_topic(self, spec: NewTopic, *, validate_only: bool = False) -> None: ...
    def delete_topic(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CreateTopic:
    """A topic to make. None leaves the choice to the broker; placement lists broker ids per partition, first the preferred leader."""

    verb: ClassVar[str] = "create-topic"
    operation: ClassVar[str] = "topic.create"
    level: ClassVar[int] = 1
    is_reversible: ClassVar[bool] = True
    runs_on: ClassVar[bool] = False

    cluster: str
    name: str
    partitions: int | None = None
    replication_factor: int | None = None
    placement: tuple[tuple[int, ...], ...] = ()
    configs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> "CreateTopic":
        return cls(**{**args, "placement": tuple(tuple(brokers) for brokers in args["placement"])})

    def args(self) -> dict[str, Any]:
        return {**asdict(self), "placement": [list(brokers) for brokers in self.placement], "configs": dict(self.configs)}

    def facts(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return what the plan rests on: should it change, the plan no longer fits."""
        return {"exists": snapshot.row("topics", self.name) is not None}

    def faults(self, snapshot: Snapshot) -> Iterator[Problem]:
        """Yield what makes it impossible, each on its field."""
        yield from _name_faults(self.name, snapshot)
        if self.placement:
            yield from _placement_faults(self.placement, snapshot)
            if self.partitions is not None and self.partitions != len(self.placement):
                yield _invalid(
                    "placement",
                    f"The placement lists {len(self.placement)} partitions, the form asks for {self.partitions}.",
                    "Make them equal, or leave the placement empty.",
                )
        if self.partitions is not None and not 1 <= self.partitions <= MOST_PARTITIONS:
            yield _invalid("partitions", f"{self.partitions:,} partitions cannot be.", f"Ask for 1 to {MOST_PARTITIONS:,}.")
        yield from _replication_faults(self.replication_factor, snapshot)
        yield from _config_faults(self.configs, self._replication())

    def warnings(self, snapshot: Snapshot) -> Iterator[str]:
        """Yield what may be meant, but should be known."""
        yield from _name_warnings(self.name, snapshot)
        brokers = len(live_brokers(snapshot))
        if self.partitions and brokers and self.partitions > 10 * brokers:
            yield f"{self.partitions:,} partitions on {brokers} brokers: more than 10 a broker costs memory and slows elections."
        if self._replication() == 1:
            yield "Replication factor 1: the loss of one broker loses the data."
        yield from _config_warnings(self.configs, self._replication())
        yield from _rack_warnings(self.placement, snapshot)

    def steps(self, snapshot: Snapshot) -> Iterator[str]:
        count = f"{self.partitions or len(self.placement) or 'the default number of'} partitions"
        copies = self._replication()
        yield f"Create topic {self.name} with {count}, {copies or 'the default number of'} replicas each."
        for name, value in self.configs.items():
            yield f"Set {name} to {value}."

    def blast_radius(self, snapshot: Snapshot) -> list[tuple[str, str]]:
        partitions, copies = self.partitions or len(self.placement), self._replication()
        return [
            (
                "New replicas",
                f"{partitions * copies:,} on {len(live_brokers(snapshot))} brokers" if partitions and copies else "as the broker decides",
            )
        ]

    def cli(self, bootstrap: str) -> str:
        words = ["kafka-topics.sh --bootstrap-server", bootstrap, "--create --topic", self.name]
        if self.placement:
            words += ["--replica-assignment", ",".join(":".join(map(str, brokers)) for brokers in self.placement)]
        else:
            words += [f"--partitions {self.partitions}"] if self.partitions else []
            words += [f"--replication-factor {self.replication_factor}"] if self.replication_factor else []
        return " ".join(words + [f"--config {name}={value}" for name, value in self.configs.items()])

    def call(self, cluster: Cluster) -> None:
        cluster.create_topic(self._spec())

    def check(self, cluster: Cluster) -> None:
        """Ask the broker whether it would accept it; nothing is created."""
        cluster.create_topic(self._spec(), validate_only=True)

    def done(self) -> str:
        return f"Topic {self.name} was created."

    def _replication(self) -> int | None:
        return len(self.placement[0]) if self.placement else self.replication_factor

    def _spec(self) -> NewTopic:
        placed = bool(self.placement)
        return NewTopic(
            self.name, None if placed else self.partitions, None if placed else self.replication_factor, self.placement, self.configs
        )


@dataclass(frozen=True, slots=True)
class DeleteTopic:
    """A topic to delete, with every record and the committed offsets of its groups."""

    verb: ClassVar[str] = "delete-topic"
    operation: ClassVar[str] = "topic.delete"
    level: ClassVar[int] = 3
    is_reversible: ClassVar[bool] = False
    runs_on: ClassVar[bool] = False

    cluster: str
    name: str

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> "DeleteTopic":
        return cls(**args)

    def args(self) -> dict[str, Any]:
        return asdict(self)

    def facts(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return what the plan rests on: a topic recreated under the same name is another topic."""
        topic = snapshot.row("topics", self.name)
        return {"id": topic["id"] if topic else None, "exists": topic is not None}

    def faults(self, snapshot: Snapshot) -> Iterator[Problem]:
        topic = snapshot.row("topics", self.name)
        if topic is None:
            yield Problem(Kind.ABSENT, f"Topic {self.name} does not exist.", "It may have been deleted already: see the timeline.")
        elif topic["is_internal"] or self.name.startswith("__"):
            yield Problem(Kind.CONFLICT, f"Topic {self.name} is one of Kafka's own; deleting it would break groups or transactions.", "")

    def warnings(self, snapshot: Snapshot) -> Iterator[str]:
        active = [group["group"] for group in self._groups(snapshot) if group["members"]]
        if active:
            yield f"{len(active)} active {'group reads' if len(active) == 1 else 'groups read'} it now: {', '.join(active[:5])}."
        topic = snapshot.row("topics", self.name) or {}
        if topic.get("records_per_s"):
            yield (
                f"It is being written, {topic['records_per_s']:.1f} records a second: "
                "a producer that may create topics will make it again, empty."
            )

    def steps(self, snapshot: Snapshot) -> Iterator[str]:
        yield f"Delete topic {self.name} and all its records."
        yield "Kafka deletes the committed offsets of its groups with it."

    def blast_radius(self, snapshot: Snapshot) -> list[tuple[str, str]]:
        topic = snapshot.row("topics", self.name) or {}
        groups = self._groups(snapshot)
        active = sum(1 for group in groups if group["members"])
        return [
            (
                "Records",
                f"{_known(topic.get('records'))} on {_known(topic.get('partitions'))} partitions, {_size(topic.get('size_bytes'))}",
            ),
            ("Being written", _rate(topic.get("records_per_s"))),
            ("Being read", f"{len(groups)} groups, {active} of them active" if groups else "no group has committed to it"),
            ("Undo", "None. Records cannot be restored."),
        ]

    def cli(self, bootstrap: str) -> str:
        return f"kafka-topics.sh --bootstrap-server {bootstrap} --delete --topic {self.name}"

    def call(self, cluster: Cluster) -> None:
        cluster.delete_topic(self.name)

    def check(self, cluster: Cluster) -> None:
        raise Problem(Kind.UNSUPPORTED, "Kafka has no dry run for deleting a topic.", "The preview tells what would be lost.")

    def done(self) -> str:
        return f"Topic {self.name} was deleted."

    def _groups(self, snapshot: Snapshot) -> list[snapshots.Row]:
        rows = snapshot.table("group_partitions").values()
        names = {row["group"] for row in rows if row["topic"] == self.name}
        return [group for group in snapshot.table("groups").values() if group["group"] in names]


def live_brokers(snapshot: Snapshot) -> list[int]:
    """Return the ids of brokers the controller holds for alive, or of all known ones while it has not said."""
    return [
        row["broker"] for row in snapshot.table("brokers").values() if row["is_registered"] is not False and row["is_fenced"] is not True
    ]


def _name_faults(name: str, snapshot: Snapshot) -> Iterator[Problem]:
    if not name:
        yield _invalid("name", "The topic needs a name.", "Use letters, digits, “.”, “_” and “-”.")
    elif name in (".", ".."):
        yield _invalid("name", f"A topic cannot be called {name}.", "Use letters, digits, “.”, “_” and “-”.")
    elif len(name) > 249:
        yield _invalid("name", f"The name has {len(name)} characters; Kafka allows 249.", "Shorten it.")
    elif not NAME.fullmatch(name):
        better = re.sub(r"[^a-zA-Z0-9._-]+", ".", name).strip(".")
        yield _invalid("name", "Use letters, digits, “.”, “_” and “-” only.", f"Did you mean {better}?" if better else "")
    elif name.startswith("__"):
        yield _invalid("name", "Names that begin with “__” are Kafka's own.", "Begin with a letter or a digit.")
    elif snapshot.row("topics", name):
        yield Problem(Kind.CONFLICT, f"Topic {name} exists already.", "Choose another name, or open the topic.", "name")


def _name_warnings(name: str, snapshot: Snapshot) -> Iterator[str]:
    plain = name.replace(".", "_")
    same = [
        other for other in (row["name"] for row in snapshot.table("topics").values()) if other != name and other.replace(".", "_") == plain
    ]
    if same:
        yield f"{same[0]} differs only by “.” and “_”: the metrics of both topics would carry one name."


def _replication_faults(copies: int | None, snapshot: Snapshot) -> Iterator[Problem]:
    brokers = len(live_brokers(snapshot))
    if copies is None:
        return
    if copies < 1:
        yield _invalid("replication_factor", "A topic needs at least one replica.", "Use 3 where the data matters.")
    elif brokers and copies > brokers:
        yield _invalid("replication_factor", f"Only {brokers} brokers are online.", f"Use {brokers} or less; 3 is usual.")


def _placement_faults(placement: tuple[tuple[int, ...], ...], snapshot: Snapshot) -> Iterator[Problem]:
    known = set(live_brokers(snapshot))
    if len({len(brokers) for brokers in placement}) > 1:
        yield _invalid("placement", "The partitions have different numbers of replicas.", "List as many brokers for each partition.")
    for i, brokers in enumerate(placement):
        if len(set(brokers)) < len(brokers):
            yield _invalid("placement", f"Partition {i} names a broker twice.", "Name each broker once.")
        strangers = [broker for broker in brokers if known and broker not in known]
        if strangers:
            yield _invalid(
                "placement", f"Partition {i}: broker {strangers[0]} is not online.", f"Use {', '.join(map(str, sorted(known)))}."
            )


def _rack_warnings(placement: tuple[tuple[int, ...], ...], snapshot: Snapshot) -> Iterator[str]:
    racks = {row["broker"]: row["rack"] for row in snapshot.table("brokers").values() if row["rack"]}
    for i, brokers in enumerate(placement):
        used = [racks[broker] for broker in brokers if broker in racks]
        if len(set(used)) < len(used):
            yield f"Partition {i} has two replicas in one rack: the loss of that rack takes both."
            return


def _config_faults(configs: Mapping[str, str], copies: int | None) -> Iterator[Problem]:
    isr = _whole(configs.get("min.insync.replicas"))
    if isr is not None and isr < 1:
        yield _invalid("min.insync.replicas", "At least one replica must be in sync.", "Use 2 with replication factor 3.")
    if isr is not None and copies and isr > copies:
        yield _invalid("min.insync.replicas", f"{isr} in-sync replicas cannot be had from {copies}.", f"Use {max(1, copies - 1)}.")
    for name in ("retention.ms", "retention.bytes"):
        value = _whole(configs.get(name))
        if value is not None and value != -1 and value <= 0:
            yield _invalid(name, f"{name} must be -1 (forever) or above 0.", "Use -1 to keep everything.")
    size = _whole(configs.get("max.message.bytes"))
    if size is not None and size <= 0:
        yield _invalid("max.message.bytes", "A record must be allowed at least 1 byte.", "Leave it empty for the broker's own limit.")
    for name in ("min.insync.replicas", "retention.ms", "retention.bytes", "max.message.bytes"):
        if configs.get(name) and _whole(configs[name]) is None:
            yield _invalid(name, f"{configs[name]} is not a whole number.", "Use digits only.")
    segment, kept = _whole(configs.get("segment.bytes")), _whole(configs.get("retention.bytes"))
    if segment and kept and 0 < kept < segment:
        yield _invalid(
            "retention.bytes", "retention.bytes is smaller than segment.bytes: Kafka deletes whole segments.", f"Use {segment} or more."
        )


def _config_warnings(configs: Mapping[str, str], copies: int | None) -> Iterator[str]:
    isr = _whole(configs.get("min.insync.replicas"))
    if isr and copies and copies > 1 and isr == copies:
        yield "min.insync.replicas equals the replication factor: one broker down stops producers with acks=all."
    if isr == 1 and copies and copies >= 3:
        yield "min.insync.replicas 1 with three replicas: acknowledged data may be lost with one broker."
    if "compact" in configs.get("cleanup.policy", ""):
        yield "Compaction keeps the newest record of a key: records without a key are refused."
    size = _whole(configs.get("max.message.bytes"))
    if size and size > FETCH_DEFAULT_BYTES:
        yield f"max.message.bytes above {FETCH_DEFAULT_BYTES:,}: consumers and brokers must be allowed to fetch as much."
    kept = _whole(configs.get("retention.bytes"))
    if kept and "segment.bytes" not in configs and 0 < kept < SEGMENT_DEFAULT_BYTES:
        yield "retention.bytes is below the default segment of 1 GiB: Kafka deletes whole segments, so more will be kept."


def _whole(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def _invalid(name: str, what: str, hint: str) -> Problem:
    return Problem(Kind.INVALID, what, hint, name)


def _known(n: int | None) -> str:
    return "an unknown number" if n is None else f"{n:,}"


def _rate(per_s: float | None) -> str:
    return "not known yet" if per_s is None else f"{per_s:.1f} records a second now" if per_s else "not now"


def _size(n: int | None) -> str:
    if n is None:
        return "size not known"
    size = float(n)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"

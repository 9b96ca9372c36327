"""Reading records by offset, for browsing alone: a consumer that joins no group, commits nothing and creates nothing.

Used only inside the killable children of `browse`: record bytes and their decompression never enter another process.
What comes back is plain values, so that nobody else needs to know the client.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import wait
from typing import Any, NamedTuple

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Connection

READ = {  # (kafka.md 4): small queue, because the reader decides how much is enough
    "queued.max.messages.kbytes": 8192,
    "queued.min.messages": 20000,
    "fetch.message.max.bytes": 1 << 20,
    "fetch.max.bytes": 64 << 20,
    "fetch.queue.backoff.ms": 2,
    "fetch.wait.max.ms": 10,  # the end of a range over holes is told by EOF, which waits this long
}
TAIL = {"fetch.wait.max.ms": 500}
CAREFUL = {"fetch.message.max.bytes": 1000, "queued.min.messages": 1}  # one batch a fetch: after a death while fetching
TIMESTAMP_TYPES = {0: "", 1: "CreateTime", 2: "LogAppendTime"}


class Raw(NamedTuple):
    """A record as it came. headers: in order, names may repeat."""

    partition: int
    offset: int
    timestamp_ms: int
    timestamp_type: str
    leader_epoch: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Eof(NamedTuple):
    """Nothing more up to here: one past the last record that may be read."""

    partition: int
    offset: int


class Lost(NamedTuple):
    """The partition cannot go on at this offset: expired meanwhile, or refused."""

    partition: int
    offset: int
    what: str
    is_out_of_range: bool


class Mark(NamedTuple):
    """start, end, lso as half-open bounds; at: first offset at the asked time, None when nothing is that young. what: why unknown."""

    start: int
    end: int
    lso: int
    at: int | None = None
    what: str = ""


class Topic(NamedTuple):
    """leaders: partition → broker, None while it has no leader."""

    id: str
    leaders: dict[int, int | None]


def properties(connection: Connection) -> dict[str, Any]:
    """Return the client's properties for a connection: typed fields only, never a path."""
    found: dict[str, Any] = {
        "bootstrap.servers": connection.bootstrap_servers,
        "security.protocol": connection.security_protocol,
        "client.id": "controlcenter-browse",
        "allow.auto.create.topics": False,
        "socket.connection.setup.timeout.ms": 3000,
        "socket.timeout.ms": 10000,
        "reconnect.backoff.ms": 250,
        "reconnect.backoff.max.ms": 30000,
        "log_level": 0,  # the child's only voice is its pipe
    }
    optional = {
        "sasl.mechanism": connection.sasl_mechanism,
        "sasl.username": connection.sasl_username,
        "sasl.password": connection.sasl_password.reveal(),
        "ssl.ca.pem": connection.ssl_ca_pem,
        "ssl.certificate.pem": connection.ssl_certificate_pem,
        "ssl.key.pem": connection.ssl_key_pem.reveal(),
    }
    return {**found, **{name: value for name, value in optional.items() if value}}


class Reader:
    """One topic, read by offset. Not thread-safe; made for one answer and thrown away with its process."""

    def __init__(self, connection: Connection, topic: str, isolation: str, *, is_tail: bool = False, is_careful: bool = False) -> None:
        base = properties(connection)
        self.topic = topic
        self.errors: list[str] = []
        self._admin = AdminClient(base)
        self._consumer = Consumer(
            {
                **base,
                **READ,
                **(TAIL if is_tail else {}),
                **(CAREFUL if is_careful else {}),
                "group.id": "controlcenter-browse",  # the library wants one; assign() alone never joins it
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "enable.partition.eof": True,
                "isolation.level": isolation,
                "error_cb": lambda error: self.errors.append(error.str()),
            }
        )

    def describe(self, timeout_s: float) -> Topic:
        """Return the topic's id and leaders; raises Problem ABSENT, DENIED or UNREACHABLE."""
        future = self._admin.describe_topics(TopicCollection([self.topic]), request_timeout=timeout_s)[self.topic]
        try:
            found = future.result(timeout_s + 1)
        except (KafkaException, TimeoutError) as fault:
            raise _problem(self.topic, fault) from None
        leaders = {p.id: None if p.leader is None or p.leader.id < 0 else p.leader.id for p in found.partitions}
        return Topic(str(found.topic_id), leaders)

    def marks(self, partitions: Iterable[int], at_ms: int | None, timeout_s: float) -> dict[int, Mark]:
        """Return where each partition starts, ends, and is stable; and where a time begins, when one is given."""
        wanted = [TopicPartition(self.topic, p) for p in partitions]
        if not wanted:
            return {}
        spec: Any = OffsetSpec  # its methods carry no types
        asked = {
            "start": self._ask(wanted, spec.earliest(), IsolationLevel.READ_UNCOMMITTED, timeout_s),
            "end": self._ask(wanted, spec.latest(), IsolationLevel.READ_UNCOMMITTED, timeout_s),
            "lso": self._ask(wanted, spec.latest(), IsolationLevel.READ_COMMITTED, timeout_s),
        }
        if at_ms is not None:
            asked["at"] = self._ask(wanted, spec.for_timestamp(at_ms), IsolationLevel.READ_UNCOMMITTED, timeout_s)
        wait([future for futures in asked.values() for future in futures.values()], timeout=timeout_s + 1)
        return {tp.partition: self._mark(tp, asked) for tp in wanted}

    def assign(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions from these offsets, and no others."""
        self._consumer.assign([TopicPartition(self.topic, p, offset) for p, offset in offsets.items()])

    def add(self, partition: int, offset: int) -> None:
        """Read one partition more, or again: after an error it stays silent until it is assigned anew."""
        self._consumer.incremental_assign([TopicPartition(self.topic, partition, offset)])

    def drop(self, partition: int) -> None:
        """Read one partition no longer."""
        self._consumer.incremental_unassign([TopicPartition(self.topic, partition)])

    def poll(self, timeout_s: float) -> list[Raw | Eof | Lost]:
        """Return what is there: waits for the first event only, then takes what came with it."""
        first = self._consumer.poll(timeout_s)
        if first is None:
            return []
        return [event for message in (first, *self._consumer.consume(500, 0)) if (event := _event(message)) is not None]

    def close(self) -> None:
        self._consumer.close()

    def _ask(self, wanted: list[TopicPartition], spec: Any, level: IsolationLevel, timeout_s: float) -> dict[TopicPartition, Any]:
        return self._admin.list_offsets(dict.fromkeys(wanted, spec), isolation_level=level, request_timeout=timeout_s)

    def _mark(self, tp: TopicPartition, asked: Mapping[str, Mapping[TopicPartition, Any]]) -> Mark:
        try:
            found = {name: int(futures[tp].result(0).offset) for name, futures in asked.items()}
        except (KafkaException, TimeoutError) as fault:
            return Mark(0, 0, 0, what=_words(fault))
        at = found.get("at", -1)
        return Mark(found["start"], found["end"], found["lso"], None if at < 0 else at)


def _event(message: Any) -> Raw | Eof | Lost | None:
    error = message.error()
    if error is None:
        kind, at_ms = message.timestamp()
        return Raw(
            message.partition(), message.offset(), at_ms if kind else -1, TIMESTAMP_TYPES.get(kind, ""),
            message.leader_epoch(), message.key(), message.value(), _headers(message),
        )  # fmt: skip
    if error.code() == KafkaError._PARTITION_EOF:
        return Eof(message.partition(), message.offset())
    if message.partition() is None or message.partition() < 0:
        return None  # e.g. the coordinator of a group we never join
    is_out = error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)
    return Lost(message.partition(), message.offset(), error.str(), is_out)


def _headers(message: Any) -> tuple[tuple[str, bytes | None], ...]:
    try:
        return tuple((name, value.encode() if isinstance(value, str) else value) for name, value in message.headers() or ())
    except UnicodeDecodeError:
        return (("(header names are no UTF-8)", None),)


def _words(fault: Exception) -> str:
    error = fault.args[0] if isinstance(fault, KafkaException) and fault.args else None
    return error.str() if isinstance(error, KafkaError) else "no answer in time"


def _problem(topic: str, fault: Exception) -> Problem:
    code = fault.args[0].code() if isinstance(fault, KafkaException) and fault.args else None
    if code in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError.TOPIC_EXCEPTION):
        return Problem(Kind.ABSENT, f"Topic {topic} does not exist.", "It was deleted, or never was; see the list of topics.")
    if code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return Problem(Kind.DENIED, f"Kafka refuses to describe topic {topic}.", "Give our account the right Describe on it.")
    return Problem(Kind.UNREACHABLE, f"The cluster did not answer: {_words(fault)}.", "Try again; if it stays so, see Brokers.")

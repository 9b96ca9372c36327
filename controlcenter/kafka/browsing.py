"""Reading records by offset, for browsing alone: a consumer that joins no group, commits nothing and creates nothing.

Used only inside the killable children of `browse`: record bytes and their decompression never enter another process.
What comes back is plain values, so that nobody else needs to know the client.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import wait
from itertools import groupby
from operator import methodcaller
from typing import Any, NamedTuple, Protocol

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import client
from controlcenter.kafka.model import Connection

AT_ONCE = 500  # records taken from the client's queue in one go
READ = {  # (kafka.md 4): small queue, because the reader decides how much is enough
    "queued_max_messages_kbytes": 8192,
    "queued_min_messages": 20000,
    "fetch_message_max_bytes": 1 << 20,
    "fetch_max_bytes": 64 << 20,
    "fetch_queue_backoff_ms": 2,
    "fetch_wait_max_ms": 10,  # the end of a range over holes is told by EOF, which waits this long
}
TAIL = {"fetch_wait_max_ms": 500}
CAREFUL = {"fetch_message_max_bytes": 1000, "queued_min_messages": 1}  # one batch a fetch, about one fetch ahead
SLOW = CAREFUL | {"fetch_queue_backoff_ms": 200}  # and none ahead, while what came is not taken for so long
MODES: dict[str, dict[str, Any]] = {"page": {}, "tail": TAIL, "careful": CAREFUL, "slow": SLOW}
ERROR, PARTITION = methodcaller("error"), methodcaller("partition")
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
    flags: tuple[str, ...] = ()  # control, commit, abort, aborted, open
    fault: str = ""  # why there is no content
    batch: dict[str, Any] | None = None


class Eof(NamedTuple):
    """Nothing more up to here: one past the last record that may be read."""

    partition: int
    offset: int


class Lost(NamedTuple):
    """The partition cannot go on at this offset: expired meanwhile, refused, or its batch there cannot be unpacked."""

    partition: int
    offset: int
    what: str
    is_out_of_range: bool
    is_bad_batch: bool = False


class Mark(NamedTuple):
    """start, end, lso as half-open bounds.

    at        first offset at the asked time, None when nothing is that young
    what      why nothing is known
    until     where the asked end is, None for the log's own
    position  what the asked group committed, None when it never did
    """

    start: int
    end: int
    lso: int
    at: int | None = None
    what: str = ""
    until: int | None = None
    position: int | None = None


class Span:
    """What is being read of a partition: [read, stop) is left; count records of bytes were seen, the last one of last_ms."""

    __slots__ = ("bytes", "count", "last_ms", "low", "read", "stop")

    def __init__(self, low: int, stop: int) -> None:
        self.low = self.read = low
        self.stop = stop
        self.count = self.bytes = 0
        self.last_ms = -(1 << 63)

    @property
    def is_read(self) -> bool:
        return self.read >= self.stop


class Sieve(Protocol):
    """Which records are wanted. `read` turns a message into a record: only for those that are, or that must be looked at whole."""

    def pick(self, partition: int, messages: list[Any], read: Callable[[Any], Raw]) -> list[tuple[int, Raw]]:
        """Return the wanted ones, each with its place among the messages."""
        ...


class Sifted(NamedTuple):
    """hits: wanted records, each with how many of its partition came before it in this span. lost: what cannot go on."""

    hits: list[tuple[Raw, int]]
    lost: list[Lost]


class Topic(NamedTuple):
    """leaders: partition → broker, None while it has no leader."""

    id: str
    leaders: dict[int, int | None]


class Reader:
    """One topic, read by offset. Not thread-safe; made for one answer and thrown away with its process."""

    def __init__(self, connection: Connection, topic: str, isolation: str, mode: str = "page") -> None:
        self.topic = topic
        self.errors: list[str] = []
        quiet: dict[str, Any] = {"log_level": 0}  # the child's only voice is its pipe
        self._admin = AdminClient(client.properties(connection, "browse", **quiet))
        self._chosen: dict[str, Any] = READ | MODES[mode] | quiet
        self._connection, self._isolation = connection, isolation
        self._held: Consumer | None = None

    @property
    def _consumer(self) -> Consumer:
        """The consumer, made when it is told what to read: one that idles first takes 50 to 100 ms longer to begin (measured)."""
        if self._held is None:
            more = {
                "group_id": "controlcenter-browse",  # the library wants one; assign() alone never joins it
                "enable_auto_commit": False,
                "enable_auto_offset_store": False,
                "auto_offset_reset": "error",
                "enable_partition_eof": True,
                "isolation_level": self._isolation,
                "error_cb": lambda error: self.errors.append(error.str()),
            }
            self._held = Consumer(client.properties(self._connection, "browse", **self._chosen, **more))
        return self._held

    def describe(self, timeout_s: float) -> Topic:
        """Return the topic's id and leaders; raises Problem ABSENT, DENIED or UNREACHABLE."""
        future = self._admin.describe_topics(TopicCollection([self.topic]), request_timeout=timeout_s)[self.topic]
        try:
            found = future.result(timeout_s + 1)
        except (KafkaException, TimeoutError) as fault:
            raise _problem(self.topic, fault) from None
        leaders = {p.id: None if p.leader is None or p.leader.id < 0 else p.leader.id for p in found.partitions}
        return Topic(str(found.topic_id), leaders)

    def marks(
        self, partitions: Iterable[int], at_ms: int | None, timeout_s: float, *, to_ms: int | None = None, group: str = ""
    ) -> dict[int, Mark]:
        """Return where each partition starts, ends, and is stable; and where a time begins or ends, or a group stands, if asked."""
        wanted = [TopicPartition(self.topic, p) for p in partitions]
        if not wanted:
            return {}
        spec: Any = OffsetSpec  # its methods carry no types
        asked = {
            "start": self._ask(wanted, spec.earliest(), IsolationLevel.READ_UNCOMMITTED, timeout_s),
            "end": self._ask(wanted, spec.latest(), IsolationLevel.READ_UNCOMMITTED, timeout_s),
            "lso": self._ask(wanted, spec.latest(), IsolationLevel.READ_COMMITTED, timeout_s),
        }
        for name, ms in (("at", at_ms), ("until", to_ms)):
            if ms is not None:
                asked[name] = self._ask(wanted, spec.for_timestamp(ms), IsolationLevel.READ_UNCOMMITTED, timeout_s)
        positions = self.positions(group, wanted, timeout_s) if group else {}
        wait([future for futures in asked.values() for future in futures.values()], timeout=timeout_s + 1)
        return {tp.partition: self._mark(tp, asked)._replace(position=positions.get(tp.partition)) for tp in wanted}

    def first_at(self, partitions: Iterable[int], at_ms: int, timeout_s: float) -> dict[int, int | None]:
        """Return the first offset at a time in each partition that tells, None where nothing is that young."""
        asked = self._ask(
            [TopicPartition(self.topic, p) for p in partitions], OffsetSpec.for_timestamp(at_ms), IsolationLevel.READ_UNCOMMITTED, timeout_s
        )
        wait(asked.values(), timeout=timeout_s + 1)
        found = {}
        for tp, future in asked.items():
            try:
                offset = int(future.result(0).offset)
            except (KafkaException, TimeoutError):
                continue
            found[tp.partition] = None if offset < 0 else offset
        return found

    def positions(self, group: str, wanted: list[TopicPartition], timeout_s: float) -> dict[int, int]:
        """Return what a group committed, partition by partition; raises Problem when that cannot be read."""
        asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, wanted)], request_timeout=timeout_s)
        try:
            told = asked[group].result(timeout_s + 1).topic_partitions
        except (KafkaException, TimeoutError) as fault:
            raise Problem(Kind.UNREACHABLE, f"The position of group {group} cannot be read: {_words(fault)}.", "Try again.") from None
        return {tp.partition: tp.offset for tp in told if tp.error is None and tp.offset >= 0}

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

    def sift(self, timeout_s: float, spans: Mapping[int, Span], sieve: Sieve | None) -> Sifted:
        """Read on, and return the wanted records: waits for the first one only, then takes what came with it.

        spans  partition → what is read of it; moved on here. Records beyond a span's stop are not looked at
        """
        first = self._consumer.poll(timeout_s)
        if first is None:
            return Sifted([], [])
        hits: list[tuple[Raw, int]] = []
        lost: list[Lost] = []
        messages = [first, *self._consumer.consume(AT_ONCE, 0)]
        # a million a second pass here: what is asked of every message is asked by map, in C
        if any(map(ERROR, messages)):
            for message in messages:
                if message.error() is not None:
                    _apart(message, spans, lost)
            messages = [message for message in messages if message.error() is None]
        for p, run in groupby(messages, PARTITION):
            if (span := spans.get(p)) is not None:
                hits += _sifted(p, span, list(run), sieve)
        return Sifted(hits, lost)

    def close(self) -> None:
        if self._held is not None:
            self._held.close()

    def _ask(self, wanted: list[TopicPartition], spec: Any, level: IsolationLevel, timeout_s: float) -> dict[TopicPartition, Any]:
        return self._admin.list_offsets(dict.fromkeys(wanted, spec), isolation_level=level, request_timeout=timeout_s)

    def _mark(self, tp: TopicPartition, asked: Mapping[str, Mapping[TopicPartition, Any]]) -> Mark:
        try:
            found = {name: int(futures[tp].result(0).offset) for name, futures in asked.items()}
        except (KafkaException, TimeoutError) as fault:
            return Mark(0, 0, 0, what=_words(fault))
        at, until = found.get("at", -1), found.get("until", -1)
        return Mark(found["start"], found["end"], found["lso"], None if at < 0 else at, until=None if until < 0 else until)


def _event(message: Any) -> Raw | Eof | Lost | None:
    error = message.error()
    if error is None:
        return _raw(message)
    if error.code() == KafkaError._PARTITION_EOF:
        return Eof(message.partition(), message.offset())
    if message.partition() is None or message.partition() < 0:
        return None  # e.g. the coordinator of a group we never join
    is_out = error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)
    is_bad = error.code() in (KafkaError._BAD_COMPRESSION, KafkaError._BAD_MSG, KafkaError.INVALID_MSG)
    return Lost(message.partition(), message.offset(), error.str(), is_out, is_bad)


def _raw(message: Any) -> Raw:
    kind, at_ms = message.timestamp()
    return Raw(
        message.partition(), message.offset(), at_ms if kind else -1, TIMESTAMP_TYPES.get(kind, ""),
        message.leader_epoch(), message.key(), message.value(), headers(message),
    )  # fmt: skip


def _sifted(p: int, span: Span, run: list[Any], sieve: Sieve | None) -> list[tuple[Raw, int]]:
    """Move a span over messages of its partition, and return the wanted ones with their ranks."""
    last = run[-1].offset()
    if last >= span.stop:
        run = [message for message in run if message.offset() < span.stop]
    picked = enumerate(map(_raw, run)) if sieve is None else sieve.pick(p, run, _raw)
    hits = [(record, span.count + i) for i, record in picked]
    if run:
        span.count += len(run)
        span.bytes += sum(map(len, run))
        span.last_ms = run[-1].timestamp()[1]
    span.read = max(span.read, min(span.stop, last + 1))
    return hits


def _apart(message: Any, spans: Mapping[int, Span], lost: list[Lost]) -> None:
    """Take what is no record: the end of a partition moves its span on, an error is lost."""
    event = _event(message)
    span = spans.get(event.partition) if event is not None else None
    if isinstance(event, Eof) and span is not None:
        span.read = max(span.read, min(span.stop, event.offset))
    elif isinstance(event, Lost) and span is not None:
        lost.append(event)


def headers(message: Any) -> tuple[tuple[str, bytes | None], ...]:
    """Return a message's headers in order; one that says why when the client cannot give them."""
    try:
        return tuple((name, value.encode() if isinstance(value, str) else value) for name, value in message.headers() or ())
    except (UnicodeDecodeError, SystemError):  # the client returns with the error set (2.16.1)
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

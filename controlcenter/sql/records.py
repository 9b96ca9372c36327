"""A record as it goes in and comes out, with the methods that Kafka clients give theirs."""

from collections.abc import Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic. Timestamps in ms; `headers_` None when there are none."""

    topic_: str
    key_: bytes | None
    value_: bytes | None
    timestamp_ms: int = 0
    partition_: int = 0
    offset_: int = 0
    headers_: Headers | None = None

    def topic(self) -> str:
        return self.topic_

    def key(self) -> bytes | None:
        return self.key_

    def value(self) -> bytes | None:
        return self.value_

    def timestamp(self) -> tuple[int, int]:
        return 1, self.timestamp_ms  # 1: the producer's time, as librdkafka says it

    def partition(self) -> int:
        return self.partition_

    def offset(self) -> int:
        return self.offset_

    def headers(self) -> Headers | None:
        return self.headers_

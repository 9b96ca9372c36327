"""What a filter is, to everyone who uses one. It has two kinds: expression and plaintext; `compiler` makes both.

Law: `matches` alone decides; `may_match` only ever says no to a record that `matches` would refuse too.
A filter is made anew wherever it is needed, from its text; it counts what it met, so one thread uses it at a time.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from controlcenter.browse.filter.record import Record


class Message(Protocol):
    """A record as the client gives it, unread."""

    def key(self) -> bytes | None: ...
    def value(self) -> bytes | None: ...
    def headers(self) -> Sequence[tuple[str, bytes | None]] | None: ...


M = TypeVar("M", bound=Message)


class Filter(ABC):
    """text, mode    as given
    hash        of all that decides what matches
    paths       fields of key and value that it names, as written: the columns to show first
    plain_ids   schema ids whose texts lie in the bytes as they are (see prefilter.is_plain_avro); whoever parses schemas adds them
    mismatched  records in which values of different kinds met; undecoded: that no decoder could read; overruns: that cost too much
    """

    def __init__(self, text: str, mode: str, hash: str) -> None:
        self.text, self.mode, self.hash = text, mode, hash
        self.paths: tuple[str, ...] = ()
        self.plain_ids: set[int] = set()
        self.mismatched = self.undecoded = self.overruns = 0

    def take_over(self, other: "Filter") -> None:
        """Count here what the same filter met elsewhere, and no more there."""
        self.mismatched, other.mismatched = self.mismatched + other.mismatched, 0
        self.undecoded, other.undecoded = self.undecoded + other.undecoded, 0
        self.overruns, other.overruns = self.overruns + other.overruns, 0

    @abstractmethod
    def may_match(self, key: bytes | None, value: bytes | None) -> bool:
        """Return False only for a record that cannot match, told from its raw bytes."""

    @abstractmethod
    def matches(self, record: Record) -> bool:
        """Return whether a record matches."""

    def pick(self, messages: Sequence[M], record: Callable[[M], Record]) -> list[M]:
        """Return the messages that match, in their order; the fast way through many. `record` is called only where it must."""
        return [m for m in messages if self.may_match(m.key(), m.value()) and self.matches(record(m))]

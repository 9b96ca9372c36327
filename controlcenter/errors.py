"""Expected trouble, as a value an operator can read.

Every noun raises `Problem` beside the function that met it; verbs let it pass; each door maps `kind` to its own
language (a status, a page, a frame) in one table.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    INVALID = "invalid"  # the request cannot be right, whatever the cluster's state
    DENIED = "denied"  # a right is missing: ours, or one of Kafka's
    ABSENT = "absent"  # the thing does not exist (or may not be seen)
    CONFLICT = "conflict"  # the state changed, or does not allow it
    UNREACHABLE = "unreachable"  # nobody answers there
    TIMEOUT = "timeout"  # no answer in time: the outcome of a change is unknown
    UNSUPPORTED = "unsupported"  # this broker or version cannot do it
    BROKEN = "broken"  # an answer that makes no sense


@dataclass(unsafe_hash=True)  # not frozen: contextlib sets the traceback of an exception on its way out
class Problem(Exception):
    """Trouble we expected: what happened, and what the operator can do about it.

    what   a whole sentence: "Topic rides has 6 partitions; Kafka can add, not remove."
    hint   the way out, or "" when there is none: "Ask for more than 6."
    field  the form field it concerns, or "" for the whole request
    """

    kind: Kind
    what: str
    hint: str = ""
    field: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.hint}".strip()

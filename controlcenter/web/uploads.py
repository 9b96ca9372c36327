"""Files that somebody uploads, parsed in a killable child of their own nursery: a request with a file is rare.

The child is told the form and given the bytes; it beats while it parses, then answers with rows and the end.
"""

import socket
import time
from dataclasses import asdict, dataclass

from controlcenter.browse import frames
from controlcenter.browse.sandbox import Child, Died, Sandbox
from controlcenter.errors import Kind, Problem
from controlcenter.operate import unpack
from controlcenter.operate.unpack import Row

LARGEST_BYTES = 30 << 20  # a frame holds 32 MiB
MOST_ROWS = 100_000
MOST_FAULTS = 100
PARSE_S = 30.0
BEAT_S = 0.25


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be sent."""

    line: int
    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """lines: where each row stood. faults: the first hundred; faulty: how many there are."""

    rows: tuple[Row, ...]
    lines: tuple[int, ...]
    faults: tuple[Bad, ...]
    faulty: int


def parse(data: bytes, form: str, separator: str, documents: frozenset[str]) -> Parsed:
    """Return the rows of a file (see `unpack.rows`); raises Problem when it cannot be read as what it is said to be."""
    sandbox = Sandbox("controlcenter.web.uploads", 1)
    try:
        child = sandbox.child(int(PARSE_S))
        try:
            child.send([form, separator, sorted(documents), data])
            return _collect(child, time.monotonic() + PARSE_S)
        except Died as died:
            raise Problem(Kind.INVALID, f"The file cannot be read safely: {died.cause}.", "Send a smaller part of it.", "file") from None
        finally:
            child.close()
    finally:
        sandbox.stop()


def run(sock: socket.socket) -> None:
    """Be the child."""
    form, separator, documents, data = frames.receive(sock)
    rows: list[tuple[int, Row]] = []
    faults: list[Bad] = []
    faulty, beaten_at = 0, time.monotonic()
    try:
        for line, found in unpack.rows(data, form, separator, frozenset(documents)):
            if isinstance(found, Problem):
                faulty += 1
                faults += [Bad(line, found.what, found.hint)][: max(0, MOST_FAULTS - len(faults))]
            else:
                rows.append((line, found))
            if time.monotonic() - beaten_at > BEAT_S:
                beaten_at = time.monotonic()
                sock.sendall(frames.pack(["beat"]))
            if len(rows) > MOST_ROWS:
                raise Problem(Kind.INVALID, f"The file has more than {MOST_ROWS:,} records.", "Split it and send its parts.", "file")
    except Problem as problem:
        sock.sendall(frames.pack(["refused", problem.what, problem.hint, problem.field]))
        return
    for line, row in rows:
        sock.sendall(frames.pack(["row", line, asdict(row)]))
    sock.sendall(frames.pack(["end", [asdict(fault) for fault in faults], faulty]))


def _collect(child: Child, deadline: float) -> Parsed:
    rows, lines = [], []
    while True:
        what, *told = child.receive(deadline - time.monotonic())
        if what == "refused":
            raise Problem(Kind.INVALID, *told)
        if what == "end":
            return Parsed(tuple(rows), tuple(lines), tuple(Bad(**fault) for fault in told[0]), told[1])
        if what == "beat":
            continue
        line, row = told
        lines.append(line)
        rows.append(Row(**{**row, "headers": tuple((name, value) for name, value in row["headers"])}))

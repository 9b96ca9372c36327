"""Files of exports, under the data directory: `exports/<job>/<runner>` and, for a ZIP, its members and its manifest beside it.

Each run writes files of its own name, and the database says how much of each counts. Law: bytes that count were on the disk
before the row that counts them was written, so a worker that is killed leaves nothing half; what it wrote beyond is not read.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

from controlcenter.browse import archive, export
from controlcenter.browse.archive import Member
from controlcenter.browse.models import Job, JobFile
from controlcenter.browse.request import Request
from controlcenter.browse.written import Written

MANIFEST = "manifest.ndjson"
PIECE = 1 << 20


class Sizes(NamedTuple):
    """How much of a run's three files counts."""

    body: int = 0
    members: int = 0
    manifest: int = 0


class Spool:
    """What one run writes."""

    def __init__(self, job: int, runner: str) -> None:
        where = folder(job)
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as opened:
            self._files = [opened.enter_context(open(where / f"{runner}{end}", "wb")) for end in ("", ".members", ".manifest")]
            self._opened = opened.pop_all()
        self._whole = Sizes()

    def piece(self, data: bytes) -> None:
        """Write what belongs to a record that is not whole yet."""
        self._files[0].write(data)

    def written(self, told: Written) -> None:
        """Write the rest of whole records."""
        start = self._whole.body
        for part, data in zip(self._files, (told.data, b"".join(_line(each, start) for each in told.members), told.manifest), strict=True):
            part.write(data)
        self._whole = Sizes(*(part.tell() for part in self._files))

    def back(self, sizes: Sizes | None = None) -> None:
        """Forget what stands beyond these sizes; without them, what is not whole."""
        self._whole = sizes or self._whole
        for part, size in zip(self._files, self._whole, strict=True):
            if part.tell() > size:
                part.seek(size)
                part.truncate()

    @property
    def whole(self) -> Sizes:
        return self._whole

    def keep(self) -> None:
        """Return when all is on the disk."""
        for part in self._files:
            part.flush()
            os.fdatasync(part.fileno())

    def close(self) -> None:
        self._opened.close()


def folder(job: int) -> Path:
    """Return where an export's files are."""
    return Path(settings.DATA_DIR) / "exports" / str(job)


def remove(job: int) -> None:
    shutil.rmtree(folder(job), ignore_errors=True)


def sweep() -> None:
    """Remove the files of exports that are no more."""
    try:
        there = [int(each.name) for each in folder(0).parent.iterdir() if each.name.isdecimal()]
    except FileNotFoundError:
        return
    for job in set(there) - set(Job.objects.filter(pk__in=there).values_list("pk", flat=True)):  # listed before it was asked
        remove(job)


def free_bytes() -> int:
    """Return how much room the disk of the data directory has."""
    return shutil.disk_usage(settings.DATA_DIR).free


def pieces(job: Job, request: Request) -> Iterator[bytes]:
    """Return the file of an export as pieces. Everything is opened now: removing the export meanwhile takes nothing away."""
    runs = list(job.files.order_by("number"))
    with ExitStack() as opened:
        whole = [_Run(job.pk, run, opened) for run in runs]
        return _pieces(whole, request, opened.pop_all())


class _Run:
    def __init__(self, job: int, row: JobFile, opened: ExitStack) -> None:
        at = folder(job) / row.name
        self.sizes = Sizes(row.size_bytes, row.members_bytes, row.manifest_bytes)
        ends = ("", ".members", ".manifest")
        self.body, self.members, self.manifest = [opened.enter_context(at.with_name(row.name + end).open("rb")) for end in ends]


def _pieces(runs: list[_Run], request: Request, opened: ExitStack) -> Iterator[bytes]:
    with opened:
        if request.form == "csv":
            yield export.head(request.separator)
        if request.form == "json":
            yield from _array(piece for run in runs for piece in _read(run.body, run.sizes.body))
        else:
            for run in runs:
                yield from _read(run.body, run.sizes.body)
        if request.form == "zip":
            yield from _end(runs)


def _array(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines of JSON as one document: a comma at each line's end, but not at the last one's."""
    yield b"["
    end = b"\n"  # before the first line; then the end of the last one, which waits until more comes
    for piece in pieces:
        yield end + piece[:-1].replace(b"\n", b",\n")
        end = piece[-1:].replace(b"\n", b",\n")
    yield b"\n]\n"


def _end(runs: list[_Run]) -> Iterator[bytes]:
    """Yield what ends a ZIP: the manifest, and the directory of all members."""
    start = sum(run.sizes.body for run in runs)
    size = 0
    told = archive.stored(MANIFEST, (piece for run in runs for piece in _read(run.manifest, run.sizes.manifest)))
    while True:
        try:
            piece = next(told)
        except StopIteration as ended:
            manifest: Member = ended.value
            break
        size += len(piece)
        yield piece
    yield from archive.directory(_members(runs, manifest._replace(start=start)), start + size)


def _members(runs: list[_Run], last: Member) -> Iterator[Member]:
    base = 0
    for run in runs:
        left = run.sizes.members
        while left > 0:
            line = run.members.readline()
            left -= len(line)
            name, *numbers = line.decode().split()
            found = Member(name, *map(int, numbers))
            yield found._replace(start=base + found.start)
        base += run.sizes.body
    yield last


def _read(part: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := part.read(min(PIECE, size))):
        size -= len(piece)
        yield piece


def _line(member: Member, start: int) -> bytes:
    return f"{member.name} {member.crc} {member.packed_bytes} {member.size_bytes} {start + member.start}\n".encode()

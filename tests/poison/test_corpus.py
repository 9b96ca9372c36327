"""Each poison is one row that says what is odd, or one dead child; the parent's memory does not move; the next read works."""

import contextlib
import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from controlcenter.browse import sandbox
from controlcenter.browse.sandbox import Sandbox
from tests.poison.child import RAW, SHOWN
from tests.poison.corpus import ALL
from tests.poison.poison import Poison

pytestmark = pytest.mark.slow
SECONDS = 20.0  # for one poison on a busy machine; the product gives a record less
MOVED_BYTES = 5 << 20


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus as files, written by a process of its own: the memory of making it is not ours."""
    there = tmp_path_factory.mktemp("poison")
    subprocess.run([sys.executable, "-m", "tests.poison.corpus", str(there)], check=True, capture_output=True)
    return there


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    made = Sandbox("tests.poison.child", size=2)
    yield made
    made.stop()


def read(box: Sandbox, file: Path) -> dict[str, Any]:
    child = box.child(cpu_s=20)
    try:
        child.send(str(file))
        found: dict[str, Any] = child.receive(SECONDS)
        return found
    finally:
        child.close()


def test_there_are_enough_and_each_has_its_own_name() -> None:
    assert len(ALL) >= 150
    assert len({poison.name for poison in ALL}) == len(ALL)


@pytest.mark.parametrize("poison", ALL, ids=lambda poison: poison.name)
def test_a_poison_is_one_marked_row_or_one_dead_child(poison: Poison, box: Sandbox, files: Path) -> None:
    file = files / f"{poison.name}.bin"
    before = psutil.Process().memory_info().rss
    if poison.may_die:
        with contextlib.suppress(sandbox.Died):
            check(poison, read(box, file), file)
    else:
        check(poison, read(box, file), file)
    gc.collect()
    assert psutil.Process().memory_info().rss - before < MOVED_BYTES


def check(poison: Poison, row: dict[str, Any], file: Path) -> None:
    """The row says what it must, and shows nothing that is not in the bytes."""
    size = file.stat().st_size
    with file.open("rb") as data:
        start = data.read(SHOWN)
    assert row["size_bytes"] == size
    assert row["raw"] == start[:RAW]
    words = " ".join([row["format"], row["text"], row["fault"], *row["notes"], *(f"{name} {why}" for name, why in row["declined"])])
    assert poison.said in words
    assert len(row["text"].encode()) <= SHOWN
    if row["format"] in ("text", "json"):
        assert start.startswith(row["text"].encode())
    elif row["format"] == "hex":
        assert start.startswith(bytes.fromhex(row["text"]))


def test_after_all_of_them_the_next_read_works(box: Sandbox, files: Path, tmp_path: Path) -> None:
    child = box.child(cpu_s=60)
    try:
        for name in ("avro-recursive-100000", "msgpack-deep-5000", "json-array-deep-1000000", "avro-long-max"):
            child.send(str(files / f"{name}.bin"))
            row = child.receive(SECONDS)
        assert row["text"] == "9223372036854775807"
    finally:
        child.close()

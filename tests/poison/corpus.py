"""All payloads, and the files of them."""

import json
import sys
from pathlib import Path

from tests.poison import binary, documents, framed, texts
from tests.poison.poison import Poison

ALL: tuple[Poison, ...] = (*texts.all(), *documents.all(), *framed.all(), *binary.all())


def write(poison: Poison, directory: Path) -> Path:
    """Return the file of a poison, just written; beside it stands what it is decoded with."""
    file = directory / f"{poison.name}.bin"
    file.write_bytes(poison.make())
    told = {"schema": poison.schema, "forced": poison.forced, "topic": poison.topic, "part": poison.part}
    file.with_suffix(".json").write_text(json.dumps({**told, "key": None if poison.key is None else poison.key.hex()}), encoding="utf-8")
    return file


if __name__ == "__main__":
    there = Path(sys.argv[1])
    there.mkdir(parents=True, exist_ok=True)
    for each in ALL:
        write(each, there)
    print(f"{len(ALL)} files in {there}")

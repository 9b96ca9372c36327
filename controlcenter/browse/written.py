"""Whole records as a child writes them for a file, seen from its parent: bytes that are passed on, and numbers that are checked."""

import re
from dataclasses import dataclass
from typing import Any

from controlcenter.browse.archive import Member

NAME = re.compile(r"[0-9]{1,10}-[0-9]{1,19}\.(key|value)")


@dataclass(frozen=True, slots=True)
class Written:
    """The rest of whole records as they stand in a file. members: of a ZIP, each starting so far behind the last whole record."""

    data: bytes
    places: list[tuple[int, int]]
    members: list[Member]
    manifest: bytes


def of_told(data: Any, places: Any, members: Any, manifest: Any) -> Written:
    """Return whole records as a child told them; raises ValueError or TypeError for what is none."""
    found = [Member(str(name), *map(int, numbers)) for name, *numbers in members]
    if any(not NAME.fullmatch(each.name) or not all(0 <= number < 1 << 32 for number in each[1:5]) for each in found):
        raise ValueError("no member of a ZIP")
    return Written(bytes(data), [(int(p), int(offset)) for p, offset in places], found, bytes(manifest))

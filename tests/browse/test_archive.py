"""ZIP files as pieces, read back by somebody else's reader."""

import io
import zipfile
from collections.abc import Generator
from typing import Any

from controlcenter.browse import archive
from controlcenter.browse.archive import Member


def drained(pieces: Generator[bytes, None, Member]) -> tuple[bytes, Member]:
    out = bytearray()
    while True:
        try:
            out += next(pieces)
        except StopIteration as ended:
            return bytes(out), ended.value


def written(contents: dict[str, bytes], **more: Any) -> bytes:
    whole, members = bytearray(), []
    for name, data in contents.items():
        piece, member = drained(archive.deflated(name, data))
        members.append(member._replace(start=len(whole)))
        whole += piece
    piece, member = drained(archive.stored("plain", [b"ab", b"", b"c"]))
    members.append(member._replace(start=len(whole)))
    whole += piece
    return bytes(whole) + b"".join(archive.directory(members, len(whole)))


def test_another_reader_finds_every_member_whole():
    contents = {"0-1.key": b"", "0-1.value": b"\x00\xff" * 1_500_000, "7-9.value": bytes(range(256))}
    with zipfile.ZipFile(io.BytesIO(written(contents))) as folder:
        assert folder.testzip() is None
        assert {name: folder.read(name) for name in contents} == contents
        assert folder.read("plain") == b"abc"


def test_more_members_than_sixteen_bits_count_are_found():
    contents = {f"0-{i}.value": b"%d" % i for i in range(66_000)}
    with zipfile.ZipFile(io.BytesIO(written(contents))) as folder:
        assert len(folder.namelist()) == 66_001
        assert folder.read("0-65999.value") == b"65999"


def test_a_member_beyond_four_gib_is_placed_in_64_bits():
    far = (1 << 32) + 5
    tail = b"".join(archive.directory([Member("far", 0, 0, 0, far)], far + 100))
    size = far + 100 + len(tail)

    class Sparse(io.RawIOBase):
        """A file of zeros that ends with the directory."""

        at = 0

        def seekable(self) -> bool:
            return True

        def tell(self) -> int:
            return self.at

        def seek(self, offset: int, whence: int = 0) -> int:
            self.at = offset + (0, self.at, size)[whence]
            return self.at

        def read(self, n: int = -1) -> bytes:
            n = size - self.at if n < 0 else min(n, size - self.at)
            found = bytes(tail[max(0, self.at - size + len(tail)) :][:n]) if self.at >= size - len(tail) else bytes(n)
            self.at += n
            return found

    with zipfile.ZipFile(Sparse()) as folder:  # type: ignore[call-overload]
        assert folder.getinfo("far").header_offset == far

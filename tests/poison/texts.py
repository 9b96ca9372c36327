"""Texts that are none, or not what they seem."""
# ruff: noqa: E501  (tables of bytes)

from tests.poison.poison import Poison, of

INVALID = {
    "continuation-alone": b"\x80", "two-byte-cut": b"ab\xc3", "three-byte-cut": b"\xe2\x82", "four-byte-cut": b"\xf0\x9f\x98",
    "overlong-slash-2": b"\xc0\xaf", "overlong-slash-3": b"\xe0\x80\xaf", "overlong-slash-4": b"\xf0\x80\x80\xaf", "overlong-nul": b"\xc0\x80",
    "surrogate-high": b"\xed\xa0\x80", "surrogate-low": b"\xed\xb0\x80", "surrogate-pair-cesu": b"\xed\xa0\xbd\xed\xb8\x80",
    "beyond-unicode": b"\xf4\x90\x80\x80", "five-byte": b"\xf8\x88\x80\x80\x80", "six-byte": b"\xfc\x84\x80\x80\x80\x80", "fe": b"\xfeabc", "ff": b"\xffabc",
    "latin-1": "café naïve".encode("latin-1"), "utf-16-le": "﻿text".encode("utf-16-le"), "utf-16-be": "text".encode("utf-16-be"), "utf-32": "ab".encode("utf-32"),
    "good-then-bad": b"good " * 1000 + b"\xc3\x28",
}  # fmt: skip
CONTROLS = {f"control-{code:02x}": b"a" + bytes([code]) + b"b" for code in (0, 1, 7, 8, 0x0B, 0x0C, 0x0E, 0x1B, 0x1F, 0x7F)}
TURNING = {
    f"bidi-{code:04x}": f"user{chr(code)}txt.exe".encode()
    for code in (0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069)
}
PLAIN = {
    "bom-utf-8": b"\xef\xbb\xbftext",
    "non-characters": "\ufdd0\uffff\U0001fffe".encode(),
    "private-use": "\ue000\U00100000".encode(),
    "zero-width": "a\u200b\u200c\u200d\u2060b".encode(),
    "line-separators": "a\u2028b\u2029c\u0085d".encode(),
    "tags": "".join(chr(0xE0000 + ord(c)) for c in "hidden").encode(),
    "script": b"<script>alert(1)</script>{{7*7}}${7*7}",
    "attribute": b"\" onmouseover=alert(1) x='",
    "formula": b"=cmd|' /C calc'!A0",
    "csv-breaker": b'","\r\n=1+1;"',
    "format-string": b"%s%n%x{0.__class__}",
    "ansi-in-text": b"\tone\r\ntwo",
    "emoji-family": "👨‍👩‍👧‍👦".encode() * 1000,
}


def all() -> list[Poison]:
    return [
        *(of(f"utf8-{name}", data, "hex") for name, data in INVALID.items()),
        *(of(f"text-{name}", data, "control character") for name, data in CONTROLS.items()),
        *(of(f"text-{name}", data, "turn the reading direction") for name, data in TURNING.items()),
        *(of(f"text-{name}", data, "text") for name, data in PLAIN.items()),
        Poison("text-marks-million", lambda: ("e" + "\u0301" * 1_000_000).encode(), "are shown"),
        Poison("text-line-20mb", lambda: b"x" * (20 << 20), "The first 4,096 of 20,971,520 bytes are shown"),
        Poison("text-lines-million", lambda: b"\n" * 1_000_000, "are shown"),
    ]

"""Names of topics and groups in addresses. Kafka's group ids may hold anything; an address may not.

Law: `decode(encode(name)) == name` for every text. Plain names read as they are; one that a browser, a proxy or Django
would change on the way (`/`, control characters, `.` and `..`, a leading `=`, the empty name) travels as `=` and base64url.
"""

import base64
import binascii
import re
from urllib.parse import quote, unquote

PLAIN = re.compile(r"(?!=)(?!\.{1,2}\Z)[^/\x00-\x1f\x7f\ud800-\udfff]+", re.DOTALL)


def encode(name: str) -> str:
    """Return the name as one path segment, percent-encoded."""
    return quote(_segment(name), safe="")


def decode(segment: str) -> str:
    """Return the name of a percent-encoded segment; raises ValueError for what `encode` never makes."""
    return _name(unquote(segment))


def _segment(name: str) -> str:
    if PLAIN.fullmatch(name):
        return name
    return "=" + base64.urlsafe_b64encode(name.encode("utf-8", "surrogatepass")).decode("ascii").rstrip("=")


def _name(segment: str) -> str:
    if not segment.startswith("="):
        return segment
    body = segment[1:]
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True).decode("utf-8", "surrogatepass")
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError(f"{segment!r} is no name") from None


class NameConverter:
    """`<name:topic>` in urls. Django has percent-decoded the path already, and quotes what `to_url` gives."""

    regex = "[^/]+"

    def to_python(self, segment: str) -> str:
        return _name(segment)

    def to_url(self, name: str) -> str:
        return _segment(name)

"""The parts of a URL as java.net.URI finds them (RFC 2396 with its deviations): no blanks or braces unescaped, host None for `mailto:`."""

import re
from dataclasses import dataclass
from unicodedata import category
from urllib.parse import unquote

_UNRESERVED = "A-Za-z0-9\\-_.!~*'()"
_PATH = re.compile(f"[{_UNRESERVED}:@&=+$,;/%]*\\Z")
_URIC = re.compile(f"[{_UNRESERVED};/?:@&=+$,\\[\\]%]*\\Z")
_REGISTRY = re.compile(f"[{_UNRESERVED}$,;:@&=+%]*\\Z")
_USER = re.compile(f"[{_UNRESERVED};:&=+$,%]*\\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*\Z")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_LAST_LABEL = "[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}|(?:{_LABEL}\.)+{_LAST_LABEL})\.?\Z")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\Z")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_]+)?\]\Z")


@dataclass(frozen=True, slots=True)
class Uri:
    """Each part decoded; None where the URL has none."""

    scheme: str | None
    host: str | None
    port: int | None
    path: str | None
    query: str | None
    fragment: str | None


def parse(text: str) -> Uri:
    """Return the parts of a URL; ValueError for one that java.net.URI refuses."""
    rest, has_fragment, fragment = text.partition("#")
    _check(_URIC, fragment, text)
    scheme, rest = _scheme(rest, text)
    if scheme and not rest.startswith("/"):
        if not rest:
            raise ValueError(f"Expected scheme-specific part: {text}")
        _check(_URIC, rest, text)
        return Uri(scheme, None, None, None, None, _decoded(fragment) if has_fragment else None)
    rest, has_query, query = rest.partition("?")
    _check(_URIC, query, text)
    host, port, path = None, None, rest
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
        if not authority and not (path or has_query or has_fragment):
            raise ValueError(f"Expected authority: {text}")
        host, port = _authority(authority, text)
    _check(_PATH, path, text)
    return Uri(scheme, host, port, _decoded(path), _decoded(query) if has_query else None, _decoded(fragment) if has_fragment else None)


def _scheme(rest: str, text: str) -> tuple[str | None, str]:
    """Return the scheme before the first colon, if no slash or question mark comes sooner, and what follows."""
    colon = re.search(r"[:/?]", rest)
    if not colon or colon.group() != ":":
        return None, rest
    scheme = rest[: colon.start()]
    if not _SCHEME.match(scheme):
        raise ValueError(f"Illegal character in scheme name: {text}")
    return scheme, rest[colon.end() :]


def _authority(authority: str, text: str) -> tuple[str | None, int | None]:
    """Return host and port; neither if the authority is only a name of a registry."""
    user, at, server = authority.rpartition("@")
    found = re.match(r"(\[.*\]|[^:]*)(?::([0-9]*))?\Z", server)
    if found and (not at or (_USER.match(user) and "@" not in user)):
        host, port = found.groups()
        if (_HOST.match(host) or _IPV4.match(host) or _IPV6.match(host)) and int(port or 0) < 2**31:
            return host, int(port) if port else None
    _check(_REGISTRY, authority, text)
    return None, None


def _check(allowed: re.Pattern[str], part: str, text: str) -> None:
    """Raise ValueError for a character that may not stand here; those beyond ASCII may, unless blank or control."""
    ascii_part = "".join(char for char in part if char.isascii() or category(char) in ("Zs", "Zl", "Zp", "Cc"))
    if not allowed.match(ascii_part) or re.search(r"%(?![0-9A-Fa-f]{2})", part):
        raise ValueError(f"Illegal character in URL: {text}")


def _decoded(part: str) -> str:
    return unquote(part, errors="replace") if "%" in part else part

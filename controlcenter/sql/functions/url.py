"""Parts of URLs, and the form encoding of parameters."""

from urllib.parse import quote_plus, unquote_plus

from controlcenter.sql.functions.base import Scalar
from controlcenter.sql.functions.signatures import signature
from controlcenter.sql.java import uri


def encode(value: str) -> str:
    """Return java.net.URLEncoder's text: blank as `+`, letters, digits and `.-*_` as they are, the rest as UTF-8 in percent signs."""
    return quote_plus(value, safe="*", errors="replace").replace("~", "%7E")


def decode(value: str) -> str:
    """Return java.net.URLDecoder's text; a percent sign without two digits is an error."""
    parts = value.split("%")
    if any(len(part) < 2 or not _is_hex(part[:2]) for part in parts[1:]):
        raise ValueError(f"Illegal hex characters in escape pattern: {value}")
    return unquote_plus(value, errors="replace")


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdefABCDEF" for char in text)


def parameter(url: str, name: str) -> str | None:
    """Return the first parameter of a name, `''` for one without a value; None if it is not there."""
    query = uri.parse(url).query
    for part in (query or "").split("&") if query is not None else ():
        key, _, value = part.partition("=")
        if key == name:
            return value
    return None


def _part(name: str, what: str, kind: str = "STRING") -> Scalar:
    return Scalar(
        f"url_extract_{name}",
        f"Returns the {name} of a URL.",
        "URL",
        (signature("STRING input", kind, lambda url: getattr(uri.parse(url), what)),),
    )


FUNCTIONS = (
    Scalar("url_encode_param", "Encodes a text for a URL.", "URL", (signature("STRING input", "STRING", encode),)),
    Scalar("url_decode_param", "Decodes a text of a URL.", "URL", (signature("STRING input", "STRING", decode),)),
    _part("protocol", "scheme"),
    _part("host", "host"),
    _part("port", "port", "INTEGER"),
    _part("path", "path"),
    _part("query", "query"),
    _part("fragment", "fragment"),
    Scalar(
        "url_extract_parameter",
        "Returns a parameter of a URL.",
        "URL",
        (signature("STRING input, STRING paramToFind", "STRING", parameter),),
    ),
)

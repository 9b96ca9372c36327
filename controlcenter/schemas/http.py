"""One request to a registry, bounded in time and size: it is as little trusted as the records are.

Law: an answer comes, or a Problem, within `seconds`; no redirect is followed; credentials go to the connection's own origin
alone; the address connected to is the one that was checked (no second look-up to be turned against us).
"""

import base64
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from controlcenter.errors import Kind, Problem
from controlcenter.schemas.model import Connection

SECONDS = 1.2  # of one request; a child that decodes has little more for a record
BODY_BYTES = 10 << 20
HEADERS = {
    "Accept": "application/vnd.schemaregistry.v1+json, application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "controlcenter",
}


def get(connection: Connection, path: str, seconds: float = SECONDS) -> Any:
    """Return the parsed answer to GET path; raises Problem.

    path  begins with / and is quoted already
    """
    end = time.monotonic() + seconds
    where = urlsplit(connection.url)
    if where.scheme not in ("http", "https") or not where.hostname:
        raise Problem(Kind.INVALID, f"{connection.url!r} is no address of a schema registry.", "Start it with http:// or https://.")
    try:
        status, body = _ask(connection, where, path, end)
    except (TimeoutError, ssl.SSLError, OSError, http.client.HTTPException) as fault:
        raise _trouble(fault, seconds) from None
    return _read(status, body)


def _ask(connection: Connection, where: Any, path: str, end: float) -> tuple[int, bytes]:
    port = where.port or (443 if where.scheme == "https" else 80)
    sock = _connect(where.hostname, port, end)
    made: http.client.HTTPConnection | None = None
    held = [sock]
    watch = threading.Timer(_left(end), _cut, [held])  # a socket's own timeout starts anew with each byte of a slow drip
    watch.start()
    try:
        if where.scheme == "https":
            sock = held[0] = ssl.create_default_context().wrap_socket(sock, server_hostname=where.hostname)
        made = http.client.HTTPConnection(where.hostname, port, timeout=_left(end))
        made.sock = sock
        made.request("GET", where.path.rstrip("/") + path, headers=_headers(connection))
        with made.getresponse() as answer:
            found = answer.status, _body(answer)
        _left(end)  # what came before we cut it off may look whole
        return found
    except http.client.HTTPException:
        _left(end)  # cut off by us
        raise
    finally:
        watch.cancel()
        if made is not None:
            made.close()
        sock.close()


def _connect(host: str, port: int, end: float) -> socket.socket:
    fault: OSError = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[:4]:
        _refuse(str(address[0]))
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(_left(end))
        try:
            sock.connect(address)
        except OSError as error:
            sock.close()
            fault = error
        else:
            return sock
    raise fault


def _refuse(address: str) -> None:
    """Refuse what no registry lives at: link-local (cloud metadata), multicast, unspecified."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        raise Problem(Kind.DENIED, f"{address} is no address to look for a schema registry at.", "Use the registry's own address.")


def _headers(connection: Connection) -> dict[str, str]:
    if not connection.username:
        return HEADERS
    pair = f"{connection.username}:{connection.password.reveal()}".encode()
    return {**HEADERS, "Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def _cut(held: list[socket.socket]) -> None:
    with suppress(OSError):
        held[0].shutdown(socket.SHUT_RDWR)


def _body(answer: http.client.HTTPResponse) -> bytes:
    body = answer.read(BODY_BYTES + 1)
    if len(body) > BODY_BYTES:
        raise Problem(Kind.BROKEN, f"the registry's answer is larger than {BODY_BYTES:,} bytes")
    if answer.length:
        raise http.client.IncompleteRead(body)
    return body


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _trouble(fault: Exception, seconds: float) -> Problem:
    if isinstance(fault, TimeoutError):
        return Problem(Kind.TIMEOUT, "registry timeout", f"The schema registry did not answer within {seconds:g} s.")
    if isinstance(fault, ssl.SSLError):
        return Problem(Kind.UNREACHABLE, f"the registry's certificate is not trusted ({fault.reason or 'TLS failed'})")
    if isinstance(fault, http.client.HTTPException):
        return Problem(Kind.BROKEN, "what answers is no schema registry")
    return Problem(
        Kind.UNREACHABLE, f"registry unreachable ({fault.strerror or fault})" if isinstance(fault, OSError) else "registry unreachable"
    )


def _read(status: int, body: bytes) -> Any:
    if status in (401, 403):
        raise Problem(Kind.DENIED, "the registry refuses our sign-in", "Set its user and password.")
    if 300 <= status < 400:
        raise Problem(Kind.BROKEN, "the registry answers with a redirect, which is not followed", "Set the address it points to.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        if status == 404:
            raise Problem(Kind.UNSUPPORTED, "the registry does not know this question (status 404)") from None
        raise Problem(
            Kind.BROKEN, f"the registry's answer (status {status}) is no JSON", "See that the address is the registry's API."
        ) from None
    if status == 404 and isinstance(told, dict) and told.get("error_code") == 404:  # of the address, not of what it names
        raise Problem(Kind.UNSUPPORTED, "the registry does not know this question (status 404)")
    if status == 404:
        raise Problem(Kind.ABSENT, "not in the registry")
    if status != 200:
        said = str(told.get("message", ""))[:200] if isinstance(told, dict) else ""
        raise Problem(Kind.BROKEN, f"the registry failed with status {status}" + (f": {said}" if said else ""))
    return told

"""What can be set: typed, defaulted, checked, redacted.

`FIELDS` is the one list of settings (docs/configuration.md is held to it by a test). `read(environ)` gives a frozen
`Config`, or raises `Faults` with every fault at once, each with its name, the redacted value and the remedy.
Any setting marked so can be read from a file by its name with `_FILE`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from os import environ as process_environ
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Secret:
    """Text that prints as •••. The value comes out by `.reveal()` alone."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "•••" if self._value else "''"

    __str__ = __repr__


class Faults(Exception):
    """Every fault found in the settings, one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. parse raises ValueError with the remedy; default is the text it would have in the environment."""

    name: str
    default: str
    meaning: str
    parse: Callable[[str], Any]
    is_secret: bool = False
    may_be_file: bool = False


def whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.lstrip("-").isascii() or not text.lstrip("-").isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"use a whole number from {low} to {high}")
        return int(text)

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"use one of {', '.join(word or '(empty)' for word in words)}")
        return text

    return parse


def flag(text: str) -> bool:
    if text.lower() not in ("0", "1", "true", "false", "yes", "no", ""):
        raise ValueError("use 1 or 0")
    return text.lower() in ("1", "true", "yes")


def words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text and not text.startswith(tuple(f"{scheme}:" for scheme in schemes)):
            raise ValueError(f"start it with {' or '.join(f'{scheme}:' for scheme in schemes)}")
        return text

    return parse


def site(text: str) -> str:
    """Return an address of the web without its last slash: a scheme and a host, no path."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment):
        raise ValueError("write it as https://name, with a port if it has one, and without a path")
    return text.rstrip("/")


def servers(text: str) -> str:
    for server in words(text):
        host, _, port = server.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"write host:port, separated by commas; {server!r} is not that")
    return ",".join(words(text))


FIELDS = (
    Field("CC_BIND", "127.0.0.1", "Address the web server listens on.", str),
    Field("CC_PORT", "8000", "Port the web server listens on.", whole(1, 65535)),
    Field("CC_PUBLIC_URL", "", "Address browsers use for this server (https://name); empty: made of CC_BIND and CC_PORT.", site),
    Field("CC_DATA_DIR", "./data", "Directory of everything kept: database, keys, demo cluster.", Path),
    Field(
        "CC_REDIS_URL",
        "",
        "Redis or Valkey to use; empty starts an embedded Valkey on a unix socket.",
        url("redis", "rediss", "unix"),
        is_secret=True,
        may_be_file=True,
    ),
    Field(
        "CC_DATABASE_URL",
        "",
        "PostgreSQL to use (postgres://user:password@host/name); empty keeps SQLite in the data directory.",
        url("postgres", "postgresql", "sqlite"),
        is_secret=True,
        may_be_file=True,
    ),
    Field("CC_ADMIN_NAME", "admin", "Name of the administrator made by CC_ADMIN_PASSWORD_FILE.", str),
    Field("CC_ADMIN_PASSWORD_FILE", "", "File with the first administrator's password: sets up without the link.", str),
    Field("CC_EXPORTS_MB", "10240", "Most MiB that the files of all exports take together, in the data directory.", whole(1, 1 << 24)),
    Field("CC_DEMO_BROKERS", "3", "Brokers of the demo cluster; 0 starts none.", whole(0, 9)),
    Field("CC_DEMO_TRAFFIC", "1", "Whether the demo cluster gets traffic.", flag),
    Field("CC_DEMO_REGISTRY", "0", "Whether the demo cluster gets a schema registry, and topics whose records have schemas.", flag),
    Field(
        "CC_SECRET_KEY",
        "",
        "Key that signs sessions, at least 50 characters; empty makes one in the data directory.",
        str,
        is_secret=True,
        may_be_file=True,
    ),
    Field("CC_ALLOWED_HOSTS", "", "Host names browsers use for this server, separated by commas; localhost always works.", words),
    Field("CC_BEHIND_TLS_PROXY", "0", "A proxy in front ends TLS: cookies are Secure, and a non-loopback bind is allowed.", flag),
    Field("CC_ANONYMOUS", "", "`viewer` lets everybody look without signing in, on a read-only install.", one_of("", "viewer")),
    Field("CC_DEBUG", "0", "Django's debug pages, for developers on a loopback bind.", flag),
    Field("KAFKA_BOOTSTRAP_SERVERS", "", "The cluster to watch (host:port, …) in place of the demo.", servers),
    Field("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT", "How to speak to it.", one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")),
    Field("KAFKA_SASL_MECHANISM", "", "How to sign in to it.", one_of("", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")),
    Field("KAFKA_SASL_USERNAME", "", "Name to sign in with.", str),
    Field("KAFKA_SASL_PASSWORD", "", "Password to sign in with.", str, is_secret=True, may_be_file=True),
    Field("KAFKA_SSL_CA", "", "Certificate authority of the brokers, as PEM text.", str, may_be_file=True),
    Field("KAFKA_SCHEMA_REGISTRY_URL", "", "Schema registry that speaks Confluent's API; empty when there is none.", url("http", "https")),
    Field("KAFKA_SCHEMA_REGISTRY_USERNAME", "", "Name to sign in to the registry with.", str),
    Field("KAFKA_SCHEMA_REGISTRY_PASSWORD", "", "Password to sign in to the registry with.", str, is_secret=True, may_be_file=True),
)

SECRETS = ("secret_key", "kafka_sasl_password", "kafka_schema_registry_password")  # kept as Secret


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, parsed. kafka_*: the cluster given by environment; kafka_bootstrap_servers "" means none."""

    bind: str
    port: int
    public_url: str
    data_dir: Path
    redis_url: str = field(repr=False)
    database_url: str = field(repr=False)
    admin_name: str
    admin_password_file: str
    exports_mb: int
    demo_brokers: int
    demo_traffic: bool
    demo_registry: bool
    secret_key: Secret
    allowed_hosts: tuple[str, ...]
    behind_tls_proxy: bool
    anonymous: str
    debug: bool
    kafka_bootstrap_servers: str
    kafka_security_protocol: str
    kafka_sasl_mechanism: str
    kafka_sasl_username: str
    kafka_sasl_password: Secret
    kafka_ssl_ca: str
    kafka_schema_registry_url: str
    kafka_schema_registry_username: str
    kafka_schema_registry_password: Secret

    @property
    def is_loopback(self) -> bool:
        return self.bind in ("127.0.0.1", "::1", "localhost")

    @property
    def reached_at(self) -> str:
        """Where this machine itself reaches the web server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)  # noqa: S104  compared, not bound to
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def url(self) -> str:
        """Where browsers reach it, without a slash at the end."""
        return self.public_url or self.reached_at

    @property
    def has_demo(self) -> bool:
        return not self.kafka_bootstrap_servers and self.demo_brokers > 0

    @property
    def valkey_socket(self) -> Path:
        return self.data_dir.resolve() / "valkey.sock"


def read(environ: Mapping[str, str]) -> Config:
    """Return the settings of an environment; raises Faults with all that is wrong, at once."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    for setting in FIELDS:
        try:
            text = _text(setting, environ)
            value = setting.parse(text)
        except (ValueError, OSError) as fault:
            shown = "•••" if setting.is_secret else repr(environ.get(setting.name, ""))
            faults.append(f"{setting.name}={shown}: {fault}.")
            continue
        name = setting.name.removeprefix("CC_").lower()
        values[name] = Secret(value) if name in SECRETS else value
    if not faults:
        faults = _together(values)
    if faults:
        raise Faults(faults)
    return Config(**values)


@cache
def current() -> Config:
    """Return the settings of this process, read once."""
    return read(process_environ)


def _text(setting: Field, environ: Mapping[str, str]) -> str:
    if setting.may_be_file and (path := environ.get(f"{setting.name}_FILE")):
        return Path(path).read_text(encoding="utf-8").strip()
    return environ.get(setting.name, setting.default).strip()


def _together(values: Mapping[str, Any]) -> list[str]:
    """Return the faults of settings that do not fit each other."""
    faults = []
    sasl = values["kafka_security_protocol"].startswith("SASL")
    if sasl and not values["kafka_sasl_mechanism"]:
        faults.append("KAFKA_SASL_MECHANISM is empty: KAFKA_SECURITY_PROTOCOL asks for SASL; use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.")
    if values["kafka_sasl_mechanism"] and not sasl:
        faults.append("KAFKA_SASL_MECHANISM is set, but KAFKA_SECURITY_PROTOCOL does not sign in; use SASL_SSL or SASL_PLAINTEXT.")
    key = values["secret_key"].reveal()
    if key and len(key) < 50:
        faults.append("CC_SECRET_KEY=•••: shorter than 50 characters; leave it empty to have one made, or use a longer one.")
    if "*" in values["allowed_hosts"]:
        faults.append("CC_ALLOWED_HOSTS='*': any host name would be trusted; name the hosts browsers use.")
    return faults

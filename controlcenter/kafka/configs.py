"""Configs of topics and brokers: value, where it comes from, what it means."""

from collections.abc import Iterable, Sequence
from typing import Any

from kafka.protocol.admin import DescribeConfigsRequest

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import errors
from controlcenter.kafka.model import ConfigEntry, Failure, Partial
from controlcenter.kafka.wire import Wire

KINDS = {"topic": 2, "broker": 4}
AT_ONCE = 1000  # topics a request
TIMEOUT_S = 10.0
DEFAULT = 5
SOURCES = {
    1: "topic", 2: "dynamic broker", 3: "dynamic default broker", 4: "static", DEFAULT: "default", 6: "broker logger", 7: "client metrics",
    8: "group",
}  # fmt: skip
TYPES = {1: "boolean", 2: "string", 3: "int", 4: "short", 5: "long", 6: "double", 7: "list", 8: "class", 9: "password"}


def read(wire: Wire, kind: str, names: Sequence[str], keys: Sequence[str] | None) -> Partial[dict[str, tuple[ConfigEntry, ...]]]:
    """Return the configs of topics or brokers by name; keys None: all of them, with documentation and default.

    A name that is gone, or that we may not read, is missing, and a failure says why.
    """
    found: dict[str, tuple[ConfigEntry, ...]] = {}
    failures: list[Failure] = []
    for batch in _rounds(wire, kind, names):
        requests = {broker: _request(kind, asked, keys) for broker, asked in batch.items()}
        for broker, answer in wire.ask_each(requests, TIMEOUT_S).items():
            if isinstance(answer, Problem):
                failures.append(Failure("configs", broker, answer.kind, answer.what))
                continue
            for result in answer.results:
                if result.error_code:
                    about = f"{kind} {result.resource_name}"
                    failures.append(errors.failure("configs", broker, result.error_code, about))
                else:
                    found[result.resource_name] = tuple(_entry(each) for each in result.configs)
    return Partial(found, tuple(failures))


def _rounds(wire: Wire, kind: str, names: Sequence[str]) -> Iterable[dict[int, Sequence[str]]]:
    """Yield broker → names to ask it for. A broker answers for itself alone; topics any broker knows, so they share the work."""
    if not names:
        return
    if kind == "broker":
        yield {int(name): [name] for name in names}
        return
    brokers = wire.answering()
    if not brokers:
        raise Problem(Kind.UNREACHABLE, "No broker of the cluster is known.")
    chunks = [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]
    for start in range(0, len(chunks), len(brokers)):
        yield dict(zip(brokers, chunks[start : start + len(brokers)], strict=False))


def _request(kind: str, names: Sequence[str], keys: Sequence[str] | None) -> Any:
    of = DescribeConfigsRequest.DescribeConfigsResource
    wanted = None if keys is None else list(keys)
    resources = [of(resource_type=KINDS[kind], resource_name=name, configuration_keys=wanted) for name in names]
    return DescribeConfigsRequest(resources=resources, include_synonyms=keys is None, include_documentation=keys is None)


def _entry(told: Any) -> ConfigEntry:
    value = None if told.is_sensitive else told.value
    default = next((each.value for each in told.synonyms or () if each.source == DEFAULT), None)
    return ConfigEntry(
        name=told.name,
        value=value,
        source=SOURCES.get(told.config_source, "unknown"),
        is_read_only=bool(told.read_only),
        is_sensitive=bool(told.is_sensitive),
        type=TYPES.get(told.config_type, ""),
        documentation=told.documentation or "",
        default=value if told.config_source == DEFAULT else default,
    )

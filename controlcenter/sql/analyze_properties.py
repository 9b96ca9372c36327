"""WITH (…): which properties there are, and what their values mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from controlcenter.errors import Kind, Problem
from controlcenter.sql import ast, format, lexer
from controlcenter.sql.catalog import KeyWindow, Timestamp
from controlcenter.sql.faults import invalid

_COMMON = frozenset(
    (
        *("KAFKA_TOPIC", "PARTITIONS", "REPLICAS", "RETENTION_MS", "CLEANUP_POLICY", "FORMAT", "KEY_FORMAT", "VALUE_FORMAT"),
        *("KEY_DELIMITER", "VALUE_DELIMITER", "WRAP_SINGLE_VALUE", "TIMESTAMP", "TIMESTAMP_FORMAT"),
        *("KEY_SCHEMA_ID", "VALUE_SCHEMA_ID", "KEY_SCHEMA_FULL_NAME", "VALUE_SCHEMA_FULL_NAME", "VALUE_AVRO_SCHEMA_FULL_NAME"),
        *("KEY_PROTOBUF_NULLABLE_REPRESENTATION", "VALUE_PROTOBUF_NULLABLE_REPRESENTATION"),
    )
)
CREATE = _COMMON | {"WINDOW_TYPE", "WINDOW_SIZE", "SOURCE_CONNECTOR", "SOURCED_BY_CONNECTOR"}
CREATE_AS = _COMMON | {"QUERY_ID"}
INSERT = frozenset(("QUERY_ID",))
_UNITS = {"DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1_000, "MILLISECOND": 1}
_WINDOWS = ("SESSION", "HOPPING", "TUMBLING")


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of one WITH, by upper-case name, as text; checked one by one."""

    values: Mapping[str, str]

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def whole(self, name: str) -> int | None:
        """Return a property that is a number."""
        return _parsed(name, self.values[name], int) if name in self.values else None

    def flag(self, name: str) -> bool | None:
        """Return a property that is true or false."""
        return None if name not in self.values else self.values[name].lower() == "true"

    def format(self, side: Literal["KEY", "VALUE"]) -> str | None:
        """Return the format's name for one side, in upper case; None when none is given."""
        given = self.values.get(f"{side}_FORMAT", self.values.get("FORMAT"))
        return None if given is None else given.upper()

    def format_settings(self, side: Literal["KEY", "VALUE"]) -> tuple[tuple[str, str], ...]:
        """Return what WITH says about one side's format, under ksqlDB's names."""
        full_name = self.values.get(f"{side}_SCHEMA_FULL_NAME")
        if full_name is None and side == "VALUE":
            full_name = self.values.get("VALUE_AVRO_SCHEMA_FULL_NAME")
        given = {
            "delimiter": self.values.get(f"{side}_DELIMITER"),
            "fullSchemaName": full_name,
            "schemaId": self.values.get(f"{side}_SCHEMA_ID"),
            "nullableRepresentation": self.values.get(f"{side}_PROTOBUF_NULLABLE_REPRESENTATION"),
        }
        return tuple((name, value) for name, value in given.items() if value is not None)

    def timestamp(self) -> Timestamp | None:
        """Return the column of the event time; its name as it counts."""
        given = self.values.get("TIMESTAMP")
        return None if given is None else Timestamp(column_name(given), self.values.get("TIMESTAMP_FORMAT"))

    def window(self) -> KeyWindow | None:
        """Return the window that the topic's keys carry."""
        kind, size = self.values.get("WINDOW_TYPE"), self.values.get("WINDOW_SIZE")
        if kind is None:
            if size is not None:
                raise _refused("'WINDOW_SIZE' should not be set without 'WINDOW_TYPE'.")
            return None
        if kind.upper() == "SESSION":
            if size is not None:
                raise _refused("'WINDOW_SIZE' should not be set for SESSION windows.")
            return KeyWindow("SESSION")
        if size is None:
            raise _refused(
                f"{kind.upper()} windows require 'WINDOW_SIZE' to be provided in the WITH clause. For example: 'WINDOW_SIZE'='10 SECONDS'"
            )
        return KeyWindow(cast(Any, kind.upper()), duration(size))


def read(given: tuple[ast.Property, ...], known: frozenset[str]) -> Properties:
    """Return the properties of a WITH, or raise for an unknown name or a value that cannot be."""
    values = {one.name: _text(one) for one in given}
    unknown = sorted(set(values) - known)
    if unknown:
        raise _refused(f"Invalid config variable(s) in the WITH clause: {','.join(unknown)}")
    for name, value in values.items():
        if name in _CHECKS:
            _CHECKS[name](name, value)
    for side in ("KEY", "VALUE"):
        if f"{side}_FORMAT" in values and "FORMAT" in values:
            raise _refused(
                f"Cannot supply both '{side}_FORMAT' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. "
                "Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'."
            )
    return Properties(values)


def column_name(text: str) -> str:
    """Return the column that a property's text names: upper case unless quoted."""
    tokens = [token for token in lexer.tokens(text) if token.kind != "space"]
    return lexer.name_of(tokens[0]) if len(tokens) == 1 and tokens[0].kind in ("word", "quoted") else text


def duration(text: str) -> int:
    """Return the ms of '30 SECONDS'."""
    words = text.split()
    lead = f"Configuration WINDOW_SIZE is invalid: Invalid duration: '{text}'."
    if len(words) != 2:
        raise _refused(f"{lead} Expected 2 tokens, got: {len(words)}")
    if not (words[0].isascii() and words[0].isdigit()):
        raise _refused(f"{lead} Not numeric: '{words[0]}'")
    unit = _UNITS.get(words[1].upper().removesuffix("S"))
    if unit is None:
        raise _refused(f"{lead} Unknown time unit: '{words[1].upper()}'")
    return int(words[0]) * unit


def _text(one: ast.Property) -> str:
    value = one.value
    return value.value if isinstance(value, ast.String) else format.expression(value)


def _refused(what: str) -> Problem:
    return invalid(f"Failed to prepare statement: {what}")


def _parsed(name: str, value: str, parse: Callable[[str], int]) -> int:
    try:
        return parse(value)
    except ValueError:
        raise _refused(f"Invalid value {value} for configuration {name}: Not a number of type INT") from None


def _check_delimiter(name: str, value: str) -> None:
    if value == "" or (not value.strip() and value):
        raise _refused(
            f"Configuration {name} is invalid: Delimiter cannot be empty, if you meant to have a tab or space for delimiter, "
            "please use the special values 'TAB' or 'SPACE'\nExample valid value: ';'"
        )
    if len(value) != 1 and value.upper() not in ("TAB", "SPACE"):
        raise _refused(
            f"Configuration {name} is invalid: Invalid delimiter value: '{value}'. Delimiter must be a single character or TAB,SPACE"
            "\nExample valid value: ';'"
        )


def _check_whole(name: str, value: str) -> None:
    _parsed(name, value, int)


def _check_flag(name: str, value: str) -> None:
    if value.lower() not in ("true", "false"):
        raise _refused(f"Invalid value {value} for configuration {name}: Expected value to be either true or false")


def _check_window(name: str, value: str) -> None:
    if value.upper() not in _WINDOWS:
        raise _refused(f"Invalid value {value} for configuration {name}: String must be one of: {', '.join(_WINDOWS)}, null")


def _check_size(name: str, value: str) -> None:
    duration(value)


def _check_policy(name: str, value: str) -> None:
    raise Problem(
        Kind.INVALID,
        "Invalid config variable in the WITH clause: CLEANUP_POLICY.\nThe CLEANUP_POLICY config is automatically inferred "
        "based on the type of source (STREAM or TABLE).\nUsers can't set the CLEANUP_POLICY config manually.",
    )


def _check_nullable(name: str, value: str) -> None:
    if value.upper() not in ("OPTIONAL", "WRAPPER"):
        raise _refused(f"Invalid value {value} for configuration {name}: String must be one of: OPTIONAL, WRAPPER, null")


_CHECKS: dict[str, Callable[[str, str], None]] = {
    "CLEANUP_POLICY": _check_policy,
    "KEY_DELIMITER": _check_delimiter,
    "KEY_PROTOBUF_NULLABLE_REPRESENTATION": _check_nullable,
    "KEY_SCHEMA_ID": _check_whole,
    "PARTITIONS": _check_whole,
    "REPLICAS": _check_whole,
    "RETENTION_MS": _check_whole,
    "VALUE_DELIMITER": _check_delimiter,
    "VALUE_PROTOBUF_NULLABLE_REPRESENTATION": _check_nullable,
    "VALUE_SCHEMA_ID": _check_whole,
    "WINDOW_SIZE": _check_size,
    "WINDOW_TYPE": _check_window,
    "WRAP_SINGLE_VALUE": _check_flag,
}

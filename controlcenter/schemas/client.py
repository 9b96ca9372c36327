"""What is asked of a registry. Answers are shapes we check; another id or type than asked for is BROKEN, never believed.

The subjects of an id are told apart from the schema: a registry that does not know them (or is slow) still gives the schema.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from controlcenter.errors import Kind, Problem
from controlcenter.schemas import http
from controlcenter.schemas.model import REFERENCES, TEXT_BYTES, TYPES, Connection, Schema, Version

TOTAL_S = 3.0  # of one schema with all it refers to


def _nothing() -> None:
    """Do nothing before a request."""


class Client:
    """One registry. before: called ahead of each request (a child beats so that waiting is not taken for hanging)."""

    def __init__(self, connection: Connection, *, seconds: float = http.SECONDS, before: Callable[[], None] = _nothing) -> None:
        self.connection, self.seconds, self.before = connection, seconds, before

    def schema(self, number: int) -> Schema:
        """Return the schema of an id, references resolved; raises Problem."""
        end = time.monotonic() + TOTAL_S
        told = self._get(f"/schemas/ids/{number}", end)
        if told.get("id", number) != number:
            raise Problem(Kind.BROKEN, f"the registry answers with id {str(told['id'])[:20]}")
        return self._whole(number, told, self._versions_of(number, end), end)

    def by_guid(self, guid: str) -> Schema:
        """Return the schema of a GUID (`89791762-2336-4186-9674-299b90a802e2`), references resolved; raises Problem.

        Its id and its subjects are asked for apart: an id is a registry's own, a GUID everybody's.
        """
        end = time.monotonic() + TOTAL_S
        try:
            told = self._get(f"/schemas/guids/{quote(guid, safe='')}", end)
        except Problem as problem:
            if problem.kind is Kind.UNSUPPORTED:
                raise Problem(Kind.UNSUPPORTED, "the registry does not look schemas up by GUID") from None
            raise
        if str(told.get("guid") or guid).lower() != guid:
            raise Problem(Kind.BROKEN, f"the registry answers with GUID {str(told['guid'])[:40]}")
        number = self._id_of(guid, told, end)
        versions = self._versions_of(number, end) if number is not None else ()
        return replace(self._whole(number, told, versions, end), guid=guid)

    def _id_of(self, guid: str, told: dict[str, Any], end: float) -> int | None:
        if isinstance(told.get("id"), int):
            return int(told["id"])
        try:
            ids = self._ask(f"/schemas/guids/{quote(guid, safe='')}/ids", end)
        except Problem:
            return None
        found = [each.get("id") for each in ids if isinstance(each, dict)] if isinstance(ids, list) else []
        return next((number for number in found if isinstance(number, int)), None)

    def version(self, subject: str, version: int | None = None) -> Schema:
        """Return a subject's schema of one version, or its latest; raises Problem."""
        end = time.monotonic() + TOTAL_S
        told = self._get(f"/subjects/{quote(subject, safe='')}/versions/{'latest' if version is None else version}", end)
        number, seen = told.get("id"), told.get("version")
        if not isinstance(number, int) or not isinstance(seen, int):
            raise Problem(Kind.BROKEN, "the registry tells a version without id")
        return self._whole(number, told, (Version(subject, seen),), end)

    def subjects(self) -> tuple[str, ...]:
        """Return the name of every subject, sorted."""
        return tuple(sorted(name for name in self._list("/subjects") if isinstance(name, str)))

    def versions(self, subject: str) -> tuple[int, ...]:
        """Return a subject's versions, oldest first."""
        return tuple(sorted(v for v in self._list(f"/subjects/{quote(subject, safe='')}/versions") if isinstance(v, int)))

    def _versions_of(self, number: int, end: float) -> tuple[Version, ...]:
        try:
            told = self._ask(f"/schemas/ids/{number}/versions", end)
        except Problem:
            return ()
        if not isinstance(told, list):
            return ()
        pairs = ((each.get("subject"), each.get("version")) for each in told[:1000] if isinstance(each, dict))
        return tuple(Version(subject, version) for subject, version in pairs if isinstance(subject, str) and isinstance(version, int))

    def _whole(self, number: int | None, told: dict[str, Any], versions: tuple[Version, ...], end: float) -> Schema:
        found: dict[str, str] = {}
        kind = _type(told)
        self._follow(told, kind, found, set(), end)
        return Schema(number, kind, _text(told), tuple(found.items()), versions)

    def _follow(self, told: dict[str, Any], kind: str, found: dict[str, str], open_names: set[str], end: float) -> None:
        """Put every schema that this one refers to into found, each after those it needs itself."""
        for name, subject, version in _references(told):
            if name in found or name in open_names:
                continue
            if len(found) + len(open_names) >= REFERENCES:
                raise Problem(Kind.BROKEN, f"it refers to more than {REFERENCES} schemas")
            open_names.add(name)
            other = self._get(f"/subjects/{quote(subject, safe='')}/versions/{version}", end)
            if _type(other) != kind:
                raise Problem(Kind.BROKEN, f"it refers to {name}, which is of another type")
            self._follow(other, kind, found, open_names, end)
            open_names.discard(name)
            found[name] = _text(other)

    def _get(self, path: str, end: float) -> dict[str, Any]:
        told = self._ask(path, end)
        if not isinstance(told, dict):
            raise Problem(Kind.BROKEN, "what answers is no schema registry")
        return told

    def _list(self, path: str) -> Iterable[Any]:
        told = self._ask(path, time.monotonic() + self.seconds)
        if not isinstance(told, list):
            raise Problem(Kind.BROKEN, "what answers is no schema registry")
        return told

    def _ask(self, path: str, end: float) -> Any:
        self.before()
        left = end - time.monotonic()
        if left <= 0:
            raise Problem(Kind.TIMEOUT, "registry timeout", "The schema registry answers too slowly.")
        return http.get(self.connection, path, min(self.seconds, left))


def _type(told: dict[str, Any]) -> str:
    kind = told.get("schemaType") or "AVRO"  # absent means Avro, which was there first
    if kind not in TYPES:
        raise Problem(Kind.UNSUPPORTED, f"the registry tells a schema of type {str(kind)[:40]}")
    return str(kind)


def _text(told: dict[str, Any]) -> str:
    text = told.get("schema")
    if not isinstance(text, str):
        raise Problem(Kind.BROKEN, "the registry tells no schema text")
    if len(text) > TEXT_BYTES:
        raise Problem(Kind.BROKEN, f"the schema is larger than {TEXT_BYTES:,} characters")
    return text


def _references(told: dict[str, Any]) -> list[tuple[str, str, int]]:
    listed = told.get("references") or []
    found = []
    for each in listed if isinstance(listed, list) else []:
        name, subject, version = (each.get(word) if isinstance(each, dict) else None for word in ("name", "subject", "version"))
        if not isinstance(name, str) or not isinstance(subject, str) or not isinstance(version, int):
            raise Problem(Kind.BROKEN, "the registry tells a reference that names nothing")
        found.append((name, subject, version))
    return found

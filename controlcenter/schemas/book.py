"""Schemas by id or GUID for the life of one child: handed over, fetched, or known to fail. Nothing is asked twice.

After two requests without an answer the registry counts as down: further ids fail at once, so that a page of a hundred
records does not wait a hundred times.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from controlcenter.errors import Kind, Problem
from controlcenter.schemas import model
from controlcenter.schemas.client import Client
from controlcenter.schemas.model import Schema

TRIES = 2
IDS = 200  # fetched for one answer, unless told otherwise: a record's four bytes may name any id


class Book:
    """client None: only what was handed over is known. learned: told each schema that was fetched."""

    def __init__(
        self, client: Client | None, known: Iterable[Schema] = (), learned: Callable[[Schema], None] = lambda _: None, most_ids: int = IDS
    ) -> None:
        self.client, self.learned, self.most_ids = client, learned, most_ids
        self._known: dict[int | str | None, Schema] = {schema.guid or schema.id: schema for schema in known}
        self._failed: dict[int | str, Problem] = {}
        self._silent: list[Problem] = []
        self.asked = 0

    def get(self, number: int) -> Schema:
        """Return the schema of an id; raises Problem, the same one each time."""
        return self._find(number)

    def by_guid(self, guid: str) -> Schema:
        """Return the schema of a GUID; raises Problem, the same one each time."""
        return self._find(guid)

    def _find(self, name: int | str) -> Schema:
        if found := self._known.get(name):
            return found
        if name not in self._failed:
            try:
                return self._fetch(name)
            except Problem as problem:
                self._failed[name] = problem
                if problem.kind in (Kind.TIMEOUT, Kind.UNREACHABLE):
                    self._silent.append(problem)
        raise self._failed[name]

    def _fetch(self, name: int | str) -> Schema:
        if self.client is None:
            raise Problem(Kind.ABSENT, "no schema registry is set for this cluster")
        if len(self._silent) >= TRIES:
            raise self._silent[-1]
        if self.asked >= self.most_ids:
            raise Problem(Kind.UNSUPPORTED, f"more than {self.most_ids:,} ids were looked up for this answer")
        self.asked += 1
        found = self.client.schema(name) if isinstance(name, int) else self.client.by_guid(name)
        self._known[name] = found
        self.learned(found)
        return found


def of_job(told: Mapping[str, Any] | None, send: Callable[..., None]) -> Book | None:
    """Return a child's book by what its job says of the registry, None when it has none; what is fetched goes to the parent."""
    if not told:
        return None
    client = Client(model.connection_of(told), before=lambda: send("fetching"))
    known = [model.of_frame(each) for each in told.get("known", ())]
    return Book(client, known, lambda schema: send("schemas", [model.framed(schema)]))

"""Schemas and frames for tests, and whoever knows the schemas."""

from controlcenter.errors import Kind, Problem
from controlcenter.schemas.model import Schema, Version


class Known:
    """Schemas by id, as a registry would tell them; an exception in a schema's place is raised."""

    def __init__(self, *schemas: Schema, **failing: Problem) -> None:
        self.schemas = {schema.id: schema for schema in schemas}
        self.failing = failing

    def get(self, number: int) -> Schema:
        if problem := self.failing.get(f"id{number}"):
            raise problem
        if number not in self.schemas:
            raise Problem(Kind.ABSENT, "not in the registry")
        return self.schemas[number]

    def by_guid(self, guid: str) -> Schema:
        if problem := self.failing.get("guid"):
            raise problem
        for schema in self.schemas.values():
            if schema.guid == guid:
                return schema
        raise Problem(Kind.ABSENT, "not in the registry")


def avro(text: str, number: int = 7, *, subject: str = "orders-value", **more: str) -> Schema:
    return Schema(number, "AVRO", text, tuple(more.items()), (Version(subject, 3),))


def protobuf(text: str, number: int = 8, *, subject: str = "orders-value", references: tuple[tuple[str, str], ...] = ()) -> Schema:
    return Schema(number, "PROTOBUF", text, references, (Version(subject, 1),))


def json_schema(text: str, number: int = 9, *, references: tuple[tuple[str, str], ...] = ()) -> Schema:
    return Schema(number, "JSON", text, references, (Version("orders-value", 2),))


def frame(number: int, payload: bytes) -> bytes:
    return b"\x00" + number.to_bytes(4, "big") + payload

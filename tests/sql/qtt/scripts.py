"""Scripts with ASSERT: statements one after another against running queries; `judge` gives "" or what is wrong."""

from dataclasses import replace

from controlcenter.errors import Problem
from controlcenter.sql import analyze, ast, parser
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.catalog import Schema
from controlcenter.sql.codegen import insert
from controlcenter.sql.engine import Engine
from tests.sql.qtt import topics, udfs

SETTINGS = Settings(functions=udfs.REGISTRY, partitions=lambda name: 1)


class Wrong(Exception):
    """An ASSERT that does not hold."""


class Script:
    """A running script: how far each topic has been read."""

    def __init__(self):
        self.engine = Engine({"auto.offset.reset": "earliest"}, SETTINGS, topics.ALL)
        self.read = {}

    def run(self, text):
        for node in parser.parse(text, is_test_script=True):
            match node:
                case ast.AssertValues():
                    self.check_record(node)
                case ast.AssertSource():
                    self.check_source(node)
                case _:
                    self.engine.apply([node])

    def check_record(self, node):
        source = self.engine.catalog.source(node.name)
        if source is None:
            raise Wrong(f"{node.name} does not exist")
        log, at = self.engine.topics[source.topic], self.read.get(source.topic, 0)
        if at >= len(log):
            raise Wrong("Expected another record, but all records have already been read:")
        self.read[source.topic] = at + 1
        wanted, got = self.wanted(node, source), self.got(log[at], source)
        if node.is_tombstone != (log[at].value_ is None) or any(got.get(name) != value for name, value in wanted.items()):
            raise Wrong(f"Expected record does not match actual. Expected {wanted}, got {got}")

    def wanted(self, node, source):
        columns = tuple(replace(c, place="VALUE") for c in source.schema if c.place in ("KEY", "VALUE"))
        plain = replace(source, kind="STREAM", schema=Schema(columns), is_read_only=False, window=None, is_derived=False)
        done = analyze.statement(
            ast.InsertValues(node.name, node.columns, node.values), self.engine.catalog.with_source(plain), self.engine.settings
        )
        found = {column.name: insert.evaluate(e) for column, e in zip(done.columns, done.values, strict=True)}
        return found if done.rowtime is None else {**found, "ROWTIME": insert.evaluate(done.rowtime)}

    def got(self, record, source):
        found = {"ROWTIME": record.timestamp_ms}
        suffix = {None: 0, "SESSION": 16}.get(source.window and source.window.kind, 8)
        key = record.key_[: len(record.key_) - suffix] if record.key_ is not None else None
        for data, columns, form, is_key in (
            (key, source.schema.key, source.key_format, True),
            (record.value_, source.schema.value, source.value_format, False),
        ):
            values = None if data is None or not columns else topics.ALL[form.name].reader(columns, form, is_key)(data)
            found |= {column.name: value for column, value in zip(columns, values or [None] * len(columns), strict=True)}
        return found

    def check_source(self, node):
        created = ast.CreateSource(node.kind, node.name, node.columns, node.properties)
        known = self.engine.catalog
        wanted = analyze.statement(created, known.without_source(node.name), self.engine.settings).source
        got = known.source(node.name)
        if got is None:
            raise Wrong(f"Source {node.name} does not exist")
        for word, one, other in (
            ("type", got.kind, wanted.kind),
            ("schema", list(got.schema), list(wanted.schema)),
            ("kafka topic", got.topic, wanted.topic),
            ("key format", got.key_format.name, wanted.key_format.name),
            ("value format", got.value_format.name, wanted.value_format.name),
            ("delimiter", got.value_format.delimiter, wanted.value_format.delimiter),
            ("key properties", got.key_format, wanted.key_format),
            ("value properties", got.value_format, wanted.value_format),
            ("timestamp column", got.timestamp and got.timestamp.column, wanted.timestamp and wanted.timestamp.column),
            ("timestamp format", got.timestamp and got.timestamp.format, wanted.timestamp and wanted.timestamp.format),
        ):
            if one != other:
                raise Wrong(f"Expected {word} does not match actual for source {node.name}. Expected {other}, got {one}")


def judge(case):
    """Return "" when a script ends as it must, else why not."""
    try:
        Script().run(case["sql"])
    except (Problem, Wrong) as problem:
        if case["expected_error"] is None:
            return f"refused: {problem}"
        wanted = case["expected_message"]
        return "" if wanted is None or wanted in str(problem) else f"said {problem}, expected {wanted}"
    except Exception as error:
        return f"crash: {type(error).__name__}: {error}"
    return "" if case["expected_error"] is None else f"accepted, expected {case['expected_message']}"

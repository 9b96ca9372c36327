"""Generated source: what it looks like, and that nothing else than what we write can run."""

import ast
import traceback

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controlcenter.errors import Problem
from controlcenter.sql.codegen import build, check
from controlcenter.sql.engine import Engine, collector
from controlcenter.sql.records import Record
from tests.sql.codegen import goldens


@pytest.mark.parametrize("script", goldens.scripts(), ids=lambda path: path.stem)
def test_the_source_is_the_one_that_was_read(script):
    assert goldens.generated(script) == script.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from os import path",
        "def run(batch, out): out('text')",
        "def run(batch, out): out(b'text')",
        "def run(batch, out): out(1.5)",
        "def run(batch, out): out.__class__",
        "def run(batch, out): out.mro()",
        "def run(batch, out): eval(K1)",
        "def run(batch, out): open(K1)",
        "def run(batch, out): v1 = [v2 for v2 in batch]",
        "def run(batch, out): v1 = f'{K1}'",
        "def run(batch, out): yield K1",
        "async def run(batch, out): pass",
        "class K1: pass",
        "def run(batch, out): global K1",
        "def run(batch, out): m(**K1)",
        "def run(batch, out): m(file=K1)",
        "@K1\ndef run(batch, out): pass",
        "def run(batch, out, sys): pass",
        "def run(batch, out):\n try: pass\n except Exception as os: pass",
        "def run(batch, out): raise K1",
        "with K1: pass",
    ],
)
def test_source_with_anything_else_is_refused(source):
    with pytest.raises(Problem, match="may not hold"):
        check.check(ast.parse(source))


def test_generated_source_has_almost_no_builtins():
    assert sorted(build.BUILTINS) == ["Exception", "float", "int", "len", "max", "min", "range", "type"]


# — whatever a statement says, only names of ours run ———————————————————————————

WORDS = ["K0", "v0", "out", "m", "state", "None", "True", "SELECT", "ＳＥＬＥＣＴ", "ｅｖａｌ", "__import__('os')", "');import os#"]
NASTY = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*list("'\"`\n\\%é𝕏\u2028\x00"), "{}", "%s", "$1", "${x}", "a.b", "\r\n", "--", "/*", "//", '"""', "\\u0041"]),
    st.sampled_from(WORDS),
)


def identifier(text):
    return "`" + text.replace("`", "``") + "`"


def literal(text):
    return "'" + text.replace("'", "''") + "'"


@settings(deadline=None, max_examples=120)
@example("c", "f", "x", "h")
@given(NASTY, NASTY, NASTY, NASTY)
def test_no_text_of_a_statement_becomes_source(column, field, text, header):
    engine = Engine()
    key, value, inner, out, found = (
        identifier(letter + name) for letter, name in zip("kcfoq", [column, column, field, field, text], strict=True)
    )
    script = [
        f"CREATE STREAM s ({key} STRING KEY, {value} STRING, t STRUCT<{inner} STRING>, h BYTES HEADER({literal(header)}))",
        f" WITH (KAFKA_TOPIC={literal('t' + text)}, VALUE_FORMAT='JSON');",
        f"CREATE STREAM r AS SELECT *, t->{inner} AS {out}, {value} = {literal(text)} AS {found}, {value} LIKE {literal(text)} AS l,",
        f" STRUCT({identifier('z' + field)} := {literal(text)}) AS st, MAP({literal(text)} := 1) AS m,",
        f" CASE WHEN {value} IN ({literal(text)}, {literal(field)}) THEN {literal(header)} END AS cs FROM s;",
        f"CREATE TABLE a AS SELECT {key}, COUNT(*) AS {identifier('n' + text)} FROM s",
        f" GROUP BY {key} HAVING MAX({value}) <> {literal(text)};",
    ]
    try:
        engine.execute("".join(script))
    except Problem:
        return  # refused by name or by text: fine, as long as nothing else is raised
    source = next(iter(engine.catalog.sources.values()))
    for running in engine.queries.values():
        made = []
        running.task.run([Record(source.topic, b"k", b'{"x": "y"}', 1), Record(source.topic, None, None, 2)], collector(made))
        assert made or running.id != "CSAS_R_0"
        for node in ast.walk(ast.parse(running.task.code)):
            assert not isinstance(node, ast.Constant) or node.value is None or type(node.value) in (int, bool)
        assert running.task.code.isascii()


def test_a_traceback_shows_the_line_of_the_generated_source():
    engine = Engine()
    engine.execute("CREATE STREAM s (n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON'); CREATE STREAM r AS SELECT n FROM s;")
    running = next(iter(engine.queries.values()))

    def out(*given, **named):
        raise OSError("no broker")

    with pytest.raises(OSError, match="no broker") as caught:
        running.task.run([Record("s", None, b'{"n":1}')], out)
    assert "<query CSAS_R_0/0>" in "".join(traceback.format_exception(caught.value))
    assert "out(K" in "".join(traceback.format_exception(caught.value))


def test_explain_code_names_the_constants():
    engine = Engine()
    engine.execute("CREATE STREAM s (n INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON'); SELECT n + 41 FROM s EMIT CHANGES;")
    text = build.explained(next(iter(engine.queries.values())).task)
    assert "def run(batch, out):" in text
    assert "= 41" in text

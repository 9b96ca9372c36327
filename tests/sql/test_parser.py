"""Text → statements: what is read, what is refused and in which words, and that nothing else can happen."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlcenter.errors import Problem
from controlcenter.sql import ast, faults, lexer, parser
from controlcenter.sql.faults import Fault

WORDS = [
    *sorted(lexer.KEYWORDS),
    "a",
    "`b`",
    "'c'",
    "1",
    "1.5",
    "2e3",
    "(",
    ")",
    ",",
    ";",
    "<",
    ">",
    "=",
    "->",
    "*",
    "=>",
    ":=",
    ".",
    "-",
    "${v}",
]
MEGABYTE = 1_000_000


def only(text):
    (found,) = parser.parse(text)
    return found


def fault(text, **options):
    with pytest.raises(Fault) as caught:
        parser.parse(text, **options)
    return caught.value


@settings(deadline=None, max_examples=400)
@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)))
def test_nothing_but_a_problem_is_raised(text):
    for script in (False, True):
        with contextlib.suppress(Problem):
            parser.parse(text, is_test_script=script)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT '" + "x" * MEGABYTE + "' FROM a;",
        "SELECT " + "(" * MEGABYTE,
        "SELECT " + "a," * (MEGABYTE // 2) + "a FROM b;",
        "SELECT " + "/* " * (MEGABYTE // 3),
        "SELECT '" + "''" * (MEGABYTE // 2),
        "SELECT " + "9" * MEGABYTE,
        "SELECT * FROM a WHERE " + "b OR " * (MEGABYTE // 5) + "b;",
        "SELECT " + "- " * (MEGABYTE // 2),
        "SELECT * FROM a GROUP BY " + "(b)," * (MEGABYTE // 4),
        "SELECT a FROM b WHERE a IN (" + "'0123456789abcdef'," * (MEGABYTE // 20) + "'');",
        "é" * MEGABYTE,
    ],
    ids=["string", "brackets", "items", "comments", "quotes", "digits", "or", "minus", "group", "in", "letters"],
)
def test_a_megabyte_is_answered_within_a_second(text):
    began = time.process_time()
    with contextlib.suppress(Problem):
        parser.parse(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text", ["(" * 300 + "1" + ")" * 300, "f(" * 300 + ")" * 300, "-(" * 300 + ")" * 300, "a + " * 300 + "a", "a[" * 300]
)
def test_what_is_nested_too_deep_is_refused(text):
    assert "nested deeper than 200 levels" in fault(f"SELECT {text} FROM b;").what


def test_a_hundred_levels_are_read():
    assert isinstance(parser.expression("(" * 190 + "1" + ")" * 190), ast.Integer)
    assert isinstance(parser.expression("f(" * 190 + ")" * 190), ast.Call)


# — faults ———————————————————————————————————————————————————————————————————


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SLECT a FROM b;", "line 1:1: Syntax Error\nUnknown statement 'SLECT'\nDid you mean 'SELECT'?"),
        ("frobnicate;", "line 1:1: Syntax Error\nUnknown statement 'frobnicate'"),
        ("SELECT a\nFROM;", "line 2:5: Syntax Error\nSyntax error at or near ';' at line 2:5"),
        ("SELECT a FROM b LIMIT c;", "Expecting INTEGER_VALUE"),
        ("CREATE STREAM a (b INT c INT) WITH (d='e');", "line 1:24: Syntax Error\nExpecting {',', ')'}"),
        ("CREATE STREAM a (b STRING(x)) WITH (d='e');", "line 1:27: Syntax Error\nExpecting {'STRING', INTEGER_VALUE}"),
        ("SELECT a AS table FROM b;", '"table" is a reserved keyword and it can\'t be used as an identifier.'),
        ("SELECT 99999999999999999999 FROM a;", "Failed to prepare statement: line 1:9: Invalid numeric literal: 99999999999999999999"),
        ("SELECT 1e999 FROM a;", "Number overflows DOUBLE: 1e999"),
        ("SELECT a FROM b WHERE c IN ();", "Syntax error at or near ')'"),
        ("SELECT a FROM b GROUP BY ();", "GROUP BY requires at least one expression"),
        ("SELECT a = b = c FROM d;", "Syntax error at or near '='"),
        ("CREATE STREAM `a b` (c INT) WITH (d='e');", "Source names may only contain alphanumeric values, '_' or '-'."),
        ("SELECT DATE '2024-01-01' FROM a;", "Unknown type: DATE"),
        ("ASSERT VALUES a (b) VALUES (1);", "Syntax error at or near 'VALUES' at line 1:8"),
        ("SELECT ${v} FROM a;", "Syntax error at or near '${v}'"),
    ],
)
def test_a_fault_says_what_was_expected(text, message):
    assert message in fault(text).text


def test_a_fault_knows_its_place_and_draws_a_caret():
    text = "SHOW TABLES;\nSELECT a,\n\tb c d FROM e;"
    found = fault(text)
    assert (found.span.line, found.span.column) == (3, 6)
    assert faults.caret(text, found.span) == "\tb c d FROM e;\n\t    ^"
    assert found.statement == "SELECT a,\n\tb c d FROM e;"


# — statements ———————————————————————————————————————————————————————————————


def test_names_fold_to_upper_case_unless_quoted():
    query = only('select a, `b`, "c", 1d from Rides').query
    assert [item.expression.name for item in query.items] == ["A", "b", "c", "1D"]
    assert query.source == ast.Relation("RIDES", "RIDES")


def test_every_node_has_its_span():
    text = "SELECT fare + 1 AS more FROM rides;"
    item = only(text).query.items[0]
    assert text[item.span.start : item.span.end] == "fare + 1 AS more"
    assert text[item.expression.left.span.start : item.expression.left.span.end] == "fare"
    assert (item.expression.right.span.line, item.expression.right.span.column) == (1, 15)


def test_a_line_that_two_slashes_begin_is_a_comment():
    assert len(parser.parse("// all rides\nSELECT * FROM rides EMIT CHANGES; -- more\n/* and */ SHOW TOPICS;")) == 2


def test_brackets_around_all_keys_are_no_expression():
    assert only("SELECT a FROM b GROUP BY (a, b) HAVING c;").query.group_by == (ast.Name("A"), ast.Name("B"))
    assert only("SELECT a FROM b GROUP BY (a + b) * 2;").query.group_by == (
        ast.Arithmetic("*", ast.Arithmetic("+", ast.Name("A"), ast.Name("B")), ast.Integer(2)),
    )


def test_a_word_that_begins_a_clause_is_no_alias():
    query = only("SELECT a FROM b PARTITION BY c EMIT CHANGES;").query
    assert (query.source.alias, query.partition_by, query.emit) == ("B", (ast.Name("C"),), "CHANGES")


def test_within_has_two_sides_and_grace():
    join = only("SELECT * FROM a LEFT JOIN b WITHIN (1 HOUR, 2 DAYS) GRACE PERIOD 3 SECONDS ON a.x = b.y;").query.joins[0]
    assert (join.kind, join.within.before.ms, join.within.after.ms, join.within.grace.ms) == ("LEFT", 3_600_000, 172_800_000, 3_000)


def test_headers_and_keys_are_places_of_columns():
    columns = only(
        "CREATE STREAM a (k INT KEY, h BYTES HEADER('x'), hs ARRAY<STRUCT<key STRING, value BYTES>> HEADERS) WITH (b='c');"
    ).columns
    assert [(c.place, c.header) for c in columns] == [("KEY", None), ("HEADERS", "x"), ("HEADERS", None)]


def test_a_topic_is_printed_as_written():
    assert only("PRINT Rides FROM BEGINNING LIMIT 3;") == ast.Print("Rides", True, None, 3)


def test_test_scripts_have_statements_of_their_own():
    found = parser.parse("ASSERT NULL VALUES a (k) KEY (1); RUN SCRIPT 'x.sql'; ASSERT TABLE b WITH (c='d');", is_test_script=True)
    assert [type(one) for one in found] == [ast.AssertValues, ast.RunScript, ast.AssertSource]


# — scripts and variables ————————————————————————————————————————————————————


def test_a_script_is_split_at_its_semicolons_even_when_it_cannot_be_parsed():
    text = "SELECT ';' ; -- no ;\n broken ( ; last"
    assert [text[start:end] for start, end in parser.split(text)] == ["SELECT ';' ;", "broken ( ;", "last"]


def test_variables_stand_for_names_numbers_and_texts():
    values = {"source": "rides", "least": "3", "kind": "'it''s'", "topic": "raw"}
    text = "SELECT ${least} FROM ${source} WHERE a = ${kind} AND b = 'x-${topic}' AND c = ${none};"
    assert parser.substitute(text, values) == "SELECT 3 FROM rides WHERE a = 'it''s' AND b = 'x-raw' AND c = ${none};"


def test_a_variable_cannot_change_what_a_statement_is():
    with pytest.raises(Problem, match="A variable stands for"):
        parser.substitute("SELECT ${v} FROM a;", {"v": "1 FROM b; DROP STREAM a"})
    assert parser.substitute("SELECT '${v}';", {"v": "a' OR 'b"}) == "SELECT 'a'' OR ''b';"

"""Trees → text → trees."""

import pytest
from hypothesis import HealthCheck, given, settings

from controlcenter.sql import format, parser
from tests.sql import trees

SLOW = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SLOW
@given(trees.expressions)
def test_an_expression_printed_is_read_as_itself(node):
    assert parser.expression(format.expression(node)) == node


@SLOW
@given(trees.statements)
def test_a_statement_printed_is_read_as_itself(node):
    assert parser.parse(format.script((node,))) == (node,)


@SLOW
@given(trees.type_names)
def test_a_type_printed_is_read_as_itself(node):
    assert parser.type_name(format.type_name(node)) == node


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a + 1 * b", "(A + (1 * B))"),
        ("cast(a as bigint)", "CAST(A AS BIGINT)"),
        ("array[1, 2]", "ARRAY[1, 2]"),
        ("map('a' := 1)", "MAP('a':=1)"),
        ("struct(f := 1)", "STRUCT(F:=1)"),
        ("not a and b or c", "(((NOT A) AND B) OR C)"),
        ("a between 1 and 2", "(A BETWEEN 1 AND 2)"),
        ("a not in (1, null)", "(NOT (A IN (1, null)))"),
        ("count(*)", "COUNT(*)"),
        ("a || 'x'", "CONCAT(A, 'x')"),
        ("`a`.b->c[1]", "`a`.B->C[1]"),
        ("transform(a, x => x + 1)", "TRANSFORM(A, X => (X + 1))"),
        ("-1 - -a", "(-1 - -A)"),
        ("- -a", "-(-A)"),
        ("case a when 1 then 'x' else 'y' end", "(CASE A WHEN 1 THEN 'x' ELSE 'y' END)"),
        ("1.50", "1.50"),
        ("1e3", "1E3"),
    ],
)
def test_expressions_print_in_full_brackets(text, printed):
    assert format.expression(parser.expression(text)) == printed


def test_a_query_prints_one_clause_a_line():
    text = """select vendor, count(*) n from rides r window tumbling (size 1 minute, grace period 5 seconds)
              where fare > 3 group by vendor having count(*) > 1 emit final limit 3;"""
    assert format.script(parser.parse(text)) == (
        "SELECT\n  VENDOR,\n  COUNT(*) N\nFROM RIDES R\nWINDOW TUMBLING ( SIZE 1 MINUTES, GRACE PERIOD 5 SECONDS )\n"
        "WHERE (FARE > 3)\nGROUP BY VENDOR\nHAVING (COUNT(*) > 1)\nEMIT FINAL\nLIMIT 3;\n"
    )

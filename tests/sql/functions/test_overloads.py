"""How an overload is chosen, and the words of what is refused."""

import pytest

from controlcenter.errors import Kind, Problem
from controlcenter.sql import types
from controlcenter.sql.functions import signatures
from controlcenter.sql.functions.base import Aggregate, Aggregator, LambdaArgument, Scalar
from controlcenter.sql.functions.registry import BUILTIN, Registry, text
from controlcenter.sql.types import BIGINT, BOOLEAN, BYTES, DATE, DOUBLE, INTEGER, NULL, STRING, TIMESTAMP, UNIT, Array, Decimal, Map


def made(*shapes, returns="STRING"):
    """Return a registry with one function F, whose overloads give their own text."""
    return Registry({}).plus(
        [Scalar("f", "", "", tuple(signatures.signature(shape, returns, lambda *_, s=shape: s, nulls="see") for shape in shapes))]
    )


@pytest.mark.parametrize(
    ("shapes", "arguments", "chosen"),
    [
        (("INTEGER a", "BIGINT a", "DOUBLE a"), [INTEGER], "INTEGER a"),
        (("BIGINT a", "STRING a"), [INTEGER], "BIGINT a"),
        (("DOUBLE a",), [Decimal(4, 2)], "DOUBLE a"),
        (("DECIMAL a",), [BIGINT], "DECIMAL a"),
        (("DECIMAL a", "DOUBLE a"), [Decimal(4, 2)], "DECIMAL a"),
        (("STRING a, STRING b", "STRING... a"), [STRING, STRING], "STRING a, STRING b"),
        (("STRING a, STRING... b", "STRING... a"), [STRING, STRING], "STRING a, STRING... b"),
        (("ARRAY<DECIMAL> a", "ARRAY<T> a"), [Array(Decimal(3, 1))], "ARRAY<DECIMAL> a"),
        (("T a, T b", "STRING a, T b"), [STRING, STRING], "STRING a, T b"),
        (("DATE a",), [STRING], "DATE a"),
        (("BYTES a",), [STRING], "BYTES a"),
        (("STRING a, BIGINT... b, INTEGER c",), [STRING, BIGINT, BIGINT, INTEGER], "STRING a, BIGINT... b, INTEGER c"),
        (("STRING a, BIGINT... b, INTEGER c",), [STRING, INTEGER], "STRING a, BIGINT... b, INTEGER c"),
        (("STRING a", "INTEGER a, STRING b"), [NULL], "STRING a"),
        (("ANY a",), [Map(STRING, INTEGER)], "ANY a"),
        (("UNIT a", "STRING a"), [UNIT], "UNIT a"),
        (("STRING... a",), [], "STRING... a"),
    ],
)
def test_the_most_specific_of_the_fitting_is_taken(shapes, arguments, chosen):
    assert made(*shapes).scalar("F", arguments).call() == chosen


@pytest.mark.parametrize(
    ("shapes", "arguments"),
    [
        (("BIGINT a", "DOUBLE a"), [INTEGER]),
        (("STRING a", "INTEGER a"), [NULL]),
        (("DATE a", "TIMESTAMP a"), [STRING]),
    ],
)
def test_a_tie_is_refused(shapes, arguments):
    with pytest.raises(Problem, match="cannot be resolved due to ambiguous method parameters") as refused:
        made(*shapes).scalar("f", arguments)
    assert refused.value.kind == Kind.INVALID


@pytest.mark.parametrize(
    ("shape", "arguments"),
    [
        ("T a, T b", [INTEGER, BIGINT]),
        ("ARRAY<T> a, T b", [Array(INTEGER), STRING]),
        ("INTEGER a", [BIGINT]),
        ("INTEGER a", [DOUBLE]),
        ("DECIMAL a", [DOUBLE]),
        ("STRING a", [INTEGER]),
        ("STRING a", [UNIT]),
        ("UNIT a", [STRING]),
        ("STRING a", []),
        ("STRING a, BIGINT... b, INTEGER c", [STRING]),
        ("ARRAY<T> a", [Map(STRING, INTEGER)]),
        ("DATE a", [TIMESTAMP]),
        ("BOOLEAN a", [STRING]),
    ],
)
def test_what_does_not_fit_is_refused_with_the_alternatives(shape, arguments):
    with pytest.raises(Problem) as refused:
        made(shape).scalar("f", arguments)
    assert refused.value.what.startswith("Function 'f' does not accept parameters (")
    assert "\nValid alternatives are:\nf(" in refused.value.what
    assert refused.value.what.endswith("\nFor detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;")


def test_the_arguments_become_what_the_overload_takes():
    bound = BUILTIN.scalar("geo_distance", [DOUBLE, INTEGER, BIGINT, Decimal(4, 2)])
    assert bound.parameters == (DOUBLE,) * 4
    assert BUILTIN.scalar("greatest", [INTEGER, BIGINT, DOUBLE, NULL]).parameters == (DOUBLE,) * 4
    assert BUILTIN.scalar("datesub", [UNIT, INTEGER, STRING]).parameters == (UNIT, INTEGER, DATE)
    assert BUILTIN.scalar("concat", [BYTES, NULL]).returns == BYTES


def test_names_are_found_in_any_case_and_unknown_ones_named():
    assert BUILTIN.scalar("Ucase", [STRING]).name == "ucase"
    with pytest.raises(Problem, match="Can't find any functions with the name 'NO_SUCH'"):
        BUILTIN.scalar("no_such", [])


def test_aggregates_take_exact_types_only():
    with pytest.raises(Problem, match="Function 'AVG' does not accept parameters"):
        BUILTIN.aggregate("avg", [Decimal(4, 2)])


def test_signatures_are_written_as_ksqldb_writes_them():
    (instr, *_) = BUILTIN.find("instr").signatures
    assert text("instr", instr) == "instr(VARCHAR str, VARCHAR substring)"
    assert text("concat", BUILTIN.find("concat").signatures[0]) == "concat(VARCHAR... inputs)"
    assert text("explode", BUILTIN.find("explode").signatures[0]) == "explode(ARRAY<DECIMAL> input)"
    assert text("transform", BUILTIN.find("transform").signatures[0]) == "transform(ARRAY<T> array, LAMBDA (T) => R lambda)"


def test_every_overload_says_what_it_takes_and_gives():
    for function in BUILTIN.all():
        assert function.description.endswith(".")
        assert function.category
        for overload in function.signatures:
            assert text(function.name, overload).startswith(f"{function.name}(")
            assert signatures.returned(overload)
    assert {signatures.returned(overload) for overload in BUILTIN.find("round").signatures} == {"BIGINT", "DOUBLE", "DECIMAL"}
    assert signatures.returned(BUILTIN.find("split").signatures[0]) == "ARRAY<VARCHAR>"
    assert signatures.returned(BUILTIN.find("topk").signatures[0]) == "ARRAY<INT>"


def test_a_registry_grows_without_the_first_knowing():
    more = BUILTIN.plus([Scalar("mine", "", "", (signatures.signature("", "STRING", lambda: "x"),))])
    assert more.is_known("MINE")
    assert not BUILTIN.is_known("MINE")
    assert more.scalar("mine", []).call() == "x"


def test_an_aggregate_of_ones_own_may_be_variadic_in_the_middle():
    def build(kinds, constants, _properties):
        return Aggregator(lambda: constants[0], lambda state, *row: state + len(row), lambda a, b: a + b, lambda state: (state, len(kinds)))

    own = Aggregate("mid", "", "", (signatures.aggregates("BIGINT a, STRING... b, INTEGER init", "BIGINT", "BIGINT", build, constants=1),))
    bound = Registry({}).plus([own]).aggregate("MID", [BIGINT, STRING, STRING, INTEGER])
    work = bound.create((5,))
    assert work.result(work.add(work.initialize(), 1, "a", "b")) == (8, 3)


def lambda_of(arity, gives):
    return LambdaArgument(arity, lambda kinds: gives(kinds) if callable(gives) else gives)


@pytest.mark.parametrize(
    ("name", "arguments", "parameters", "returns"),
    [
        ("TRANSFORM", [Array(INTEGER), lambda_of(1, STRING)], [Array(INTEGER), types.Lambda((INTEGER,), STRING)], Array(STRING)),
        ("FILTER", [Array(STRING), lambda_of(1, BOOLEAN)], [Array(STRING), types.Lambda((STRING,), BOOLEAN)], Array(STRING)),
        (
            "FILTER",
            [Map(STRING, BIGINT), lambda_of(2, BOOLEAN)],
            [Map(STRING, BIGINT), types.Lambda((STRING, BIGINT), BOOLEAN)],
            Map(STRING, BIGINT),
        ),
        (
            "TRANSFORM",
            [Map(STRING, INTEGER), lambda_of(2, lambda kinds: kinds[0]), lambda_of(2, DOUBLE)],
            [Map(STRING, INTEGER), types.Lambda((STRING, INTEGER), STRING), types.Lambda((STRING, INTEGER), DOUBLE)],
            Map(STRING, DOUBLE),
        ),
        (
            "REDUCE",
            [Array(INTEGER), BIGINT, lambda_of(2, BIGINT)],
            [Array(INTEGER), BIGINT, types.Lambda((BIGINT, INTEGER), BIGINT)],
            BIGINT,
        ),
    ],
)
def test_lambdas_are_typed_by_the_arguments_beside_them(name, arguments, parameters, returns):
    bound = BUILTIN.scalar(name, arguments)
    assert list(bound.parameters) == parameters
    assert bound.returns == returns


def test_a_lambda_of_another_type_or_width_is_refused():
    for name, arguments in (
        ("REDUCE", [Array(INTEGER), BIGINT, lambda_of(2, STRING)]),
        ("FILTER", [Array(INTEGER), lambda_of(1, INTEGER)]),
        ("FILTER", [Array(INTEGER), lambda_of(2, BOOLEAN)]),
        ("FILTER", [Array(INTEGER), BOOLEAN]),
    ):
        with pytest.raises(Problem, match="does not accept parameters"):
            BUILTIN.scalar(name, arguments)

"""Every function against its case file: tests/cases/sql/functions/*.yaml."""

import pytest

from controlcenter.sql.functions.registry import BUILTIN
from controlcenter.sql.java import doubles
from tests.sql.functions import written

FILES = ("strings.yaml", "bytes.yaml", "math.yaml", "dates.yaml", "arrays.yaml", "json.yaml", "rest.yaml")
ENTRIES = [entry for file in FILES for entry in written.load(file)]


def shown(value):
    """Return a value so that equal means equal to the last digit: NaN is itself, 1 is not 1.0, 1.0 is not 1.00."""
    if isinstance(value, float):
        return f"DOUBLE {doubles.text(value)}"
    if isinstance(value, list):
        return [shown(one) for one in value]
    if isinstance(value, dict):
        return {name: shown(one) for name, one in value.items()}
    return type(value).__name__, str(value)


@pytest.mark.parametrize(("kind", "text", "name", "arguments", "returns", "entry"), ENTRIES, ids=[entry[1] for entry in ENTRIES])
def test_the_function_gives_what_its_cases_say(kind, text, name, arguments, returns, entry):
    bound = BUILTIN.table(name, arguments) if kind == "table" else BUILTIN.scalar(name, arguments)
    assert bound.returns == returns
    assert bound.parameters == tuple(arguments)
    result = written.types.Array(returns) if kind == "table" else returns
    for *given, expected in entry.get("gives", ()):
        values = [written.value(one, of) for one, of in zip(given, arguments, strict=True)]
        assert shown(bound.call(*values)) == shown(written.value(expected, result)), given
    for given in entry.get("fails", ()):
        values = [written.value(one, of) for one, of in zip(given, arguments, strict=True)]
        with pytest.raises(ValueError, match=r".+"):
            bound.call(*values)


def test_every_function_has_a_case_or_a_test_of_its_own():
    lambdas_and_clocks = {"FILTER", "TRANSFORM", "REDUCE", "RANDOM"}
    with_cases = {entry[2] for entry in ENTRIES}
    scalars = {function.name.upper() for function in BUILTIN.all() if not BUILTIN.is_aggregate(function.name)}
    assert scalars - with_cases == lambdas_and_clocks


@pytest.mark.parametrize(("kind", "text", "name", "arguments", "returns", "entry"), ENTRIES, ids=[entry[1] for entry in ENTRIES])
def test_a_null_argument_gives_null_where_the_function_skips_them(kind, text, name, arguments, returns, entry):
    bound = BUILTIN.table(name, arguments) if kind == "table" else BUILTIN.scalar(name, arguments)
    if bound.skips_null:
        assert bound.call(*[None] * len(arguments)) is None or not arguments

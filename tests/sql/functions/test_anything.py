"""Whatever a record holds, a function gives a value of the announced type, null, or an error that the engine counts: nothing else."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controlcenter.sql import types
from controlcenter.sql.functions import overloads
from controlcenter.sql.functions.base import AnyDecimal, Anything, Generic
from controlcenter.sql.functions.registry import BUILTIN
from tests.sql.functions.test_aggregates import fits

INT = st.integers(-(2**31), 2**31 - 1) | st.integers(-3, 3)
LONG = st.integers(-(2**63), 2**63 - 1) | INT
TEXT = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "yyyy-MM-dd",
        "HH:mm",
        "hex",
        "utf8",
        "UTC",
        "$.a",
        '{"a": 1}',
        "[1, null]",
        "http://h:1/p?q#f",
        "a+",
        "ASC",
        "km",
        "2024-02-29",
        ",",
    ]
)
VALUES = {
    types.BOOLEAN: st.booleans(), types.INTEGER: INT, types.BIGINT: LONG, types.DOUBLE: st.floats(), types.STRING: TEXT,
    types.BYTES: st.binary(max_size=9), types.DATE: INT, types.TIME: st.integers(0, 86_399_999), types.TIMESTAMP: LONG,
    types.UNIT: st.sampled_from(["DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS"]),
}  # fmt: skip
KIND = types.Decimal(6, 2)
PYTHON = {"INTEGER": 32, "BIGINT": 64}


def concrete(kind):
    """Return a type without letters."""
    match kind:
        case Generic() | Anything():
            return types.STRING
        case AnyDecimal():
            return KIND
        case types.Array(item):
            return types.Array(concrete(item))
        case types.Map(key, item):
            return types.Map(concrete(key), concrete(item))
    return kind


def values(kind):
    match kind:
        case types.Decimal(_, scale):
            return st.none() | st.integers(-(10**6) + 1, 10**6 - 1).map(lambda number: Decimal(number).scaleb(-scale))
        case types.Array(item):
            return st.none() | st.lists(values(item), max_size=5)
        case types.Map(_, item):
            return st.none() | st.dictionaries(TEXT, values(item), max_size=4)
    return VALUES[kind] if kind == types.UNIT else st.none() | VALUES[kind]


def overloads_of(function):
    for signature in function.signatures:
        places = overloads.place(signature.parameters, len(signature.parameters) + any(p.is_variadic for p in signature.parameters))
        kinds = [concrete(parameter.type) for parameter in places]
        if not any(isinstance(kind, types.Lambda) for kind in kinds):
            yield kinds


CALLS = [
    (function.name, kinds)
    for function in BUILTIN.all()
    if not BUILTIN.is_aggregate(function.name)
    for kinds in overloads_of(function)
    if kinds
]


@pytest.mark.parametrize(("name", "kinds"), CALLS, ids=[f"{name}({', '.join(map(str, kinds))})" for name, kinds in CALLS])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(data=st.data())
def test_a_function_gives_its_type_or_fails_as_expected(name, kinds, data):
    is_table = BUILTIN.is_table(name)
    bound = BUILTIN.table(name, kinds) if is_table else BUILTIN.scalar(name, kinds)
    given = [data.draw(values(kind)) for kind in kinds]
    if name == "GENERATE_SERIES" and None not in given[:2]:
        given[1] = given[0] + given[1] % 100
    try:
        result = bound.call(*given)
    except (ValueError, ArithmeticError):
        return
    assert fits(result, types.Array(bound.returns) if is_table else bound.returns)
    width = PYTHON.get(types.base(bound.returns))
    if width and result is not None and not is_table:
        assert -(2 ** (width - 1)) <= result < 2 ** (width - 1)

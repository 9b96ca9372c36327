"""The functions that some cases bring with them: made here, never in the product."""

from itertools import count

from controlcenter.sql import types
from controlcenter.sql.functions.base import Aggregate, Aggregator, Scalar, Table
from controlcenter.sql.functions.registry import BUILTIN
from controlcenter.sql.functions.signatures import aggregates, signature
from controlcenter.sql.java import doubles, integers
from controlcenter.sql.types import DOUBLE

_STRUCT = "STRUCT<A STRING>"
_ELEMENTS = ("INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "STRING", "DECIMAL", _STRUCT)


def scalar(name, *signatures):
    return Scalar(name, "", "TEST", signatures)


def gives(parameters, returns, call):
    return signature(parameters, returns, call, nulls="see")


def fail(*_):
    raise ValueError("boom")


def fail_if(value, otherwise):
    return fail() if value else otherwise


_calls = [count()]


def restart():
    """Forget the calls so far: a case runs several times, each as if it were the first."""
    _calls[0] = count()


def every_other(value):
    return None if next(_calls[0]) % 2 == 0 else value


def evaluated(value, is_evaluated):
    return value if is_evaluated else fail()


def shown(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return doubles.text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={shown(one)}" for key, one in value.items()) + "}"
    return str(value)


def shown_struct(value):
    return "Struct{" + ",".join(f"{name}={shown(one)}" for name, one in value.items() if one is not None) + "}"


def texts(kinds, _returns):
    """Return the function that gives its arguments as text: of lists and maps the first element."""

    def text(value, kind):
        if isinstance(kind, types.Array):
            return text(value[0], kind.item)
        if isinstance(kind, types.Map):
            return text(next(iter(value.values())), kind.value)
        return shown_struct(value) if isinstance(kind, types.Struct) else shown(value)

    return lambda *values: [text(value, kind) for value, kind in zip(values, kinds, strict=True)]


def summing(kinds, _constants, _properties):
    if isinstance(kinds[0], types.Struct):
        names = [name for name, _ in kinds[0].fields]
        zero = dict.fromkeys(names, 0)

        def add(state, value):
            return {name: state[name] + value[name] for name in names}

        return Aggregator(lambda: zero, add, add, lambda state: state)
    wrap = float if kinds[0] == DOUBLE else integers.wrap64
    return Aggregator(
        lambda: wrap(0),
        lambda state, value: wrap(state + value),
        lambda one, other: wrap(one + other),
        lambda state: state,
        None if kinds[0] == DOUBLE else lambda state, value: wrap(state - value),
    )


def counting(finish=None):
    """Return the builder of the sums of numbers and lengths: constants start it, or are added to what it gives."""

    def size(value):
        return len(value) if isinstance(value, str) else value or 0

    def build(_kinds, constants, _properties):
        start = sum(map(size, constants))
        return Aggregator(
            lambda: 0 if finish else start,
            lambda state, *values: state + sum(map(size, values)),
            lambda one, other: one + other,
            lambda state: state + start if finish else state,
        )

    return build


def listing(_kinds, _constants, _properties):
    return Aggregator(
        list,
        lambda state, *values: state if None in values else [*state, values[0]],
        lambda one, other: one + other,
        lambda state: state,
    )


def aggregate(name, *signatures, has_undo=False):
    return Aggregate(name, "", "TEST", signatures, has_undo)


def named(text):
    return lambda *_: text


def seven(form):
    return ", ".join(form.format(kind) for kind in _ELEMENTS)


_PAIR = "STRUCT<A INTEGER, B INTEGER>"

FUNCTIONS = (
    scalar(
        "test_udf",
        gives("INTEGER a, STRING b", "STRING", named("doStuffIntString")),
        gives("BIGINT a, STRING b", "STRING", named("doStuffLongString")),
        gives("BIGINT a, BIGINT b, STRING c", "STRING", named("doStuffLongLongString")),
        gives("BIGINT... a", "STRING", named("doStuffLongVarargs")),
        gives(f"{_STRUCT} a", "STRING", lambda struct: struct["A"]),
        gives("", _STRUCT, lambda: {"A": "foo"}),
    ),
    scalar(
        "bad_udf",
        gives("INTEGER a", "INTEGER", fail),
        gives("BOOLEAN a", "INTEGER", lambda value: fail_if(value, 0)),
        gives("STRING a", "STRING", every_other),
    ),
    scalar("WhenCondition", gives("BOOLEAN a, BOOLEAN b", "BOOLEAN", evaluated)),
    scalar("WhenResult", gives("INTEGER a, BOOLEAN b", "INTEGER", evaluated)),
    scalar(
        "ToString",
        *(gives(f"{kind} a", "STRING", shown) for kind in ("STRING", "INTEGER", "BIGINT", "MAP<STRING, STRING>", "MAP<STRING, BIGINT>")),
    ),
    scalar("ToMap", gives("STRING a", "MAP<STRING, STRING>", lambda text: {text: text})),
    scalar("ToList", gives("STRING a", "ARRAY<STRING>", lambda text: [text])),
    scalar("ToStruct", gives("STRING a", _STRUCT, lambda text: {"A": text})),
    Table(
        "test_udtf",
        "",
        "TEST",
        (
            *(signature(seven(form), "STRING", make=texts) for form in ("{0}", "ARRAY<{0}>", "MAP<STRING, {0}>")),
            *(
                signature(f"{kind} a", kind, lambda value: [value], nulls="refuse")
                for kind in ("INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "STRING", _STRUCT)
            ),
        ),
    ),
    Table("throwing_udtf", "", "TEST", (gives("BOOLEAN a", "BOOLEAN", lambda value: fail_if(value, [False])),)),
    aggregate(
        "TEST_UDAF",
        aggregates("BIGINT a", "BIGINT", "BIGINT", summing),
        aggregates("INTEGER a", "BIGINT", "BIGINT", summing),
        aggregates("DOUBLE a", "DOUBLE", "DOUBLE", summing),
        aggregates(f"{_PAIR} a", _PAIR, _PAIR, summing),
        has_undo=True,
    ),
    aggregate("MULTI_ARG", aggregates("BIGINT a, STRING b, INTEGER c, STRING... d", "BIGINT", "BIGINT", counting(), constants=2)),
    aggregate(
        "FOUR_ARG",
        aggregates("BIGINT a, STRING b, STRING c, STRING d, INTEGER e, STRING... f", "BIGINT", "BIGINT", counting(), constants=2),
    ),
    aggregate(
        "FIVE_ARG",
        aggregates(
            "BIGINT a, STRING b, STRING c, STRING d, INTEGER e, INTEGER f, STRING... g", "BIGINT", "BIGINT", counting(), constants=2
        ),
    ),
    aggregate("VAR_ARG", aggregates("BIGINT a, STRING... b", "BIGINT", "BIGINT", counting())),
    aggregate(
        "MID_VAR_ARG", aggregates("BIGINT a, STRING... b, INTEGER c, INTEGER d", "BIGINT", "BIGINT", counting(finish=True), constants=2)
    ),
    aggregate("GENERIC_VAR_ARG", aggregates("A a, B b, C... c", "ARRAY<A>", "ARRAY<A>", listing)),
    aggregate("OBJ_COL_ARG", aggregates("INTEGER a, ANY... b", "ARRAY<INTEGER>", "ARRAY<INTEGER>", listing)),
)

REGISTRY = BUILTIN.plus(FUNCTIONS)

"""Our own cases: SQL and records in, records out, under tests/cases/sql/<operator>/*.yaml; each at every kind of cut.

`inputs` and `outputs` are as in the public cases; `log` counts the entries of the processing logs by kind.
"""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from controlcenter.sql.engine import Engine
from tests.sql.qtt import cases, comparing

FOLDER = Path(__file__).parent.parent / "cases" / "sql"


class Exact(yaml.SafeLoader):
    """YAML with every digit: 1.10 is not 1.1, and a date is text."""


Exact.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Exact.add_constructor("tag:yaml.org,2002:float", lambda loader, node: node.value if node.value[-1] in "fFnN" else Decimal(node.value))


def load():
    for path in sorted(FOLDER.glob("*/*.yaml")):
        for case in yaml.load_all(path.read_text(encoding="utf-8"), Exact):
            if isinstance(case, dict) and "outputs" in case:  # the cases of single functions and of errors have forms of their own
                yield pytest.param({"topics": [], "properties": {}, **case}, id=f"{path.parent.name}: {case['name']}")


CASES = list(load())


@pytest.mark.parametrize("case", CASES)
def test_what_leaves_is_what_the_case_says_at_every_cut(case):
    engine = Engine(settings=cases.engine_of(case).settings)
    engine.execute(case["sql"])
    whole = cases.produced(case, engine, lambda n: [n])
    assert comparing.problem(case, cases.decoded(engine, whole)) is None
    for seed in range(5):
        cut = cases.random_cuts(f"{case['name']} {seed}")
        assert cases.comparable(cases.produced(case, engine, cut, reloads=seed % 2 == 0)) == cases.comparable(whole)
    assert cases.comparable(cases.produced(case, engine, lambda n: [1] * n)) == cases.comparable(whole)


@pytest.mark.parametrize("case", [one for one in CASES if "log" in one.values[0]])
def test_what_is_left_out_is_in_the_processing_log(case):
    engine = Engine(settings=cases.engine_of(case).settings)
    engine.execute(case["sql"])
    engine.run([record for record in (cases.in_bytes(one, engine) for one in case["inputs"]) if record is not None])
    counts = Counter()
    for running in engine.queries.values():
        counts += running.task.log.counts
    assert counts == case["log"]

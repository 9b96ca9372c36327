"""How figures are judged and kept; the benches themselves run by `make bench`."""

import json

import pytest

from bench import _machine, row, run
from bench.row import Row, difference, ratio, skipped


@pytest.mark.parametrize(
    ("told", "is_noisy", "verdict"),
    [
        (Row("p95", 30, "ms", 30), False, "held"),
        (Row("p95", 30.1, "ms", 30), False, "MISSED"),
        (Row("answers", 9, "", 10, at_most=False), False, "MISSED"),
        (Row("answers", 10, "", 10, at_most=False), False, "held"),
        (Row("median", 1, "ms"), False, "–"),
        (Row("p95", 1, "ms", 30), True, "noisy"),
        (Row("p95", 99, "ms", 30), True, "noisy"),
        (Row("ratio", 2, "×", 3), True, "noisy"),
        (Row("lost", 1, "", 0), True, "MISSED"),  # a count is not the machine's fault
        (Row("all", 299, "MB", 300), True, "held"),
        (Row("fast", 1, "ms", 30, is_wrong=True), True, "wrong"),
        (skipped("ratio", "skipped: kcat not found"), False, "skipped"),
    ],
)
def test_a_row_says_whether_its_limit_held(told, is_noisy, verdict):
    assert told.verdict(is_noisy) == verdict


def test_a_ratio_is_the_median_of_its_pairs_and_not_the_ratio_of_medians():
    told = ratio("p95", [1.0, 10.0, 4.0], [1.0, 2.0, 2.0], 3)
    assert (told.measured, told.pairs) == (2.0, (1.0, 5.0, 2.0))
    assert difference("p95", [1.0, 10.0, 4.0], [1.0, 2.0, 2.0], "ms").measured == 2.0
    with pytest.raises(ValueError, match="zip"):
        ratio("p95", [1.0], [1.0, 2.0])


def test_a_percentile_needs_values():
    assert row.percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    with pytest.raises(ValueError, match="nothing"):
        row.percentile([], 0.5)


@pytest.mark.parametrize(
    ("rows", "load", "code"),
    [
        ([Row("p95", 1, "ms", 2)], 0.0, 0),
        ([Row("p95", 3, "ms", 2)], 0.0, run.MISSED),
        ([Row("p95", 3, "ms", 2)], 99.0, run.NOISY),
        ([Row("p95", 1, "ms", is_wrong=True)], 0.0, run.MISSED),
        ([Row("p95", 1, "ms", 2), Row("lost", 1, "", 0)], 99.0, run.MISSED),
    ],
)
def test_a_run_under_load_is_no_pass_and_what_is_kept_names_its_conditions(tmp_path, monkeypatch, rows, load, code, capsys):
    monkeypatch.setattr(run, "OUT", tmp_path)
    monkeypatch.setattr(_machine, "load", lambda: load)
    monkeypatch.setattr(run.importlib, "import_module", lambda name: type("Bench", (), {"run": staticmethod(lambda: rows)}))
    assert run.one("some") == code
    kept = json.loads((tmp_path / "some.json").read_text())
    assert kept["schema"] == 1
    assert {"commit", "utc", "host", "versions"} <= set(kept)
    assert {"cores", "cpu", "python", "load_at_start"} <= set(kept["host"])
    assert {"librdkafka", "kafka", "confluent-kafka", "kafka-python"} <= set(kept["versions"])
    assert kept["versions"]["kafka"] == "4.4.0"
    assert [each["verdict"] for each in kept["rows"]] == [each.verdict(load > 50) for each in rows]
    assert ("too much for times to count" in capsys.readouterr().out) == (load > 50)


def test_pairs_are_kept_with_their_number_and_spread():
    (told,) = run.as_told("tail", [ratio("p95", [1.0, 4.0], [2.0, 2.0])], False)
    assert (told["n"], told["min"], told["max"], told["measured"]) == (2, 0.5, 2.0, 1.25)


def test_a_run_of_several_is_kept_together_under_its_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "OUT", tmp_path)
    for name in ("one", "two"):
        run.keep(name, {**_machine.told(0.0), "rows": run.as_told(name, [Row("x", 1, "s")], False)})
    run.together(["one", "two"], [0, run.NOISY])
    (whole,) = tmp_path.glob(f"*-{_machine.commit()}.json")
    kept = json.loads(whole.read_text())
    assert [(each["bench"], each["what"]) for each in kept["rows"]] == [("one", "x"), ("two", "x")]
    assert set(kept["host"]) == {"one", "two"}


def test_each_bench_of_the_list_is_a_file_that_gives_rows():
    assert {"broker_killed", "fanout", "memory", "new_topic", "pages", "start", "tail"} <= set(run.names())
    assert not {"machine", "server"} & set(run.names())


def test_a_bench_that_breaks_is_no_missed_limit(monkeypatch, capsys):
    monkeypatch.setattr(run, "one", lambda name: 1 // 0)
    assert run.main(["start"]) == run.BROKE
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_an_unknown_bench_is_said(capsys):
    assert run.main(["nowhere"]) == 2
    assert "There is no bench nowhere" in capsys.readouterr().err

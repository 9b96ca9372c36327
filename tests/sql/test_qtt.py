"""The engine against ksqlDB's public cases, where they lie: CONTROLCENTER_QTT names their folder. They are no part of this repository."""

import os

import pytest

from tests.sql.qtt import report

FOLDER = os.environ.get("CONTROLCENTER_QTT")


@pytest.mark.skipif(not FOLDER, reason="CONTROLCENTER_QTT is not set")
def test_the_public_cases_pass_and_no_cut_changes_what_leaves():
    verdicts = report.run(FOLDER, tiers=("T1", "T2"))
    scope = [v for v in verdicts if report.in_scope(v)]
    negative = [v for v in verdicts if v.tier == "T2"]
    assert [v.name for v in verdicts if v.law] == []
    assert report.passed(scope) >= 0.97 * len(scope), [(v.name, v.why) for v in scope if v.why]
    assert sum(v.raised for v in negative) >= 0.97 * len(negative), [v.name for v in negative if not v.raised]
    assert sum(v.said for v in negative) >= 0.75 * len(negative)

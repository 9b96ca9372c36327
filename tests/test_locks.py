"""The locks name versions and hashes, and no place to fetch from: that is each machine's own setting."""

import json
import re

import pytest

from tests.product import ROOT

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,-]+\])?==\S+ \\$", re.MULTILINE)
LOCKS = [*(ROOT / "requirements").glob("*.txt"), *(ROOT / "demo").glob("*.lock"), ROOT / "package-lock.json"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_names_a_registry(lock):
    text = lock.read_text(encoding="utf-8")
    if lock.suffix == ".json":  # funding pages are told there; what is fetched from where stands under "resolved"
        text = json.dumps([package.get("resolved", "") for package in json.loads(text)["packages"].values()])
    assert re.findall(r"https?://[^\s\"']+|--(?:extra-)?index-url|--find-links", text) == []


@pytest.mark.parametrize("name", ["run", "test"])
def test_every_python_package_asked_for_is_pinned_with_its_hashes(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    pinned = set(PINNED.findall(text))
    asked = re.findall(r"^([A-Za-z0-9._-]+)", (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8"), re.MULTILINE)
    assert {each.lower().replace("_", "-") for each in asked if not each.startswith("-")} <= pinned
    for block in re.split(r"(?m)^(?=[a-z0-9])", text):
        assert not PINNED.match(block) or "--hash=sha256:" in block


def test_every_npm_package_is_held_by_a_hash():
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, told in packages.items() if name and not told.get("link") and not told.get("integrity")] == []

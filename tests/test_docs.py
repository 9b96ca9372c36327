"""The documentation builds without a warning, holds every page there is, and loads nothing from elsewhere."""

import re
import subprocess
import sys

from tests.product import ROOT

FETCHED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)""", re.IGNORECASE)
IMPORTED = re.compile(r"""(?:@import\s+|url\()["']?((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)


def test_it_builds_with_every_page_and_nothing_from_elsewhere(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    built = {path.stem for path in (tmp_path / "site").glob("*.html")}
    assert pages <= built
    start = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert [page for page in pages - {"index"} if f'href="{page}.html"' not in start] == []
    found = [
        (path.name, address)
        for path in (tmp_path / "site").rglob("*.html")
        for address in FETCHED.findall(path.read_text(encoding="utf-8"))
    ]
    found += [
        (path.name, address)
        for path in (tmp_path / "site").rglob("*.css")
        for address in IMPORTED.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == []

"""Pages read through the process's own store, which keeps the snapshot it has: each test begins with one that has none."""

import pytest

from controlcenter.observe import store as stores


@pytest.fixture(autouse=True)
def _fresh_store():
    stores.default.cache_clear()

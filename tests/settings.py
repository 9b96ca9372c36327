"""Django's settings under test: the product's own, on a data directory of this run alone."""

import os
import tempfile
from pathlib import Path

MINE = f"CC_TEST_DATA_DIR_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"  # one for each of pytest's processes side by side
if MINE not in os.environ:  # child processes of a test use the same
    os.environ[MINE] = tempfile.mkdtemp(prefix="cc-")
for name in [name for name in os.environ if name.startswith(("CC_", "KAFKA_")) and not name.startswith("CC_TEST_")]:
    del os.environ[name]
os.environ["CC_DATA_DIR"] = os.environ[MINE]
if "CC_TEST_DATABASE_URL" in os.environ:  # tests/test_postgres.py runs some of the tests on another database
    os.environ["CC_DATABASE_URL"] = os.environ["CC_TEST_DATABASE_URL"]

from controlcenter.settings import *  # noqa: E402, F403
from controlcenter.settings import DATABASES  # noqa: E402

SECRET_KEY = "only for tests: fifty characters and more, so that the rule about length holds"
if "CC_DATABASE_URL" not in os.environ:
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["CC_DATA_DIR"]) / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 costs 50 ms each time; test_sign_in uses it where it matters

"""The product on PostgreSQL: its migrations, the tests of what our own database holds, and the whole of it as started by its user."""

import os
import re
import subprocess
import sys

import pytest

from tests.postgres import PASSWORD, Postgres
from tests.product import ROOT, Product

pytestmark = pytest.mark.real
SLICE = (
    "tests/access/test_audit.py", "tests/access/test_principals.py", "tests/fleet", "tests/jobs/test_audit.py",
    "tests/observe/test_events.py", "tests/observe/test_history.py", "tests/observe/test_watch.py", "tests/web/test_audit.py",
    "tests/web/test_door.py", "tests/web/test_first_cluster.py", "tests/web/test_sign_in.py",
)  # fmt: skip


@pytest.fixture(scope="module")
def postgres():
    server = Postgres().start()
    yield server
    server.stop()


def test_what_our_database_holds_is_held_by_postgresql_as_well(postgres):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CC_", "KAFKA_", "DJANGO_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *SLICE]
    environment = kept | {"CC_TEST_DATABASE_URL": postgres.url}
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stdout[-5000:] + told.stderr[-2000:]
    assert "PostgreSQL" in told.stdout  # the header of the run says which database it had
    assert int(re.search(r"(\d+) passed", told.stdout)[1]) > 150


def test_the_product_migrates_starts_and_signs_in_on_postgresql(postgres, tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("pg"), "127.0.0.1:1")
    product.environment["CC_DATABASE_URL"] = postgres.url
    product.start()
    try:
        assert product.status("/login/") == 200
        assert not list((product.directory / "data").glob("*.sqlite3"))
        said = subprocess.run(
            [sys.executable, "manage.py", "audit", "verify"],
            cwd=ROOT,
            env=product.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "The audit trail holds: 1 rows" in said.stdout  # the administrator that CC_ADMIN_PASSWORD_FILE made
        assert PASSWORD not in product.log.read_text()
    finally:
        product.stop()

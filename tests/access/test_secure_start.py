"""The matrix of what a start refuses, and that a plain start is not refused."""

import os
import stat
import subprocess
import sys

import pytest

from controlcenter import config
from controlcenter.access import secure_start
from controlcenter.access.secure_start import Facts
from controlcenter.fleet.models import Cluster

GOOD = Facts(has_administrator=True, secret_key="k" * 50)
OUTSIDE = {"CC_BIND": "0.0.0.0", "CC_BEHIND_TLS_PROXY": "1"}


def with_(**changed):
    return Facts(**{name: changed.get(name, getattr(GOOD, name)) for name in Facts.__slots__})


# environment, facts, the setting that the one refusal names
REFUSED = [
    ({**OUTSIDE}, with_(has_administrator=False), "CC_BIND"),
    ({**OUTSIDE, "CC_DEBUG": "1"}, GOOD, "CC_DEBUG"),
    ({**OUTSIDE}, with_(is_image_key=True), "CC_SECRET_KEY"),
    ({"CC_BIND": "0.0.0.0"}, GOOD, "CC_BIND"),
    ({"CC_BIND": "10.0.0.1"}, GOOD, "CC_BIND"),
    ({}, with_(secret_key="k" * 49), "CC_SECRET_KEY"),
    ({}, with_(secret_key="django-insecure-" + "k" * 60), "CC_SECRET_KEY"),
    ({}, with_(secret_key="pleasechangeme" * 5), "CC_SECRET_KEY"),
    ({}, with_(file_modes={"/data": 0o755}), "CC_DATA_DIR"),
    ({}, with_(file_modes={"/data/secret_key": 0o640}), "CC_DATA_DIR"),
    ({}, with_(file_modes={"/data/secret_key": 0o604}), "CC_DATA_DIR"),
    ({"CC_ANONYMOUS": "viewer"}, with_(cluster_modes={"a": "read_only", "b": "normal"}), "CC_ANONYMOUS"),
    ({"CC_ANONYMOUS": "viewer"}, with_(cluster_modes={"b": "protected"}), "CC_ANONYMOUS"),
    ({"CC_REDIS_URL": "redis://localhost:6379/0"}, GOOD, "CC_REDIS_URL"),
    ({"CC_REDIS_URL": "rediss://localhost:6379/0"}, GOOD, "CC_REDIS_URL"),
    *(
        ({"CC_REDIS_URL": "redis://:p@localhost"}, with_(redis_version=version), "CC_REDIS_URL")
        for version in [(6, 0, 16), (6, 2, 14), (6, 2, 19), (7, 0, 15), (7, 2, 10), (7, 4, 5), (8, 0, 3), (8, 2, 1), (5, 0)]
    ),
    ({}, with_(do_secrets_open=False), "CC_DATA_DIR"),
]
STARTED = [
    ({}, GOOD),
    ({}, with_(has_administrator=False)),
    ({"CC_DEBUG": "1"}, GOOD),
    ({"CC_BIND": "::1"}, GOOD),
    ({"CC_BIND": "localhost"}, with_(has_administrator=False)),
    ({**OUTSIDE}, GOOD),
    ({}, with_(is_image_key=True)),
    ({}, with_(file_modes={"/data": 0o700, "/data/secret_key": 0o600})),
    ({"CC_ANONYMOUS": "viewer"}, with_(cluster_modes={"a": "read_only"})),
    ({"CC_REDIS_URL": "unix:///run/redis.sock"}, GOOD),
    *(
        ({"CC_REDIS_URL": "redis://:p@localhost"}, with_(redis_version=version))
        for version in [(6, 2, 20), (7, 2, 11), (7, 4, 6), (8, 2, 2), (8, 4, 0), None]
    ),
    ({"CC_REDIS_URL": "redis://:p@localhost"}, with_(redis_version=(7, 2, 4), is_valkey=True)),
]


@pytest.mark.parametrize(("environ", "facts", "named"), REFUSED)
def test_an_unsafe_start_is_refused_by_one_sentence_that_names_the_setting(environ, facts, named):
    told = secure_start.faults(config.read(environ), facts)
    assert len(told) == 1
    assert told[0].startswith(named)
    assert told[0].endswith(".")
    assert "\n" not in told[0]
    assert ":p@" not in told[0]


@pytest.mark.parametrize(("environ", "facts"), STARTED)
def test_a_safe_start_is_not_refused(environ, facts):
    assert secure_start.faults(config.read(environ), facts) == []


@pytest.mark.parametrize(
    "environ",
    [{"CC_ALLOWED_HOSTS": "*"}, {"CC_SECRET_KEY": "short"}, {"CC_ANONYMOUS": "admin"}, {"CC_BIND": "0.0.0.0", "CC_ALLOWED_HOSTS": "a,*"}],
)
def test_settings_that_are_never_right_are_refused_before_any_fact_is_read(environ):
    with pytest.raises(config.Faults) as met:
        config.read(environ)
    assert len(met.value.faults) == 1
    assert met.value.faults[0].startswith(tuple(environ))


def test_all_refusals_are_told_together():
    told = secure_start.faults(config.read({"CC_BIND": "0.0.0.0", "CC_DEBUG": "1"}), with_(has_administrator=False, do_secrets_open=False))
    assert len(told) == 4


@pytest.mark.django_db
def test_facts_are_read_from_the_data_directory_and_the_database(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "secret_key").write_text("k" * 50)
    (tmp_path / "secret_key").chmod(0o644)
    Cluster.objects.create(slug="a", name="A", bootstrap_servers="a:1", mode="read_only", sasl_password_sealed="not sealed by us")
    found = secure_start.facts(config.read({"CC_DATA_DIR": str(tmp_path)}))
    assert not found.has_administrator
    assert found.secret_key == "k" * 50
    assert found.cluster_modes == {"a": "read_only", "demo": "normal"}  # the demo is enrolled after this question
    assert not found.do_secrets_open
    assert stat.S_IMODE(found.file_modes[str(tmp_path / "secret_key")]) == 0o644
    told = secure_start.faults(config.read({"CC_DATA_DIR": str(tmp_path)}), found)
    assert [line.split(":")[0] for line in told] == ["CC_DATA_DIR"] * 3


@pytest.mark.django_db
def test_the_version_of_a_redis_over_tcp_is_asked_and_one_that_is_away_is_no_fault(tmp_path):
    found = secure_start.facts(config.read({"CC_DATA_DIR": str(tmp_path), "CC_REDIS_URL": "redis://:p@127.0.0.1:9/0"}))
    assert found.redis_version is None


def test_djangos_own_check_before_deployment_is_clean(tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CC_", "KAFKA_", "DJANGO_"))}
    environ |= {"CC_DATA_DIR": str(tmp_path), "CC_BEHIND_TLS_PROXY": "1", "CC_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2}
    told = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.returncode == 0, told.stderr

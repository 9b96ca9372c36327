"""docker-compose.yml, as Compose itself reads it. No engine runs here: that the containers work together is not shown by these tests."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from controlcenter import config
from controlcenter.access import secure_start

ROOT = Path(__file__).parents[1]
LECTURE = {
    "zookeeper": "confluentinc/cp-zookeeper:7.2.0",
    "broker": "confluentinc/cp-server:7.2.0",
    "schema-registry": "confluentinc/cp-schema-registry:7.2.0",
    "rest-proxy": "confluentinc/cp-kafka-rest:7.2.0",
    "control-center": "controlcenter",
    "control-center-door": "caddy:2",
}
KRAFT = {"center", "door", "kafka-1", "kafka-2", "kafka-3", "registry", "connect", "redis", "postgres"}
pytestmark = pytest.mark.real  # Compose is installed by `make test`, not by `make check`


@pytest.fixture(scope="module")
def services():
    """Each service's part of the checked file, as Compose prints it."""
    command = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    answer = subprocess.run(
        [*command, "--profile", "kraft", "--profile", "course", "config"],
        cwd=ROOT,
        env=os.environ | {"CC_STORE_PASSWORD": "from-the-env-file"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    block = re.search(r"^services:\n(.*?)(?=^\S|\Z)", answer.stdout, re.MULTILINE | re.DOTALL).group(1)
    parts = re.split(r"^  ([\w-]+):\n", block, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def of_profile(services, profile):
    return {name for name, text in services.items() if re.search(rf"profiles:\n +- {profile}\n", text)}


def settings_of(service):
    """Return the product's settings a service is given, the password file replaced by one that exists."""
    given = dict(re.findall(r"^      ((?:CC|KAFKA)_\w+): (.+)$", service, re.MULTILINE))
    return {name: value.strip("'\"") for name, value in given.items()}


def test_the_profiles_hold_what_they_promise(services):
    assert of_profile(services, "kraft") == KRAFT
    assert of_profile(services, "course") == set(LECTURE)
    for name, image in LECTURE.items():
        assert f"image: {image}\n" in services[name]


def test_nothing_is_published_beyond_this_machine(services):
    for name, text in services.items():
        published = re.findall(r"^    - (\S+):(\d+):(\d+)(?:/tcp)?$", text, re.MULTILINE)
        assert {host for host, _, _ in published} <= {"127.0.0.1"}, name
        assert text.count("ports:") == bool(published), name
    assert "127.0.0.1:9021:9021" in services["control-center"]


@pytest.mark.parametrize("name", ["center", "control-center"])
def test_the_product_accepts_the_settings_it_is_given(services, name):
    given = settings_of(services[name])
    assert set(given) <= {each.name for each in config.FIELDS}
    settings = config.read(given)
    assert not settings.has_demo
    assert secure_start.faults(settings, secure_start.Facts(has_administrator=True)) == []


def test_the_product_runs_without_rights_and_reaps_its_dead(services):
    for name in ("center", "control-center"):
        assert "init: true" in services[name]
        assert re.search(r"cap_drop:\n +- ALL\n", services[name])
        assert "no-new-privileges:true" in services[name]


def test_no_broker_has_a_version_with_open_holes(services):
    assert not re.search(r"apache/kafka:4\.1\.[01]\b", "".join(services.values()))


def test_everything_the_image_copies_is_in_the_repository():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    assert "controlcenter" in sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert "require-hashes" in (ROOT / "Dockerfile").read_text(encoding="utf-8")

import stat

import pytest

from controlcenter import config
from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters, secrets
from controlcenter.fleet.models import Cluster

pytestmark = pytest.mark.django_db


def given(tmp_path, **more):
    return config.read({"CC_DATA_DIR": str(tmp_path), **more})


def test_a_sealed_secret_opens_again_and_tells_nothing():
    sealed = secrets.seal(Secret("hush-hush"))
    assert "hush" not in sealed
    assert secrets.unseal(sealed).reveal() == "hush-hush"
    assert secrets.seal(Secret()) == ""
    assert not secrets.unseal("")


def test_the_key_file_is_ours_alone():
    secrets.seal(Secret("x"))
    assert stat.S_IMODE(secrets.key_path().stat().st_mode) == 0o600


def test_a_secret_of_another_key_is_a_problem_that_names_the_file():
    with pytest.raises(Problem) as met:
        secrets.unseal("gAAAAAnot-ours")
    assert met.value.kind is Kind.BROKEN
    assert secrets.KEY_NAME in met.value.hint


def test_an_unknown_cluster_is_absent(demo):
    assert clusters.get("demo") == demo
    with pytest.raises(Problem) as met:
        clusters.get("demon")
    assert met.value.kind is Kind.ABSENT


def test_the_demo_waits_for_its_brokers_and_follows_them(tmp_path):
    settings = given(tmp_path)
    assert clusters.enrol(settings) is None
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "bootstrap").write_text("127.0.0.1:1\n")
    assert clusters.enrol(settings).bootstrap_servers == "127.0.0.1:1"
    Cluster.objects.filter(slug="demo").update(name="Ours", mode="read_only")
    (tmp_path / "demo" / "bootstrap").write_text("127.0.0.1:2\n")
    again = clusters.enrol(settings)
    assert (again.bootstrap_servers, again.name, again.mode) == ("127.0.0.1:2", "Ours", "read_only")
    assert Cluster.objects.count() == 1


def test_the_cluster_of_the_settings_is_written_once_with_its_password_sealed(tmp_path):
    settings = given(
        tmp_path,
        KAFKA_BOOTSTRAP_SERVERS="a:1,b:2",
        KAFKA_SECURITY_PROTOCOL="SASL_SSL",
        KAFKA_SASL_MECHANISM="PLAIN",
        KAFKA_SASL_USERNAME="me",
        KAFKA_SASL_PASSWORD="hush-hush",
    )
    first = clusters.enrol(settings)
    second = clusters.enrol(settings)
    assert first.sasl_password_sealed == second.sasl_password_sealed
    assert "hush" not in first.sasl_password_sealed
    reach = clusters.connection(second)
    assert (reach.bootstrap_servers, reach.sasl_mechanism, reach.sasl_password.reveal()) == ("a:1,b:2", "PLAIN", "hush-hush")
    assert "hush" not in repr(reach)


def test_no_demo_and_no_settings_mean_no_cluster(tmp_path):
    assert clusters.enrol(given(tmp_path, CC_DEMO_BROKERS="0")) is None
    assert clusters.all() == []


REGISTRY = {
    "KAFKA_BOOTSTRAP_SERVERS": "one:9092",
    "KAFKA_SCHEMA_REGISTRY_URL": "https://registry.example/api",
    "KAFKA_SCHEMA_REGISTRY_USERNAME": "reader",
    "KAFKA_SCHEMA_REGISTRY_PASSWORD": "hush-hush",
}


def test_a_registry_is_kept_with_its_password_sealed(tmp_path):
    row = clusters.enrol(given(tmp_path, **REGISTRY))
    assert "hush" not in row.registry_password_sealed
    there = clusters.registry(row)
    assert (there.url, there.username, there.password.reveal()) == ("https://registry.example/api", "reader", "hush-hush")
    assert "hush" not in repr(there)
    sealed = row.registry_password_sealed
    assert clusters.enrol(given(tmp_path, **REGISTRY)).registry_password_sealed == sealed, "the same secret is no change"


def test_a_registry_that_is_no_longer_set_is_forgotten(tmp_path):
    clusters.enrol(given(tmp_path, **REGISTRY))
    row = clusters.enrol(given(tmp_path, KAFKA_BOOTSTRAP_SERVERS="one:9092"))
    assert clusters.registry(row) is None
    assert row.registry_password_sealed == ""


def test_the_demos_registry_is_found_by_its_file_when_it_is_asked_for(tmp_path):
    for name, text in (("bootstrap", "127.0.0.1:1"), ("registry/url", "http://127.0.0.1:2/apis/ccompat/v7")):
        file = tmp_path / "demo" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="ascii")
    assert clusters.registry(clusters.enrol(given(tmp_path))) is None
    assert clusters.registry(clusters.enrol(given(tmp_path, CC_DEMO_REGISTRY="1"))).url == "http://127.0.0.1:2/apis/ccompat/v7"
    other = given(tmp_path, CC_DEMO_REGISTRY="1", KAFKA_SCHEMA_REGISTRY_URL="http://elsewhere")
    assert clusters.registry(clusters.enrol(other)).url == "http://elsewhere"

"""Settings: read, defaulted, refused together, redacted, and all of them documented."""

import re
from pathlib import Path

import pytest

from controlcenter import config

DOCUMENT = Path(__file__).parents[1] / "docs" / "configuration.md"
DOCUMENTED = re.compile(r"^\| `((?:CC|KAFKA)_[A-Z_]+)`( `\[_FILE\]`)? \| (?:`([^`]*)`|–) \| (.+) \|$", re.MULTILINE)
ONLY_SET_UP = "CC_CACHE_DIR"  # read before there is a product


def test_every_setting_is_documented_with_its_default_and_its_meaning():
    told = {
        name: (bool(file), default, meaning) for name, file, default, meaning in DOCUMENTED.findall(DOCUMENT.read_text(encoding="utf-8"))
    }
    told.pop(ONLY_SET_UP)
    assert told == {each.name: (each.may_be_file, each.default, each.meaning) for each in config.FIELDS}


def test_an_empty_environment_runs_on_a_laptop():
    settings = config.read({})
    assert (settings.bind, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path("data"))
    assert settings.is_loopback
    assert settings.has_demo
    assert settings.demo_brokers == 3
    assert settings.demo_traffic


def test_a_given_cluster_replaces_the_demo():
    settings = config.read({"KAFKA_BOOTSTRAP_SERVERS": "one:9092, two:9093"})
    assert settings.kafka_bootstrap_servers == "one:9092,two:9093"
    assert not settings.has_demo
    assert not config.read({"CC_DEMO_BROKERS": "0"}).has_demo


def test_all_faults_are_told_at_once_each_with_its_name_value_and_remedy():
    with pytest.raises(config.Faults) as told:
        config.read({"CC_PORT": "http", "CC_DEMO_BROKERS": "ten", "KAFKA_SECURITY_PROTOCOL": "TLS"})
    assert told.value.faults == [
        "CC_PORT='http': use a whole number from 1 to 65535.",
        "CC_DEMO_BROKERS='ten': use a whole number from 0 to 9.",
        "KAFKA_SECURITY_PROTOCOL='TLS': use one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL.",
    ]


@pytest.mark.parametrize(
    ("environ", "reached_at", "url"),
    [
        ({}, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ({"CC_BIND": "localhost", "CC_PORT": "81"}, "http://localhost:81", "http://localhost:81"),
        ({"CC_BIND": "::1"}, "http://[::1]:8000", "http://[::1]:8000"),
        ({"CC_BIND": "0.0.0.0"}, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ({"CC_BIND": "::"}, "http://[::1]:8000", "http://[::1]:8000"),
        ({"CC_BIND": "10.0.0.1", "CC_PUBLIC_URL": "https://kafka.example.org/"}, "http://10.0.0.1:8000", "https://kafka.example.org"),
        ({"CC_PUBLIC_URL": "https://kafka.example.org:8443"}, "http://127.0.0.1:8000", "https://kafka.example.org:8443"),
    ],
)
def test_the_server_knows_where_it_is_reached(environ, reached_at, url):
    settings = config.read(environ)
    assert (settings.reached_at, settings.url) == (reached_at, url)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"CC_PUBLIC_URL": "kafka.example.org"}, "https://name"),
        ({"CC_PUBLIC_URL": "ftp://kafka.example.org"}, "https://name"),
        ({"CC_PUBLIC_URL": "https://kafka.example.org/kafka/"}, "without a path"),
        ({"CC_PUBLIC_URL": "https://"}, "https://name"),
        ({"CC_PORT": "0"}, "from 1 to 65535"),
        ({"CC_PORT": "65536"}, "from 1 to 65535"),
        ({"CC_PORT": "-"}, "whole number"),
        ({"CC_PORT": "²"}, "whole number"),
        ({"CC_DEMO_TRAFFIC": "maybe"}, "use 1 or 0"),
        ({"CC_ANONYMOUS": "admin"}, "(empty), viewer"),
        ({"CC_REDIS_URL": "http://cache"}, "redis: or rediss: or unix:"),
        ({"CC_DATABASE_URL": "mysql://db"}, "postgres: or postgresql: or sqlite:"),
        ({"CC_ALLOWED_HOSTS": "*"}, "name the hosts"),
        ({"CC_SECRET_KEY": "short"}, "50 characters"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "broker"}, "host:port"),
        ({"KAFKA_BOOTSTRAP_SERVERS": "broker:99999"}, "host:port"),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KAFKA_SASL_MECHANISM is empty"),
        ({"KAFKA_SASL_MECHANISM": "PLAIN"}, "does not sign in"),
        ({"KAFKA_SASL_PASSWORD_FILE": "/nowhere/password"}, "No such file"),
    ],
)
def test_a_wrong_value_is_refused_with_the_way_out(environ, words):
    with pytest.raises(config.Faults, match=re.escape(words)):
        config.read(environ)


def test_a_secret_is_read_from_its_file_without_the_line_end(tmp_path):
    file = tmp_path / "password"
    file.write_text("tiger\n", encoding="utf-8")
    settings = config.read(
        {
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": "scott",
            "KAFKA_SASL_PASSWORD_FILE": str(file),
        }
    )
    assert settings.kafka_sasl_password.reveal() == "tiger"


def test_no_secret_stands_in_what_is_printed():
    secret = "tiger" * 12
    settings = config.read(
        {
            "CC_SECRET_KEY": secret,
            "CC_REDIS_URL": f"redis://:{secret}@cache:6379/0",
            "CC_DATABASE_URL": f"postgres://center:{secret}@db/center",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_PASSWORD": secret,
        }
    )
    assert secret not in repr(settings)
    with pytest.raises(config.Faults) as told:
        config.read({"CC_REDIS_URL": f"http://:{secret}@cache", "CC_SECRET_KEY": "tiger"})
    assert "tiger" not in str(told.value)

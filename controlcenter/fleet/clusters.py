"""Which clusters there are, how to reach one, and the first ones: the demo's, or the one named in the environment."""

from controlcenter.config import Config
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import secrets
from controlcenter.fleet.models import Cluster
from controlcenter.kafka.model import Connection

DEMO = "demo"
GIVEN = "kafka"


def all() -> list[Cluster]:
    """Return every cluster, by name."""
    return list(Cluster.objects.all())


def get(slug: str) -> Cluster:
    """Return one cluster; raises Problem(ABSENT)."""
    found = Cluster.objects.filter(slug=slug).first()
    if found is None:
        raise Problem(Kind.ABSENT, f"There is no cluster {slug}.")
    return found


def connection(cluster: Cluster) -> Connection:
    """Return how to reach a cluster, secrets opened; raises Problem(BROKEN) when the key does not fit."""
    return Connection(
        bootstrap_servers=cluster.bootstrap_servers,
        security_protocol=cluster.security_protocol,
        sasl_mechanism=cluster.sasl_mechanism,
        sasl_username=cluster.sasl_username,
        sasl_password=secrets.unseal(cluster.sasl_password_sealed),
        ssl_ca_pem=cluster.ssl_ca_pem,
        ssl_certificate_pem=cluster.ssl_certificate_pem,
        ssl_key_pem=secrets.unseal(cluster.ssl_key_sealed),
    )


def meant(config: Config) -> str:
    """Return the slug of the cluster the settings speak of, whether its row exists or not; "" when they speak of none."""
    if config.kafka_bootstrap_servers:
        return GIVEN
    return DEMO if config.has_demo else ""


def enrol(config: Config) -> Cluster | None:
    """Write the cluster the settings speak of, and return it; None when they speak of none.

    Idempotent. Name, environment and mode belong to the operator once the row exists; how to reach it belongs to the
    settings. The demo's row waits for the file its brokers write, so the supervisor calls this again when they are up.
    """
    if config.kafka_bootstrap_servers:
        return _enrol_given(config)
    if not config.has_demo:
        return None
    kept = config.data_dir.resolve() / "demo" / "bootstrap"
    servers = kept.read_text(encoding="ascii").strip() if kept.exists() else ""
    return _write(DEMO, "Demo", bootstrap_servers=servers) if servers else Cluster.objects.filter(slug=DEMO).first()


def _enrol_given(config: Config) -> Cluster:
    password = config.kafka_sasl_password
    before = Cluster.objects.filter(slug=GIVEN).first()
    # Sealing the same text twice gives two texts: keep the old one, or every start would count as a change.
    is_same = before is not None and secrets.unseal(before.sasl_password_sealed) == password
    return _write(
        GIVEN,
        "Kafka",
        bootstrap_servers=config.kafka_bootstrap_servers,
        security_protocol=config.kafka_security_protocol,
        sasl_mechanism=config.kafka_sasl_mechanism,
        sasl_username=config.kafka_sasl_username,
        sasl_password_sealed=before.sasl_password_sealed if before and is_same else secrets.seal(password),
        ssl_ca_pem=config.kafka_ssl_ca,
    )


def _write(slug: str, name: str, **reach: str) -> Cluster:
    found, is_new = Cluster.objects.get_or_create(slug=slug, defaults={"name": name, **reach})
    changed = {field: value for field, value in reach.items() if getattr(found, field) != value}
    if changed and not is_new:
        for field, value in changed.items():
            setattr(found, field, value)
        found.save(update_fields=list(changed))
    return found

"""Which clusters there are, how to reach one, and the first ones: the demo's, or the one named in the environment."""

from controlcenter.config import Config, Secret
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import secrets
from controlcenter.fleet.models import Cluster
from controlcenter.kafka.model import Connection
from controlcenter.schemas.model import Connection as Registry

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


def registry(cluster: Cluster) -> Registry | None:
    """Return how to reach a cluster's schema registry, its password opened; None when it has none."""
    if not cluster.registry_url:
        return None
    return Registry(cluster.registry_url, cluster.registry_username, secrets.unseal(cluster.registry_password_sealed))


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
    if not servers:
        return Cluster.objects.filter(slug=DEMO).first()
    kept = config.data_dir.resolve() / "demo" / "registry" / "url"
    has_own = config.demo_registry and not config.kafka_schema_registry_url and kept.exists()
    own = {
        "registry_url": kept.read_text(encoding="ascii").strip() if has_own else "",
        "registry_username": "",
        "registry_password_sealed": "",
    }
    return _write(DEMO, "Demo", bootstrap_servers=servers, **(own if has_own else _registry(config, DEMO)))


def _enrol_given(config: Config) -> Cluster:
    before = Cluster.objects.filter(slug=GIVEN).first()
    return _write(
        GIVEN,
        "Kafka",
        bootstrap_servers=config.kafka_bootstrap_servers,
        security_protocol=config.kafka_security_protocol,
        sasl_mechanism=config.kafka_sasl_mechanism,
        sasl_username=config.kafka_sasl_username,
        sasl_password_sealed=_sealed(config.kafka_sasl_password, before.sasl_password_sealed if before else ""),
        ssl_ca_pem=config.kafka_ssl_ca,
        **_registry(config, GIVEN),
    )


def _registry(config: Config, slug: str) -> dict[str, str]:
    """Return what the settings say of the cluster's schema registry."""
    before = Cluster.objects.filter(slug=slug).first()
    return {
        "registry_url": config.kafka_schema_registry_url,
        "registry_username": config.kafka_schema_registry_username,
        "registry_password_sealed": _sealed(config.kafka_schema_registry_password, before.registry_password_sealed if before else ""),
    }


def _sealed(secret: Secret, before: str) -> str:
    """Return a secret sealed. The same text sealed twice gives two texts: keep the old one, or every start would count as a change."""
    return before if before and secrets.unseal(before) == secret else secrets.seal(secret)


def _write(slug: str, name: str, **reach: str) -> Cluster:
    found, is_new = Cluster.objects.get_or_create(slug=slug, defaults={"name": name, **reach})
    changed = {field: value for field, value in reach.items() if getattr(found, field) != value}
    if changed and not is_new:
        for field, value in changed.items():
            setattr(found, field, value)
        found.save(update_fields=list(changed))
    return found

"""A cluster as somebody typed it: read, checked, every fault at its field; not kept before it is added.

A draft is a row that was not saved: its secrets are sealed already, so that it can wait in a session and travel to a
worker as `told`.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify

from controlcenter import config
from controlcenter.config import Secret
from controlcenter.errors import Kind, Problem
from controlcenter.fleet import clusters, secrets
from controlcenter.fleet.models import Cluster

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
REACH = ("bootstrap_servers", "security_protocol", "sasl_mechanism", "sasl_username", "sasl_password_sealed", "ssl_ca_pem")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+-----END CERTIFICATE-----", re.DOTALL)


def read(form: Mapping[str, str], sealed: str = "") -> tuple[Cluster, list[Problem]]:
    """Return the cluster a form describes, and everything that is wrong with it, each fault with its field.

    sealed  the password given before, as it was sealed: an empty field keeps it
    """
    told = {name: form.get(name, "").strip() for name in ("name", "environment", *REACH)}
    is_signed_in = told["security_protocol"].startswith("SASL")
    password = form.get("sasl_password", "") if is_signed_in else ""
    draft = Cluster(
        slug=slugify(told["name"])[:64] or "cluster",
        name=told["name"],
        environment=told["environment"] or Cluster.Environment.DEV,
        bootstrap_servers=",".join(config.words(told["bootstrap_servers"].replace("\n", ","))),
        security_protocol=told["security_protocol"] or PROTOCOLS[0],
        sasl_mechanism=told["sasl_mechanism"] if is_signed_in else "",
        sasl_username=told["sasl_username"] if is_signed_in else "",
        sasl_password_sealed=secrets.seal(Secret(password)) if password else sealed if is_signed_in else "",
        ssl_ca_pem=told["ssl_ca_pem"] if told["security_protocol"].endswith("SSL") else "",
    )
    return draft, [fault for fault in (*_about_name(draft), *_about_reach(draft)) if fault]


def add(draft: Cluster) -> Cluster:
    """Keep a draft that has no fault, and return its row; raises Problem(CONFLICT) when somebody took its name meanwhile."""
    kept, is_new = Cluster.objects.get_or_create(
        slug=draft.slug, defaults={name: getattr(draft, name) for name in ("name", "environment", *REACH)}
    )
    if not is_new:
        raise _taken(draft)
    return kept


def told(draft: Cluster) -> dict[str, str]:
    """Return how to reach a draft, as it travels: its password sealed."""
    return {name: str(getattr(draft, name)) for name in REACH}


def connection(told: Mapping[str, str]) -> Any:
    """Return the connection of a draft that travelled."""
    return clusters.connection(Cluster(**told))


def _about_name(draft: Cluster) -> list[Problem]:
    if not draft.name or len(draft.name) > 128 or not draft.name.isprintable():
        return [Problem(Kind.INVALID, "The cluster needs a name.", "Use up to 128 letters, as people call it.", "name")]
    if draft.environment not in Cluster.Environment.values:
        return [Problem(Kind.INVALID, "This is no environment.", f"Use one of {', '.join(Cluster.Environment.values)}.", "environment")]
    return [_taken(draft)] if Cluster.objects.filter(slug=draft.slug).exists() else []


def _about_reach(draft: Cluster) -> list[Problem]:
    told = []
    try:
        if not config.servers(draft.bootstrap_servers):
            raise ValueError("write host:port, separated by commas")
    except ValueError as fault:
        told.append(Problem(Kind.INVALID, "The brokers' addresses cannot be read.", f"{str(fault).capitalize()}.", "bootstrap_servers"))
    if draft.security_protocol not in PROTOCOLS:
        told.append(
            Problem(Kind.INVALID, "This is no way to speak to brokers.", f"Use one of {', '.join(PROTOCOLS)}.", "security_protocol")
        )
    if draft.security_protocol.startswith("SASL"):
        if draft.sasl_mechanism not in MECHANISMS:
            told.append(Problem(Kind.INVALID, "Say how to sign in.", f"Use one of {', '.join(MECHANISMS)}.", "sasl_mechanism"))
        if not draft.sasl_username:
            told.append(Problem(Kind.INVALID, "Signing in needs a name.", "Ask who runs the brokers.", "sasl_username"))
        if not draft.sasl_password_sealed:
            told.append(Problem(Kind.INVALID, "Signing in needs a password.", "Ask who runs the brokers.", "sasl_password"))
    if draft.ssl_ca_pem and not CERTIFICATE.search(draft.ssl_ca_pem):
        told.append(Problem(Kind.INVALID, "This is no certificate.", "Paste the authority's as PEM text, BEGIN to END.", "ssl_ca_pem"))
    return told


def _taken(draft: Cluster) -> Problem:
    return Problem(Kind.CONFLICT, f"There is already a cluster {draft.slug}.", "Choose another name.", "name")

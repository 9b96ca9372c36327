"""How clients are configured: typed fields in, allowed properties out, never a path, a plugin or a free-form property.

`properties` is for librdkafka (confluent-kafka), `wire_properties` for kafka-python. `probe` says why a cluster cannot
be reached: librdkafka tells, kafka-python only times out.
"""

import logging
import os
import ssl
import time
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import errors
from controlcenter.kafka.model import Connection

log = logging.getLogger("controlcenter.kafka")
PROBE_S = 3.0
KEPT = ("error_cb", "log_level")  # names that have underscores of their own

# Everything else is refused: plugin.library.paths and ssl.engine.* load code, *.location reads files, debug floods.
ALLOWED = frozenset({
    "bootstrap.servers", "client.id", "security.protocol", "sasl.mechanism", "sasl.username", "sasl.password",
    "ssl.ca.pem", "ssl.certificate.pem", "ssl.key.pem",
    "allow.auto.create.topics", "socket.connection.setup.timeout.ms", "socket.timeout.ms", "reconnect.backoff.ms",
    "reconnect.backoff.max.ms", "log_level", "logger", "error_cb",
    "group.id", "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset", "enable.partition.eof", "isolation.level",
    "queued.max.messages.kbytes", "queued.min.messages", "fetch.message.max.bytes", "fetch.max.bytes", "fetch.queue.backoff.ms",
    "fetch.wait.max.ms", "check.crcs",
    "enable.idempotence", "acks", "delivery.timeout.ms", "linger.ms", "compression.type", "transactional.id", "batch.size",
    "partition.assignment.strategy", "session.timeout.ms", "group.protocol", "partitioner", "message.max.bytes",
    "delivery.report.only.error",
})  # fmt: skip


def properties(connection: Connection, role: str, **more: Any) -> dict[str, Any]:
    """Return librdkafka's properties for a role ("browse", "probe"); more: allowed ones, dots written as underscores.

    Raises Problem(INVALID) for a property that is not on the list.
    """
    chosen: dict[str, Any] = {
        "bootstrap.servers": connection.bootstrap_servers,
        "client.id": f"controlcenter-{role}",
        "security.protocol": connection.security_protocol,
        "allow.auto.create.topics": False,  # librdkafka would create a topic on the mere question about its name
        "socket.connection.setup.timeout.ms": 3000,
        "socket.timeout.ms": 10_000,
        "reconnect.backoff.ms": 250,
        "reconnect.backoff.max.ms": 30_000,
        "log_level": 4,
        "logger": log,
    }
    if connection.security_protocol.startswith("SASL"):
        chosen |= {"sasl.mechanism": connection.sasl_mechanism, "sasl.username": connection.sasl_username}
        chosen["sasl.password"] = connection.sasl_password.reveal()
    if connection.security_protocol.endswith("SSL"):
        chosen |= {
            name: pem
            for name, pem in (
                ("ssl.ca.pem", connection.ssl_ca_pem),
                ("ssl.certificate.pem", connection.ssl_certificate_pem),
                ("ssl.key.pem", connection.ssl_key_pem.reveal()),
            )
            if pem
        }
    chosen |= {name if name in KEPT else name.replace("_", "."): value for name, value in more.items()}
    refused = sorted(set(chosen) - ALLOWED)
    if refused:
        raise Problem(Kind.INVALID, f"The client property {refused[0]} is not allowed.")
    return chosen


def wire_properties(connection: Connection, client_id: str) -> dict[str, Any]:
    """Return kafka-python's settings. Its defaults wait 30 s for what should take 3."""
    chosen: dict[str, Any] = {
        "bootstrap_servers": connection.bootstrap_servers.split(","),
        "client_id": client_id,
        "request_timeout_ms": 10_000,
        "socket_connection_setup_timeout_ms": 3000,
        "socket_connection_setup_timeout_max_ms": 5000,
        "reconnect_backoff_ms": 250,
        "reconnect_backoff_max_ms": 5000,
        "max_in_flight_requests_per_connection": 20,
        "receive_message_max_bytes": 100_000_000,
        "security_protocol": connection.security_protocol,
    }
    if connection.security_protocol.startswith("SASL"):
        chosen |= {
            "sasl_mechanism": connection.sasl_mechanism,
            "sasl_plain_username": connection.sasl_username,
            "sasl_plain_password": connection.sasl_password.reveal(),
        }
    if connection.security_protocol.endswith("SSL"):
        chosen["ssl_context"] = _tls(connection)
    return chosen


def _tls(connection: Connection) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=connection.ssl_ca_pem or None)
        if connection.ssl_certificate_pem:
            # load_cert_chain takes paths only; a memory file has one, and the key never touches a disk.
            pem = f"{connection.ssl_certificate_pem.rstrip()}\n{connection.ssl_key_pem.reveal().strip()}\n"
            with os.fdopen(os.memfd_create("tls"), "wb") as kept:
                kept.write(pem.encode())
                kept.flush()
                context.load_cert_chain(f"/proc/self/fd/{kept.fileno()}")
    except (ssl.SSLError, ValueError) as error:
        raise Problem(Kind.INVALID, f"The certificates cannot be used: {error}.", "Paste them as PEM text.") from error
    return context


def probe(connection: Connection) -> None:
    """Return when a broker answers; raises Problem with the cause: refused, unknown name, wrong certificate, wrong password.

    Certificates that are none are INVALID before anybody is asked.
    """
    if connection.security_protocol.endswith("SSL"):
        _tls(connection)  # librdkafka's own word on a broken certificate is no Problem
    seen: list[KafkaError] = []
    admin = AdminClient(properties(connection, "probe", error_cb=seen.append, log_level=0))
    deadline = time.monotonic() + PROBE_S
    while True:
        try:
            # One name, not all topics: it costs the same in any cluster, and asking does not create it.
            admin.list_topics("__consumer_offsets", timeout=0.25)
        except KafkaException as error:
            admin.poll(0)
            codes = {each.code() for each in seen}
            # Each try counts against the account, so stop at the first refusal of the password.
            if codes & {KafkaError._AUTHENTICATION, KafkaError._ALL_BROKERS_DOWN} or time.monotonic() > deadline:
                cause = _cause(seen) or error.args[0]
                raise errors.of(KafkaException(cause), "the cluster") from error
        else:
            return


def _cause(seen: list[KafkaError]) -> KafkaError | None:
    """Return the error that says most: everything ends in "all brokers down"."""
    telling = (KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError._RESOLVE, KafkaError._TRANSPORT)
    return next((error for code in telling for error in seen if error.code() == code), None)

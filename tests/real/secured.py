"""A broker that asks who comes in: each way to speak to Kafka on a listener of its own, with certificates made for the run."""

import datetime
import ipaddress
import socket
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from demo.cluster import KafkaCluster

USER, PASSWORD = "center", "pass word, = ; and “quotes”"
LISTENERS = {"PLAIN": "SASL_PLAINTEXT", "SCRAM": "SASL_SSL", "TLS": "SSL", "MUTUAL": "SSL"}


class Authority:
    """Signs certificates."""

    def __init__(self, name: str = "an authority of tests") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = self._sign(self._name, self._key.public_key(), x509.BasicConstraints(ca=True, path_length=0))
        self.pem = _pem(self._certificate)

    def issue(self, name: str) -> tuple[str, str]:
        """Return a certificate for 127.0.0.1 and its key, both as PEM text."""
        key = ec.generate_private_key(ec.SECP256R1())
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        certificate = self._sign(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key.public_key(), here, uses)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return _pem(certificate), key.private_bytes(*form).decode()

    def _sign(self, subject: x509.Name, key: Any, *extensions: Any) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for extension in extensions:
            made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return made.sign(self._key, hashes.SHA256())


class SecuredKafka:
    """One broker; `addresses` holds listener → host:port."""

    def __init__(self, directory: Path) -> None:
        self.authority = Authority()
        self.client_certificate, self.client_key = self.authority.issue("controlcenter")
        certificate, key = self.authority.issue("broker")
        (directory / "broker.pem").write_text(key + certificate, encoding="ascii")
        (directory / "authority.pem").write_text(self.authority.pem, encoding="ascii")
        self.addresses = {name: f"127.0.0.1:{port}" for name, port in zip(LISTENERS, _free_ports(len(LISTENERS)), strict=True)}
        self._cluster = KafkaCluster(directory / "kafka", brokers=1)
        self._cluster = KafkaCluster(directory / "kafka", brokers=1, more=self._settings(directory))

    @property
    def plain_bootstrap(self) -> str:
        """The listener without any security, for the test's own hands."""
        return self._cluster.bootstrap

    def start(self) -> "SecuredKafka":
        self._cluster.start()
        admin = AdminClient({"bootstrap.servers": self.plain_bootstrap})
        upsert = UserScramCredentialUpsertion(USER, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), PASSWORD.encode())
        for told in admin.alter_user_scram_credentials([upsert]).values():
            told.result(30)
        return self

    def stop(self) -> None:
        self._cluster.stop()

    def _settings(self, directory: Path) -> str:
        """Return what comes after the cluster's own settings: of a name given twice, Java takes the second."""
        known = dict(line.split("=", 1) for line in self._cluster.nodes[1].settings.splitlines())
        listeners = ",".join([known["listeners"], *(f"{name}://{address}" for name, address in self.addresses.items())])
        protocols = ",".join([known["listener.security.protocol.map"], *(f"{name}:{protocol}" for name, protocol in LISTENERS.items())])
        password = PASSWORD.encode("unicode_escape").decode("ascii").replace("\\", "\\\\").replace("\\\\u", "\\u")
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        return (
            f"listeners={listeners}\nlistener.security.protocol.map={protocols}\n"
            "listener.name.plain.sasl.enabled.mechanisms=PLAIN\nlistener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512\n"
            f'listener.name.plain.plain.sasl.jaas.config={plain} required user_{USER}="{password}";\n'
            f"listener.name.scram.scram-sha-512.sasl.jaas.config={scram} required;\n"
            f"ssl.keystore.type=PEM\nssl.keystore.location={directory}/broker.pem\n"
            f"ssl.truststore.type=PEM\nssl.truststore.location={directory}/authority.pem\n"
            "listener.name.mutual.ssl.client.auth=required\n"
        )


def _free_ports(many: int) -> list[int]:
    sockets = [socket.socket() for _ in range(many)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()

"""What a start refuses: every combination of settings and facts that would leave the door open. Default deny begins here.

`faults` is pure: settings and facts in, sentences out, each naming the setting and the way out. `facts` reads them.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import redis

from controlcenter.access import setup
from controlcenter.config import Config
from controlcenter.errors import Problem
from controlcenter.fleet import clusters, secrets

KEY_FILES = ("secret_key", secrets.KEY_NAME)
KNOWN_KEYS = ("django-insecure-", "pleasechangeme", "changeme", "not yet made")
# CVE-2025-49844: first Redis of each line that is mended; other lines before 8.2.2 are not
MENDED = {(6, 2): 20, (7, 2): 11, (7, 4): 6, (8, 2): 2}
CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the settings do not say. file_modes: path → permission bits. redis_version: None when none answered, or it is our own.

    is_image_key  the signing key was generated into a container image, where every copy of the image has it
    """

    has_administrator: bool
    file_modes: Mapping[str, int] = field(default_factory=dict)
    secret_key: str = ""
    is_image_key: bool = False
    redis_version: tuple[int, ...] | None = None
    is_valkey: bool = False
    cluster_modes: Mapping[str, str] = field(default_factory=dict)
    do_secrets_open: bool = True


def faults(config: Config, facts: Facts) -> list[str]:
    """Return every reason not to start, one sentence each; empty when it is safe."""
    return [*_about_place(config, facts), *_about_keys(facts), *_about_guests(config, facts), *_about_redis(config, facts)]


def facts(config: Config) -> Facts:
    """Read what `faults` needs from the data directory, the migrated database and Redis."""
    here = config.data_dir.resolve()
    kept = here / "secret_key"
    version, is_valkey = _redis_version(config)
    return Facts(
        has_administrator=setup.is_ready() or bool(config.admin_password_file),
        file_modes=_modes(here),
        secret_key=config.secret_key.reveal() or (kept.read_text(encoding="ascii") if kept.exists() else ""),
        is_image_key=_is_image_key(config, kept),
        redis_version=version,
        is_valkey=is_valkey,
        cluster_modes=_modes_of_clusters(config),
        do_secrets_open=_do_secrets_open(),
    )


def _about_place(config: Config, facts: Facts) -> list[str]:
    if config.is_loopback:
        return []
    told = []
    if not facts.has_administrator:
        told.append(
            f"CC_BIND={config.bind}: nobody is administrator yet, and whoever comes first would be; "
            "set up on 127.0.0.1 first, or give CC_ADMIN_PASSWORD_FILE."
        )
    if config.debug:
        told.append(f"CC_DEBUG=1 with CC_BIND={config.bind}: debug pages show the inside to everybody; set CC_DEBUG=0, or bind 127.0.0.1.")
    if facts.is_image_key:
        told.append(
            "CC_SECRET_KEY is empty and the key lies in the image, equal in every copy; "
            "keep CC_DATA_DIR on a volume, or give CC_SECRET_KEY_FILE."
        )
    if not config.behind_tls_proxy:
        told.append(
            f"CC_BIND={config.bind} without TLS: cookies would travel in clear; "
            "put a TLS proxy in front and set CC_BEHIND_TLS_PROXY=1, or bind 127.0.0.1."
        )
    return told


def _about_keys(facts: Facts) -> list[str]:
    told = []
    if facts.secret_key and (len(facts.secret_key) < 50 or facts.secret_key.startswith(KNOWN_KEYS)):
        told.append("CC_SECRET_KEY=•••: short or known to everybody; leave it empty to have one made, or use 50 characters of chance.")
    for path, mode in facts.file_modes.items():
        if mode & 0o077:
            told.append(f"CC_DATA_DIR: {path} can be read by others (mode {mode:04o}); run chmod go= {path}.")
    if not facts.do_secrets_open:
        told.append(
            f"CC_DATA_DIR: the file {secrets.KEY_NAME} does not open the secrets in the database; put back the one that belongs to it."
        )
    return told


def _about_guests(config: Config, facts: Facts) -> list[str]:
    told = []
    if "*" in config.allowed_hosts:
        told.append("CC_ALLOWED_HOSTS='*': any host name would be trusted; name the hosts browsers use.")
    writable = sorted(slug for slug, mode in facts.cluster_modes.items() if mode != "read_only")
    if config.anonymous and writable:
        told.append(
            f"CC_ANONYMOUS={config.anonymous}: everybody may look only where nothing can be changed; "
            f"make {', '.join(writable)} read-only, or leave CC_ANONYMOUS empty."
        )
    return told


def _about_redis(config: Config, facts: Facts) -> list[str]:
    parts = urlsplit(config.redis_url)
    if parts.scheme not in ("redis", "rediss"):
        return []
    told = []
    if not parts.password:
        told.append("CC_REDIS_URL=•••: Redis over TCP without a password; put one into the URL, or leave it empty for the embedded one.")
    version = facts.redis_version
    if version and not facts.is_valkey and _is_known_bad(version):
        shown = ".".join(map(str, version))
        told.append(f"CC_REDIS_URL=•••: Redis {shown} runs foreign code (CVE-2025-49844); use 6.2.20, 7.2.11, 7.4.6, 8.2.2 or newer.")
    return told


def _is_known_bad(version: tuple[int, ...]) -> bool:
    line, patch = version[:2], version[2] if len(version) > 2 else 0
    return patch < MENDED[line] if line in MENDED else line < (8, 2)


def _modes(here: Path) -> dict[str, int]:
    paths = [here, *(here / name for name in KEY_FILES), *here.glob("*.sqlite3")]
    return {str(path): stat.S_IMODE(path.stat().st_mode) for path in paths if path.exists()}


def _modes_of_clusters(config: Config) -> dict[str, str]:
    """The cluster this start will enrol counts too: it begins as normal."""
    to_come = {clusters.meant(config): "normal"} if clusters.meant(config) else {}
    return to_come | {cluster.slug: cluster.mode for cluster in clusters.all()}


def _is_image_key(config: Config, kept: Path) -> bool:
    """A key file in a container, on the container's own root file system: no volume holds it."""
    if config.secret_key or not kept.exists() or not any(Path(mark).exists() for mark in CONTAINER_MARKS):
        return False
    return os.stat(kept).st_dev == os.stat("/").st_dev


def _redis_version(config: Config) -> tuple[tuple[int, ...] | None, bool]:
    if urlsplit(config.redis_url).scheme not in ("redis", "rediss"):
        return None, False
    try:
        client = redis.Redis.from_url(config.redis_url, socket_timeout=2, socket_connect_timeout=2)
        told = client.info("server")
        client.close()
    except (redis.RedisError, OSError):
        return None, False
    numbers = str(told.get("redis_version", "")).split(".")
    return tuple(int(number) for number in numbers if number.isdecimal()) or None, told.get("server_name") == "valkey"


def _do_secrets_open() -> bool:
    try:
        for cluster in clusters.all():
            clusters.connection(cluster)
    except Problem:
        return False
    return True

"""Secrets we keep for clusters: sealed in the database, the key beside it in a file only we may read.

Law: `unseal(seal(secret)) == secret`, and what is sealed tells nothing without the key file. A backup of the database
alone opens nothing; the key file must be saved apart.
"""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from controlcenter.config import Secret, current
from controlcenter.errors import Kind, Problem

KEY_NAME = "stored_secrets_key"


def seal(secret: Secret) -> str:
    """Return the secret as text for the database; the empty secret stays empty."""
    return _fernet().encrypt(secret.reveal().encode()).decode("ascii") if secret else ""


def unseal(sealed: str) -> Secret:
    """Return what was sealed; raises Problem(BROKEN) when this key does not open it."""
    if not sealed:
        return Secret()
    try:
        return Secret(_fernet().decrypt(sealed.encode("ascii")).decode())
    except InvalidToken:
        raise Problem(
            Kind.BROKEN,
            "A stored secret cannot be opened with this installation's key.",
            f"Put back the file {KEY_NAME} that belongs to the database, or set the secret again.",
        ) from None


def key_path() -> Path:
    return current().data_dir.resolve() / KEY_NAME


def make_key(path: Path) -> None:
    """Write a new key, readable by nobody else; an existing one is left alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(Fernet.generate_key())


def _fernet() -> Fernet:
    path = key_path()
    make_key(path)
    return Fernet(path.read_bytes())

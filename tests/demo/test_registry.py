"""The demo's registry is used only as locked; what it writes for others is true before it runs."""

import hashlib
import io
import tarfile

import pytest

from demo import artifacts, registry

LOCK = registry.LOCK


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """An archive in a cache, and its lock."""
    monkeypatch.setenv("CC_CACHE_DIR", str(tmp_path))
    file = tmp_path / "app-all.tar.gz"
    with tarfile.open(file, "w:gz") as made:
        info = tarfile.TarInfo("runner.jar")
        info.size = 3
        made.addfile(info, io.BytesIO(b"jar"))
    lock = tmp_path / "app.lock"
    lock.write_text(f"# a comment\n{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n", encoding="ascii")
    monkeypatch.setattr(registry, "LOCK", lock)
    monkeypatch.setattr(registry, "_archive", lambda: file)
    return file


def test_an_archive_that_is_as_locked_is_unpacked_once(archive):
    jar = registry.unpacked() / "runner.jar"
    assert jar.read_bytes() == b"jar"
    jar.write_bytes(b"kept")
    assert registry.unpacked() == jar.parent
    assert jar.read_bytes() == b"kept"


def test_an_archive_with_other_bytes_is_refused_with_the_way_out(archive):
    archive.write_bytes(b"something else")
    with pytest.raises(artifacts.Unavailable, match=r"app-all\.tar\.gz is not the file that app\.lock names\. Delete"):
        registry.unpacked()


def test_its_own_lock_names_a_whole_digest():
    ((name, digest),) = artifacts.locked(LOCK).items()
    assert name == f"{registry.NAME}-{registry.VERSION}-all.tar.gz"
    assert len(bytes.fromhex(digest)) == 32


def test_its_address_is_written_before_it_runs_and_stays(archive, tmp_path):
    made = registry.Registry(tmp_path / "registry")
    made.write()
    assert (tmp_path / "registry" / "url").read_text() == made.url
    assert registry.Registry(tmp_path / "registry").url == made.url
    assert f"-Dquarkus.http.port={made.port}" in made.command
    assert "-Dquarkus.http.host=127.0.0.1" in made.command

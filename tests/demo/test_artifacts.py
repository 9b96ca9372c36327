"""Kafka's jars are used only as locked; a cluster's files say where it is found again."""

import base64
import hashlib

import pytest

from demo import artifacts, cluster

COORDINATES = "test:kafka:1"


@pytest.fixture
def jars(tmp_path, monkeypatch):
    """Two jars in a cache and their lock."""
    monkeypatch.setenv("CC_CACHE_DIR", str(tmp_path))
    files = [tmp_path / "a.jar", tmp_path / "b.jar"]
    for file in files:
        file.write_bytes(file.name.encode())
    lock = tmp_path / "kafka-1.lock"
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    lock.write_text("# a comment\n" + "".join(lines), encoding="ascii")
    (tmp_path / "kafka-1.jars").write_text("\n".join(map(str, files)), encoding="utf-8")
    monkeypatch.setitem(artifacts.LOCKS, COORDINATES, lock)
    artifacts.classpath.cache_clear()
    yield files
    artifacts.classpath.cache_clear()


def test_jars_that_are_as_locked_make_the_class_path(jars):
    assert artifacts.classpath(COORDINATES) == f"{jars[0]}:{jars[1]}"


def test_a_jar_with_other_bytes_is_refused_with_the_way_out(jars):
    jars[1].write_bytes(b"something else")
    with pytest.raises(artifacts.Unavailable, match=r"b\.jar is not the file that kafka-1\.lock names\. Delete"):
        artifacts.classpath(COORDINATES)


def test_a_jar_the_lock_does_not_name_is_refused(jars):
    lock = artifacts.LOCKS[COORDINATES]
    lock.write_text("\n".join(line for line in lock.read_text().splitlines() if "a.jar" not in line), encoding="ascii")
    with pytest.raises(artifacts.Unavailable, match=r"a\.jar is not"):
        artifacts.classpath(COORDINATES)


def test_a_locked_jar_that_did_not_come_is_refused(jars, tmp_path):
    (tmp_path / "kafka-1.jars").write_text(str(jars[0]), encoding="utf-8")
    with pytest.raises(artifacts.Unavailable, match=r"1 jars came, kafka-1\.lock names 2"):
        artifacts.classpath(COORDINATES)


def test_the_locks_name_whole_digests_and_kafka_itself():
    for lock in artifacts.LOCKS.values():
        named = artifacts.locked(lock)
        own = lock.stem.replace("kafka-", "kafka_2.13-") if lock.stem.startswith("kafka-") else f"kafka-{lock.stem}"
        assert f"{own}.jar" in named
        assert {len(bytes.fromhex(digest)) for digest in named.values()} == {32}


def test_a_clusters_ports_are_chosen_once(tmp_path):
    names = ["ctrl1", "direct1"]
    first = cluster.kept_ports(tmp_path, names)
    assert len(set(first.values())) == 2
    assert cluster.kept_ports(tmp_path, names) == first
    assert set(cluster.kept_ports(tmp_path, [*names, "direct2"])) == {*names, "direct2"}


def test_a_new_cluster_id_is_sixteen_bytes_and_never_starts_with_a_dash():
    for _ in range(200):
        text = cluster._new_id()
        assert not text.startswith("-")
        assert len(base64.urlsafe_b64decode(text + "==")) == 16

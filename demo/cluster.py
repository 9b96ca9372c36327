"""Clusters of real brokers on this machine: three combined KRaft nodes by default, or old Kafka with ZooKeeper.

A directory holds everything, and a second start finds its records again. Ports are chosen once and kept in the directory.
"""

import base64
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

from demo import artifacts

JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m", "-Dlog4j2.disableJmx=true")
RACKS = "abcdefghi"
SHARED = """\
offsets.topic.num.partitions=6
transaction.state.log.num.partitions=6
group.initial.rebalance.delay.ms=0
num.partitions=3
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""


class NotUp(Exception):
    """The cluster did not answer in time; carries the end of a broker's log."""


class _Node:
    """One JVM: its files, its process."""

    def __init__(self, directory: Path, main: str, settings: str, classpath: str) -> None:
        self.directory, self.main, self.settings, self.classpath = directory, main, settings, classpath
        self.file = directory / "server.properties"
        self.process: subprocess.Popen[bytes] | None = None

    def write(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.file.write_text(self.settings, encoding="utf-8")

    @property
    def command(self) -> list[str]:
        """What to run; the process that starts it becomes the JVM."""
        return self._java(self.main, str(self.file))

    def _java(self, *arguments: str) -> list[str]:
        return [artifacts.java(), *JVM, "-cp", self.classpath, *arguments]

    def start(self) -> None:
        log = (self.directory / "log").open("ab")
        # a group of its own: Ctrl-C in the terminal must not reach a broker before its owner decides
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        log.close()

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def end(self, seconds: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def tail(self) -> str:
        return (self.directory / "log").read_text(encoding="utf-8", errors="replace")[-2000:]


class _KraftNode(_Node):
    """A node that formats its storage before its first start."""

    cluster_id = ""

    @property
    def command(self) -> list[str]:
        format_it = shlex.join(self._java("kafka.tools.StorageTool", "format", "-t", self.cluster_id, "-c", str(self.file)))
        run = shlex.join(self._java(self.main, str(self.file)))
        formatted = shlex.quote(str(self.directory / "data" / "meta.properties"))
        return ["sh", "-c", f"[ -f {formatted} ] || {format_it} && exec {run}"]


class _Cluster:
    """What both kinds share: nodes by number, and what a test does to them."""

    nodes: dict[int, Any]
    ports: dict[int, int]

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port in self.ports.values())

    @property
    def pids(self) -> list[int]:
        return [node.process.pid for node in self.nodes.values() if node.process is not None]

    def kill(self, number: int) -> None:
        """SIGKILL a broker, and return when it is gone."""
        self.nodes[number].signal(signal.SIGCONT)
        self.nodes[number].signal(signal.SIGKILL)
        self.nodes[number].end(10)

    def pause(self, number: int) -> None:
        """SIGSTOP a broker: it accepts connections and never answers."""
        self.nodes[number].signal(signal.SIGSTOP)

    def resume(self, number: int) -> None:
        self.nodes[number].signal(signal.SIGCONT)

    def restart(self, number: int, seconds: float = 60) -> None:
        """Start a broker that was killed, and return when it listens."""
        self.nodes[number].start()
        self.wait([number], seconds)

    def wait(self, numbers: Iterable[int] | None = None, seconds: float = 60) -> None:
        """Return when every broker (or these) listens; raises NotUp."""
        deadline = time.monotonic() + seconds
        for number in self.nodes if numbers is None else numbers:
            while not _listens(self.ports[number]):
                process = self.nodes[number].process
                if time.monotonic() > deadline or (process is not None and process.poll() is not None):
                    raise NotUp(f"Broker {number} did not come up:\n{self.nodes[number].tail()}")
                time.sleep(0.1)

    def stop(self, seconds: float = 10) -> None:
        """Stop all brokers: in order, then by force."""
        for node in self.nodes.values():
            node.signal(signal.SIGCONT)
            node.signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for node in self.nodes.values():
            node.end(max(0.1, deadline - time.monotonic()))


class KafkaCluster(_Cluster):
    """Kafka 4.4.0: combined brokers and controllers, racks a, b, c …; `more` is added to every broker's file."""

    def __init__(self, directory: Path | str, brokers: int = 3, more: str = "") -> None:
        self.directory = Path(directory).absolute()
        numbers = range(1, brokers + 1)
        chosen = kept_ports(self.directory, [f"{name}{n}" for name in ("ctrl", "direct") for n in numbers])
        self.ports = {n: chosen[f"direct{n}"] for n in numbers}
        voters = ",".join(f"{n}@127.0.0.1:{chosen[f'ctrl{n}']}" for n in numbers)
        classpath = artifacts.classpath(artifacts.KAFKA)
        self.nodes = {
            n: _KraftNode(self.directory / f"node-{n}", "kafka.Kafka", self._settings(n, voters, chosen, brokers) + more, classpath)
            for n in numbers
        }

    def write(self) -> None:
        """Write every node's file, and the cluster's id once: what a start needs."""
        kept = self.directory / "cluster.id"
        if not kept.exists():
            kept.write_text(_new_id(), encoding="ascii")
        for node in self.nodes.values():
            node.write()
            node.cluster_id = kept.read_text(encoding="ascii")

    def start(self, seconds: float = 60) -> "KafkaCluster":
        """Start all brokers and return when each listens."""
        self.write()
        for node in self.nodes.values():
            node.start()
        self.wait(seconds=seconds)
        return self

    def _settings(self, n: int, voters: str, ports: dict[str, int], brokers: int) -> str:
        copies, in_sync = min(3, brokers), 2 if brokers >= 3 else 1
        internal = "".join(
            f"{log}.replication.factor={copies}\n{log}.min.isr={in_sync}\n"
            for log in ("transaction.state.log", "share.coordinator.state.topic")
        )
        return (
            f"process.roles=broker,controller\nnode.id={n}\ncontroller.quorum.voters={voters}\n"
            f"listeners=CTRL://127.0.0.1:{ports[f'ctrl{n}']},DIRECT://127.0.0.1:{ports[f'direct{n}']}\n"
            "inter.broker.listener.name=DIRECT\ncontroller.listener.names=CTRL\n"
            "listener.security.protocol.map=CTRL:PLAINTEXT,DIRECT:PLAINTEXT\n"
            f"log.dirs={self.directory}/node-{n}/data\nbroker.rack={RACKS[n - 1]}\n"
            f"offsets.topic.replication.factor={copies}\ndefault.replication.factor={copies}\n"
            f"share.coordinator.state.topic.num.partitions=6\n{internal}{SHARED}"
        )


class ZooKeeperCluster(_Cluster):
    """Kafka 3.2.3 with ZooKeeper 3.6: what Confluent 7.2 ships."""

    def __init__(self, directory: Path | str, brokers: int = 1) -> None:
        self.directory = Path(directory).absolute()
        numbers = range(1, brokers + 1)
        chosen = kept_ports(self.directory, ["zookeeper", *(f"direct{n}" for n in numbers)])
        self.ports = {n: chosen[f"direct{n}"] for n in numbers}
        classpath = artifacts.classpath(artifacts.OLD_KAFKA)
        keeper = (
            f"dataDir={self.directory}/zookeeper/data\nclientPort={chosen['zookeeper']}\n"
            "clientPortAddress=127.0.0.1\nadmin.enableServer=false\n"
        )
        self.zookeeper = _Node(self.directory / "zookeeper", "org.apache.zookeeper.server.quorum.QuorumPeerMain", keeper, classpath)
        self._zookeeper_port = chosen["zookeeper"]
        self.nodes = {n: _Node(self.directory / f"node-{n}", "kafka.Kafka", self._settings(n, chosen, brokers), classpath) for n in numbers}

    def start(self, seconds: float = 90) -> "ZooKeeperCluster":
        """Start ZooKeeper, then the brokers, and return when each listens."""
        self.zookeeper.write()
        self.zookeeper.start()
        deadline = time.monotonic() + seconds
        while not _listens(self._zookeeper_port):
            if time.monotonic() > deadline:
                raise NotUp(f"ZooKeeper did not come up:\n{self.zookeeper.tail()}")
            time.sleep(0.1)
        for node in self.nodes.values():
            node.write()
            node.start()
        self.wait(seconds=seconds)
        return self

    def stop(self, seconds: float = 10) -> None:
        super().stop(seconds)
        self.zookeeper.signal(signal.SIGTERM)
        self.zookeeper.end(seconds)

    def _settings(self, n: int, ports: dict[str, int], brokers: int) -> str:
        copies = min(2, brokers)
        return (
            f"broker.id={n}\nlisteners=PLAINTEXT://127.0.0.1:{ports[f'direct{n}']}\nzookeeper.connect=127.0.0.1:{ports['zookeeper']}\n"
            f"log.dirs={self.directory}/node-{n}/data\nbroker.rack={RACKS[n - 1]}\noffsets.topic.replication.factor={copies}\n"
            f"transaction.state.log.replication.factor={copies}\ntransaction.state.log.min.isr=1\n{SHARED}"
        )


def kept_ports(directory: Path, names: list[str]) -> dict[str, int]:
    """Return a port for each name: the same ones as last time, or free ones chosen together."""
    directory.mkdir(parents=True, exist_ok=True)
    kept = directory / "ports"
    if kept.exists():
        found = dict(line.split("=") for line in kept.read_text(encoding="ascii").split())
        if set(found) == set(names):
            return {name: int(port) for name, port in found.items()}
    sockets = [socket.socket() for _ in names]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = {name: each.getsockname()[1] for name, each in zip(names, sockets, strict=True)}
    for each in sockets:
        each.close()
    kept.write_text("\n".join(f"{name}={port}" for name, port in ports.items()), encoding="ascii")
    return ports


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _new_id() -> str:
    """Return a cluster id as Kafka writes them: a UUID in base64url, never with a leading dash."""
    while (text := base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text

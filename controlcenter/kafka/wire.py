"""One connection to every broker of a cluster, and questions sent over them in Kafka's own messages.

Law: whatever a broker does, an ask returns within its deadline; a silent or broken broker costs its own answers only.
This is the only file that touches kafka-python's private parts (`_manager`, `_net`, its sockets): the version is pinned for it, and
tests/kafka/test_wire.py fails when they move.
"""

import random
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

from kafka.errors import KafkaTimeoutError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import client, errors
from controlcenter.kafka.model import Connection

TIMEOUT_S = 5.0
BOOTSTRAP_MS = 3000
BOOTSTRAP_SERVERS = 3  # asked one after the other within that time
LOST_MS = 10_000  # a request this old closes its broker's connection, with every other request on it
CALLERS = 16  # the client raises at once, instead of queueing, beyond max_in_flight (20) per broker
REFRESH_S = 1.0


class _Closing(KafkaNetSocket):  # type: ignore[misc]  # untyped
    """Closes a socket that could not connect. The client's own waits for the garbage collector, one a try while a broker is gone."""

    SCHEMES = ("closing",)

    async def sock_connect(self, net: Any, sock: socket.socket, sockaddr: Any, timeout_at: float | None = None) -> Any:
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise


class Wire:
    """Thread-safe. Raises Problem from its constructor when nobody answers, and leaves no thread or socket behind then."""

    def __init__(self, connection: Connection, client_id: str) -> None:
        self._callers = threading.BoundedSemaphore(CALLERS)
        self._last_good: int | None = None
        self._silent: set[int] = set()
        self._refreshed_at = 0.0
        self._closed = False
        self.connection = connection
        self._client = KafkaNetClient(**client.wire_properties(connection, client_id), proxy_url="closing://")
        self._manager = self._client._manager
        self._client._net.start()
        try:
            self._bootstrap()
        except Exception as error:
            self.close()
            raise errors.of(error) from error

    def _bootstrap(self) -> None:
        """Learn the cluster from the first server that answers; the client alone would spend all its time on a silent one."""
        cluster = self._manager.cluster
        servers = dict(cluster._bootstrap_brokers)
        chosen = random.sample(sorted(servers), min(BOOTSTRAP_SERVERS, len(servers)))
        for server in chosen:
            cluster._bootstrap_brokers = {server: servers[server]}
            try:
                self._manager.bootstrap(BOOTSTRAP_MS // len(chosen))
                break
            except KafkaTimeoutError:
                if server == chosen[-1]:
                    raise
            finally:
                cluster._bootstrap_brokers = servers

    def close(self) -> None:
        """Close every connection and end the I/O thread."""
        if self._closed:
            return
        self._closed = True
        self._manager.run(self._manager.close)
        self._client._net.stop(timeout_ms=2000)
        self._client._net.close()

    def brokers(self) -> list[int]:
        """Return the brokers known to be registered: those that answer first, and of these the one that answered last."""
        known = [broker.node_id for broker in self._manager.cluster.brokers()]
        return sorted(known, key=lambda broker: (broker in self._silent, broker != self._last_good, broker))

    def answering(self) -> list[int]:
        """Return the brokers that did not fail to answer when last asked; all of them when every one did."""
        known = self.brokers()
        return [broker for broker in known if broker not in self._silent] or known

    def highest(self, message: Any) -> int:
        """Return the highest version of a message that the cluster speaks, -1 when it does not know the message."""
        low_high = self._manager.broker_version_data.api_versions.get(message.API_KEY)
        return -1 if low_high is None else int(low_high[1])

    def release(self) -> str:
        """Return the release the spoken messages belong to, as "3.2"; the client knows none newer than itself."""
        return ".".join(map(str, self._manager.broker_version[:2]))

    def ask(self, request: Any, broker: int | None = None, timeout_s: float = TIMEOUT_S) -> Any:
        """Return the response of one broker, or of any; raises Problem, the last one when three brokers did not answer.

        The broker that answered last is asked first: brokers' views differ, and a smaller view is no news.
        """
        answer: Any = Problem(Kind.UNREACHABLE, "No broker of the cluster is known.")
        for asked in [broker] if broker is not None else self.brokers()[:3]:
            answer = self.ask_each({asked: request}, timeout_s)[asked]
            if not isinstance(answer, Problem):
                self._last_good = asked if broker is None else self._last_good
                return answer
            if answer.kind not in (Kind.UNREACHABLE, Kind.TIMEOUT):
                break
        raise answer

    def ask_each(self, requests: Mapping[int, Any], timeout_s: float = TIMEOUT_S) -> dict[int, Any]:
        """Ask brokers in parallel; return for each its response, or the Problem that stands for it."""
        if self._closed:
            return dict.fromkeys(requests, Problem(Kind.UNREACHABLE, "The connection to the cluster is closed."))
        with self._callers:
            found: dict[int, Any] = self._manager.run(self._all, requests, int(timeout_s * 1000))
        for broker, answer in found.items():
            is_silent = isinstance(answer, Problem) and answer.kind in (Kind.UNREACHABLE, Kind.TIMEOUT)
            (self._silent.add if is_silent else self._silent.discard)(broker)
        return found

    async def _all(self, requests: Mapping[int, Any], timeout_ms: int) -> dict[int, Any]:
        running = {broker: self._manager.call_soon(self._one, broker, request, timeout_ms) for broker, request in requests.items()}
        return {broker: await future for broker, future in running.items()}

    async def _one(self, broker: int, request: Any, timeout_ms: int) -> Any:
        try:
            await self._know(broker, timeout_ms)
            sent = self._manager.send(request, broker, request_timeout_ms=max(LOST_MS, 2 * timeout_ms))
            return await self._manager.wait_for(sent, timeout_ms)
        except Exception as error:  # whatever one broker's answer does, the others' must arrive
            return errors.of(error, f"broker {broker}")

    async def _know(self, broker: int, timeout_ms: int) -> None:
        """Learn about a broker that registered since; the client itself looks only every five minutes."""
        cluster = self._manager.cluster
        if cluster.broker_metadata(broker) is None and time.monotonic() - self._refreshed_at > REFRESH_S:
            self._refreshed_at = time.monotonic()
            await self._manager.wait_for(self._manager.call_soon(cluster.refresh_metadata), timeout_ms)

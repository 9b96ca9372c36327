"""A broker killed under the product's eyes: how soon the page says that it is away, and how soon its partitions are right.

Three real brokers outside the product, one of them SIGKILLed, each in turn. Two tabs follow: the brokers, and a topic all
of whose partitions the broker led or held. "The controller moved them" is the instant at which the cluster's own metadata,
asked all the time by another client, tells every partition led by a living broker and the dead one in no in-sync set.
"""

import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench._server import Product, until
from bench._watcher import Tables, watching
from bench.row import Row
from controlcenter.errors import Problem
from controlcenter.kafka import cluster
from controlcenter.kafka.model import Connection, NewTopic
from demo.cluster import KafkaCluster

TOPIC, PARTITIONS, LIMIT_S = "bench-killed", 12, 10


def run() -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="kill-") as directory:
        kafka = KafkaCluster(Path(directory) / "kafka")
        try:
            kafka.start()
            product = Product(Path(directory), kafka.bootstrap)
            with product.ready() as visitor:
                world = World(kafka)
                with watching(visitor, "kafka/brokers") as brokers, watching(visitor, f"kafka/topic/{TOPIC}") as topic:
                    rounds = [world.kill(number, brokers, topic) for number in kafka.nodes]
                world.close()
        finally:
            kafka.stop()
    for what, limit, times in zip(
        ("killed to shown as unreachable", "killed to moved by the controller", "moved to leaders and ISR right"),
        (LIMIT_S, None, LIMIT_S),
        zip(*rounds, strict=True),
        strict=True,
    ):
        yield Row(f"{what}, worst of {len(rounds)}", max(times), "s", limit)


class World:
    """The cluster, and another client's knowledge of it."""

    def __init__(self, kafka: KafkaCluster) -> None:
        self._kafka = kafka
        self._client = cluster.connect(Connection(kafka.bootstrap))
        self._client.create_topic(NewTopic(TOPIC, PARTITIONS, 3))

    def close(self) -> None:
        self._client.close()

    def kill(self, number: int, brokers: Any, topic: Any) -> tuple[float, float, float]:
        """Kill a broker, bring it back; return seconds from the kill to shown as away and to moved, and from there to shown as moved."""
        topic.when(lambda tables: self._is_right(tables, self._truth()), 60, "the topic as it is")
        moved_at: list[float] = []
        looking = threading.Thread(target=self._look, args=(number, moved_at))
        killed_at = time.monotonic()
        self._kafka.kill(number)
        looking.start()
        away_at = brokers.when(lambda tables: tables["brokers"][str(number)]["is_reachable"] is False, 60, f"broker {number} away")
        looking.join(60)
        truth = self._truth()
        right_at = topic.when(lambda tables: self._is_right(tables, truth), 60, "leaders and in-sync sets")
        self._kafka.restart(number)
        until(lambda: all(len(in_sync) == 3 for _, in_sync in self._truth().values()), 90, "all in sync again")
        brokers.when(lambda tables: tables["brokers"][str(number)]["is_reachable"], 60, f"broker {number} back")
        return away_at - killed_at, moved_at[0] - killed_at, max(0.0, right_at - moved_at[0])

    def _look(self, number: int, moved_at: list[float]) -> None:
        def moved() -> bool:
            truth = self._truth()
            return bool(truth) and all(leader not in (None, number) and number not in in_sync for leader, in_sync in truth.values())

        until(moved, 60, "the controller's move")
        moved_at.append(time.monotonic())

    def _truth(self) -> dict[int, tuple[int | None, frozenset[int]]]:
        """Return partition → leader and in-sync replicas as the cluster tells now; empty while nobody answers."""
        try:
            told = self._client.metadata().result.topics
        except Problem:
            return {}
        return {
            part.partition: (part.leader, frozenset(part.in_sync_replicas))
            for each in told
            if each.name == TOPIC
            for part in each.partitions
        }

    @staticmethod
    def _is_right(tables: Tables, truth: dict[int, Any]) -> bool:
        shown = {
            row["partition"]: (row["leader"], frozenset(row["in_sync_replicas"] or ())) for row in tables.get("partitions", {}).values()
        }
        return bool(truth) and shown == truth

"""A topic made by another client, on the page that is open: from the broker's "created" to the frame that brings its row.

The whole product with its demo, three real brokers; the tab is a websocket of a process of its own, this one. Topics are
made at uneven instants, so that no rhythm of the polling is met by luck.
"""

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from random import Random

from bench._server import Product
from bench._watcher import watching
from bench.row import Row, percentile
from controlcenter.kafka import cluster
from controlcenter.kafka.model import Connection, NewTopic

TOPICS, LIMIT_S = 12, 5


def run() -> Iterable[Row]:
    with tempfile.TemporaryDirectory(prefix="new-") as directory:
        product = Product(Path(directory))
        with product.ready() as visitor, watching(visitor, "demo/topics") as tab:
            kafka = cluster.connect(Connection((product.data / "demo" / "bootstrap").read_text(encoding="ascii")))
            chance, took, whole = Random(1), [], []
            for number in range(TOPICS):
                time.sleep(chance.uniform(0.2, 2.5))
                name = f"bench-new-{number}"
                kafka.create_topic(NewTopic(name, 3, 3))
                made = time.monotonic()
                took.append(tab.when(lambda tables, name=name: name in tables.get("topics", {}), 30, name) - made)
                whole.append(tab.when(lambda tables, name=name: tables["topics"][name]["health"] == "ok", 30, f"{name} whole") - made)
            kafka.close()
    yield Row("created to shown, median", percentile(took, 0.5), "s")
    yield Row(f"created to shown, worst of {TOPICS}", max(took), "s", LIMIT_S)
    yield Row("created to shown as healthy, worst", max(whole), "s")

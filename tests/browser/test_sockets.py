"""Many sockets through an outage of Valkey, with every frame counted; and whom the web process speaks to meanwhile."""

import json
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from controlcenter.observe import delta
from controlcenter.observe.snapshot import from_columnar
from tests.product import NAME, ROOT, until

SOCKETS = 15
CH = "kafka/topics"


class Tab(threading.Thread):
    """One socket on the list of topics. states: seq → the tables after it; gaps: frames that do not follow the one before."""

    def __init__(self, product, token):
        super().__init__(daemon=True)
        headers = {"Authorization": f"Bearer {token}"}
        self._connection = connect(f"ws://127.0.0.1:{product.port}/ws", additional_headers=headers, compression=None)
        self.tables, self.states, self.seq = {}, {}, None
        self.deltas, self.wholes, self.gaps = 0, 0, []

    def run(self):
        with self._connection as self.socket, suppress(ConnectionClosed):
            self.socket.send(json.dumps({"do": "subscribe", "ch": CH, "version": None}))
            for text in self.socket:
                frame = json.loads(text)
                if frame.get("ch") == CH:
                    self._take(frame)

    def _take(self, frame):
        if frame["kind"] == "snapshot":
            self.tables = {name: from_columnar(table) for name, table in frame["tables"].items()}
            self.wholes += 1
        elif frame["kind"] == "delta":
            if frame.get("after", frame["seq"] - 1) != self.seq:
                self.gaps.append((self.seq, frame["seq"]))
            self.tables = self.tables | {name: delta.apply_rows(self.tables.get(name, {}), part) for name, part in frame["tables"].items()}
            self.deltas += 1
        else:
            self.gaps.append((self.seq, frame["kind"]))
        self.seq = frame["seq"]
        self.states[self.seq] = self.tables

    def shows(self, topic):
        return topic in self.tables.get("topics", {})


@pytest.fixture
def token(product):
    told = subprocess.run(
        [sys.executable, "manage.py", "token", NAME],
        cwd=ROOT,
        env=product.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return told.stdout.strip().splitlines()[-1]


@pytest.fixture
def opened(product, token):
    """opened() is one more tab that looks on."""
    tabs = []

    def one():
        tab = Tab(product, token)
        tabs.append(tab)
        tab.start()
        until(lambda: tab.seq is not None, 10, "the first frame")
        return tab

    yield one
    for tab in tabs:
        tab.socket.close()
        tab.join(10)


def test_no_change_is_lost_unseen_to_any_socket_while_valkey_dies_and_comes_back(product, kafka, opened):
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})

    def create(name):
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)

    tabs = [opened() for _ in range(SOCKETS)]
    create("before-the-outage")
    until(lambda: all(tab.shows("before-the-outage") for tab in tabs), 20, "the topic of before")
    product.kill("valkey")
    create("in-the-outage")
    until(lambda: all(tab.shows("in-the-outage") for tab in tabs), 40, "the topic of meanwhile")
    create("after-the-outage")
    until(lambda: all(tab.shows("after-the-outage") for tab in tabs), 20, "the topic of after")

    assert [tab.gaps for tab in tabs] == [[]] * SOCKETS
    assert all(tab.deltas > 2 for tab in tabs)

    def all_as_fresh():
        """A new tab is shown the truth: every old one, at the same place of the stream, must have come to just that."""
        fresh = opened()
        seq, truth = next(iter(fresh.states.items()))
        return (
            until(lambda: all(tab.seq >= seq for tab in tabs), 10, "the same place")
            and [tab.states.get(seq) for tab in tabs] == [truth] * SOCKETS
        )

    assert all_as_fresh()
    assert len({tuple(sorted(tab.states)[-3:]) for tab in tabs}) <= 2  # they are at one place, or one step apart


def test_the_web_process_has_no_connection_to_a_broker_while_its_pages_are_open(product, kafka, page, opened):
    opened()
    brokers = set(kafka.ports.values())
    for path in (
        "",
        "topics/",
        "brokers/",
        "brokers/1/configs/",
        "groups/",
        "timeline/",
        "topics/before-the-outage/",
        "topics/before-the-outage/messages/",
    ):
        page.goto(f"/clusters/kafka/{path}")
        page.wait_for_load_state("load")
        assert not {end.raddr.port for end in product.part("web").net_connections("tcp") if end.raddr} & brokers, path
    worker = {end.raddr.port for end in product.part("worker").net_connections("tcp") if end.raddr}
    assert worker & brokers  # the way to see them works: the worker has some

"""The one command: ready, refused, restarted, stopped, and nothing left behind. The cluster it watches does not answer, on purpose."""

import os
import re
import signal
import socket
import subprocess
import sys

import psutil
import pytest
from celery import Celery

from controlcenter.query import host
from tests.product import PARTS, ROOT, Product, until

pytestmark = pytest.mark.slow
NOBODY = "127.0.0.1:1"  # nothing listens there


@pytest.fixture
def product(tmp_path_factory):
    running = Product(tmp_path_factory.mktemp("s"), NOBODY)
    running.start()
    yield running
    if running.process.poll() is None:
        running.stop()


def run(product, **changed):
    environment = product.environment | changed
    return subprocess.run([sys.executable, "manage.py", "runcenter"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def all_parts(product):
    return psutil.Process(product.process.pid).children(recursive=True)


def test_it_is_ready_with_an_unreachable_cluster_and_says_so(product):
    until(lambda: "Ready: http://127.0.0.1:" in product.log.read_text(), 10, "the line that says so")
    assert product.status("/login/") == 200


def test_a_second_start_on_one_data_directory_is_refused(product):
    answer = run(product, CC_PORT=str(product.port + 1))
    assert answer.returncode == 1
    assert "Another controlcenter runs on" in answer.stderr


def test_a_busy_port_names_the_way_out(tmp_path_factory):
    stranger = Product(tmp_path_factory.mktemp("s"), NOBODY)
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        answer = run(stranger, CC_PORT=str(port))
    assert answer.returncode == 1
    assert f"CC_PORT={port + 1}" in answer.stderr


def test_faults_of_settings_are_told_together_with_exit_code_2(tmp_path_factory):
    answer = run(Product(tmp_path_factory.mktemp("s"), NOBODY), CC_PORT="many", CC_DEMO_BROKERS="-1")
    assert answer.returncode == 2
    assert "CC_PORT" in answer.stderr
    assert "CC_DEMO_BROKERS" in answer.stderr


def test_a_bind_to_all_addresses_without_tls_is_refused(tmp_path_factory):
    answer = run(Product(tmp_path_factory.mktemp("s"), NOBODY), CC_BIND="0.0.0.0")
    assert answer.returncode == 2
    assert "CC_BEHIND_TLS_PROXY" in answer.stderr


def test_the_head_of_the_audit_trail_is_told_at_the_start_and_whenever_the_clock_says_so(product):
    heads = re.compile(r"^(\w+) +audit head (\d+:[0-9a-f]+)$", re.MULTILINE)
    assert [part for part, _ in heads.findall(product.log.read_text())] == ["center"]
    clock = Celery(broker=f"redis+socket://{product.directory}/data/valkey.sock", set_as_current=False)
    with clock.connection_for_write() as connection:
        clock.send_task("audit.head", connection=connection)
    (_, at_start), (part, now) = until(lambda: (found := heads.findall(product.log.read_text()))[1:] and found, 15, "the worker's line")
    assert part == "worker"
    assert now == at_start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_in_order(product, number):
    parts = all_parts(product)
    product.process.send_signal(number)
    assert product.process.wait(15) == 0
    assert psutil.wait_procs(parts, 1)[1] == []


def test_nothing_outlives_a_kill_of_the_supervisor(product):
    parts = all_parts(product)
    assert len(parts) >= len(PARTS)
    os.kill(product.process.pid, signal.SIGKILL)
    product.process.wait(5)
    assert psutil.wait_procs(parts, 8)[1] == []


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_started_again(product, part):
    before = product.part(part).pid
    product.kill(part)
    until(lambda: product.part(part).pid != before, 15, f"{part} runs again")
    until(lambda: product.status("/readyz") == 200, 15, f"ready again after {part}")


def test_the_query_worker_starts_when_it_is_wanted_and_again_when_it_was_killed(product):
    assert not any("query_worker" in " ".join(process.cmdline()) for process in all_parts(product))
    (product.directory / "data" / host.NAME).touch()
    before = product.part("queries").pid
    product.kill("queries")
    until(lambda: product.part("queries").pid != before, 15, "the query worker runs again")

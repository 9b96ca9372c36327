"""From the command to HTTP, to all three brokers shown, and from SIGTERM to the end: fresh data directory, packages there."""

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from bench._server import Product, Visitor, until
from bench.row import Row

RUNS, BROKERS = 3, 3


def run() -> Iterable[Row]:
    runs = [_once() for _ in range(RUNS)]
    for what, limit, times in zip(
        ("command to HTTP 200", "command to 3 brokers shown", "SIGTERM to the end"), (4, 25, 15), zip(*runs, strict=True), strict=True
    ):
        yield Row(f"{what}, median of {RUNS}", median(times), "s", limit)
        yield Row(f"{what}, worst", max(times), "s")


def _once() -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory(prefix="start-") as directory:
        product = Product(Path(directory))
        started = time.monotonic()
        with product.started() as process:
            visitor = Visitor(product.port)
            until(lambda: visitor.status("/healthz") == 200, 60, f"HTTP; see {product.log}")
            answered = time.monotonic() - started
            until(lambda: product.brokers_shown() == BROKERS, 90, "three brokers")
            shown = time.monotonic() - started
            told = time.monotonic()
            product.stop(process)
        return answered, shown, time.monotonic() - told

"""The pace of a live tail: at once while records come one by one, few frames in a flood, and back again."""

from controlcenter.browse.tail import MOST, PAUSE_S, QUICK_S, Flow
from controlcenter.kafka.browsing import Raw

RECORD = Raw(0, 1, 0, "create", None, None, b"{}", ())


class Sent:
    """What left. frames: (rows, seen)."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, int]] = []

    def __call__(self, kind: str, *said: object) -> None:
        if kind == "rows":
            self.frames.append((len(said[0]), said[1]))


def burst(flow: Flow, records: int, now: float) -> float:
    """Let records come together; return how long the next ones would wait."""
    for _ in range(records):
        flow.take(RECORD)
    flow.flush(now)
    flow.take(RECORD)
    waits = flow.patience(now)
    flow._kept.clear()
    flow._seen = 0
    return round(waits, 6)


def test_a_flood_leaves_in_few_frames_with_the_newest_rows_and_every_record_counted() -> None:
    sent = Sent()
    flow = Flow(sent)
    burst(flow, 1, 100.0)
    assert burst(flow, 2000, 100.05) == PAUSE_S
    assert sent.frames == [(1, 1), (MOST, 2000)]


def test_records_that_a_late_poll_brings_together_are_no_flood() -> None:
    flow = Flow(Sent())
    burst(flow, 1, 100.0)
    assert burst(flow, 10, 100.1) == QUICK_S


def test_a_hundred_a_second_go_back_to_leaving_at_once_after_a_flood() -> None:
    flow = Flow(Sent())
    burst(flow, 1, 100.0)
    assert burst(flow, 2000, 100.05) == PAUSE_S
    assert burst(flow, 5, 100.1) == QUICK_S

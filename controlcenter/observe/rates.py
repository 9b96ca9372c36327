"""How fast a counter grows, over the last minute. Kept by the worker; a new worker knows a rate after two samples."""

from collections import deque
from collections.abc import Hashable

MEMORY_MS = 60_000
STEP_MS = 5_000  # samples closer together are not kept: twelve a minute are enough


class Rates:
    """Remembers a minute of samples per key."""

    def __init__(self) -> None:
        self._samples: dict[Hashable, deque[tuple[int, int]]] = {}

    def observe(self, name: Hashable, at_ms: int, value: int) -> float | None:
        """Take a sample; return the growth per second over the last minute, None until two samples span half a second.

        A counter that went backwards starts anew: it counts something else now.
        """
        samples = self._samples.get(name)
        if samples is None:
            samples = self._samples[name] = deque()
        while samples and samples[0][0] < at_ms - MEMORY_MS:
            samples.popleft()
        if samples and value < samples[-1][1]:
            samples.clear()
        if not samples or at_ms - samples[-1][0] >= STEP_MS:
            samples.append((at_ms, value))
        span_ms = at_ms - samples[0][0]
        return round((value - samples[0][1]) * 1000 / span_ms, 2) if span_ms >= 500 else None

    def forget_before(self, at_ms: int) -> None:
        """Drop the keys without a sample since."""
        for name in [name for name, samples in self._samples.items() if not samples or samples[-1][0] < at_ms]:
            del self._samples[name]

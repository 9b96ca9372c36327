"""How much a client may do. Pure: time is an argument."""

from collections import OrderedDict

FRAME_BYTES = 64 * 1024
FRAMES_PER_S = 20
SUBSCRIPTIONS = 64
SOCKETS_PER_USER = 20
REFUSED_PER_S = 5  # sockets an address may open in vain


class Bucket:
    """Lets `per_s` through each second, and as many at once."""

    def __init__(self, per_s: int, now: float) -> None:
        self._per_s, self._left, self._at = per_s, float(per_s), now

    def take(self, now: float) -> bool:
        """Return whether one more may pass, and count it."""
        self.refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def is_open(self, now: float) -> bool:
        """Return whether one more would pass."""
        self.refill(now)
        return self._left >= 1

    def refill(self, now: float) -> None:
        self._left = min(float(self._per_s), self._left + (now - self._at) * self._per_s)
        self._at = now


class Refusals:
    """Who knocked in vain, by address; the addresses that did so longest ago are forgotten first."""

    def __init__(self, addresses: int = 10_000) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._addresses = addresses

    def may_knock(self, address: str, now: float) -> bool:
        bucket = self._buckets.get(address)
        return bucket is None or bucket.is_open(now)

    def count(self, address: str, now: float) -> None:
        self._buckets.setdefault(address, Bucket(REFUSED_PER_S, now)).take(now)
        self._buckets.move_to_end(address)
        while len(self._buckets) > self._addresses:
            self._buckets.popitem(last=False)

"""What one record may cost a filter."""

STEPS = 200_000  # of one record: loop rounds times the parts of their body, and 64 bytes of a text looked through


class Overrun(Exception):
    """A record asked for more steps than it may."""


class Meter:
    """What one record may still cost, and whether kinds clashed in it. Shared by all closures of a filter."""

    __slots__ = ("is_odd", "left")

    def __init__(self) -> None:
        self.left, self.is_odd = STEPS, False

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise Overrun

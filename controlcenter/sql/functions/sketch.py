"""How many different values there were: HyperLogLog of 2¹⁴ registers, kept as the sorted list of those that are set.

An entry is `register * 64 + rank`. A few values cost a few integers; the list is never changed in place, and stays the same when a value
says nothing new, which is nearly always once there are many.
"""

import hashlib
import math
from bisect import bisect_left
from typing import Any

_BITS = 14
_REGISTERS = 2**_BITS
_RANKS = 64
_ALPHA: float = 0.7213 / (1 + 1.079 / _REGISTERS)

State = list[int]


def add(state: State, value: Any) -> State:
    """Return the sketch with a value."""
    hashed = int.from_bytes(hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=8).digest())
    register, rest = hashed >> (64 - _BITS), hashed & (1 << (64 - _BITS)) - 1
    return _put(state, register, 64 - _BITS - rest.bit_length() + 1)


def merge(one: State, other: State) -> State:
    """Return the sketch of the values of both."""
    for entry in other:
        one = _put(one, *divmod(entry, _RANKS))
    return one


def estimate(state: State) -> int:
    """Return the number of different values."""
    empty = _REGISTERS - len(state)
    raw = _ALPHA * _REGISTERS**2 / (empty + sum(2.0 ** -(entry % _RANKS) for entry in state))
    if raw <= 2.5 * _REGISTERS and empty:
        return int(_REGISTERS * math.log(_REGISTERS / empty) + 0.5)
    return int(raw + 0.5)


def _put(state: State, register: int, rank: int) -> State:
    at = bisect_left(state, register * _RANKS)
    is_there = at < len(state) and state[at] // _RANKS == register
    if is_there and state[at] % _RANKS >= rank:
        return state
    return [*state[:at], register * _RANKS + rank, *state[at + is_there :]]

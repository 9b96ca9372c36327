"""How far a read is, in numbers a reader can act on: looked at, found, how fast, how long still. Pure.

Law: a share is of offsets, not of records: holes count as looked at, and nothing is ever more than all of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from controlcenter.browse.page import Account

SHOWN = 200  # partitions told one by one


def of(
    accounting: Iterable[Account], passed: Mapping[int, int], *, is_backward: bool, scanned: int, size_bytes: int, waiting: int,
    took_s: float, met: tuple[int, int, int] = (0, 0, 0),
) -> dict[str, Any]:  # fmt: skip
    """Return the progress of a read, as frames and kept searches hold it.

    passed   partition → where it looks now, ahead of what is certain
    waiting  found, and not yet given out
    met      records a filter could not compare, not decode, not finish
    """
    accounts = sorted(accounting, key=lambda account: account.partition)
    whole = sum(account.stop - account.start for account in accounts)
    left = sum(_left(account, passed.get(account.partition), is_backward=is_backward) for account in accounts)
    speed = scanned / took_s if took_s > 0 else 0.0
    done = whole - left
    return {
        "records": scanned,
        "bytes": size_bytes,
        "matched": sum(account.matched for account in accounts) + waiting,
        "undecodable": sum(account.undecodable for account in accounts) + met[1],
        "mismatched": met[0],
        "overruns": met[2],
        "share": 1.0 if not left else done / whole,
        "records_per_s": round(speed),
        "eta_s": round(left * took_s / done, 1) if done and took_s > 1 else None,
        "took_s": round(took_s, 2),
        "holes": sum(account.holes for account in accounts),
        "behind": sum(account.behind for account in accounts),
        "expired": [[account.partition, *account.expired] for account in accounts if account.expired][:SHOWN],
        "partitions": [
            [a.partition, a.start, a.stop, a.at if is_backward else max(a.at, passed.get(a.partition, a.at)), a.records, a.matched, a.state,
             a.what] for a in accounts[:SHOWN]
        ],
        "partitions_total": len(accounts),
    }  # fmt: skip


def _left(account: Account, passed: int | None, *, is_backward: bool) -> int:
    """Return how many offsets of a partition nobody looked at yet. What failed is not looked at any more, and so is left."""
    if is_backward:
        return account.at - account.start
    return account.stop - max(account.at, min(passed if passed is not None else account.at, account.stop))

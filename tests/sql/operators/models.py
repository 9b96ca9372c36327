"""Windows, one record at a time and nothing forgotten: slow, obvious, to be read beside the rules.

An event is (key, timestamp, number). What leaves is (key, start, end, sum or None for a tombstone, timestamp).
"""


def timed(events, size, advance, grace, retention, is_final):
    """Return what tumbling (advance = size) and hopping windows of SUM send."""
    sums, times, sent, left = {}, {}, [], set()
    clock = newest = -1
    for key, ts, number in events:
        clock = max(clock, ts)
        for start in range(0, ts + 1, advance):
            if start + size <= ts or start + size <= clock - grace:
                continue
            newest = max(newest, start)
            sums[start, key] = sums.get((start, key), 0) + number
            times[start, key] = max(times.get((start, key), -1), ts)
            if not is_final:
                sent.append((key, start, start + size, sums[start, key], times[start, key]))
        for start, one in sorted(sums):
            if is_final and start + size <= clock - grace and (start, one) not in left:
                left.add((start, one))
                if start >= newest - retention:
                    sent.append((one, start, start + size, sums[start, one], times[start, one]))
    return sent


def sessions(events, gap, grace, retention, is_final):
    """Return what sessions of SUM send; each is {key, start, end, sum}."""
    kept, sent, left = [], [], set()
    clock = newest = -1
    for key, ts, number in events:
        clock = max(clock, ts)
        joined = sorted(
            (s for s in kept if s["key"] == key and s["end"] >= ts - gap and s["start"] <= ts + gap and s["end"] >= newest - retention),
            key=lambda s: s["start"],
        )
        start, end = min([ts, *(s["start"] for s in joined)]), max([ts, *(s["end"] for s in joined)])
        if end >= clock - grace - gap:
            kept = [s for s in kept if s not in joined]
            kept.append({"key": key, "start": start, "end": end, "sum": number + sum(s["sum"] for s in joined)})
            newest = max(newest, end)
            if not is_final:
                if (start, end) != (ts, ts):
                    sent += [(key, s["start"], s["end"], None, s["end"]) for s in joined]
                sent.append((key, start, end, kept[-1]["sum"], end))
        for s in sorted(kept, key=lambda s: (s["end"], s["start"], s["key"])):
            if is_final and s["end"] < clock - grace - gap and (s["key"], s["start"], s["end"]) not in left:
                left.add((s["key"], s["start"], s["end"]))
                sent.append((s["key"], s["start"], s["end"], s["sum"], s["end"]))
    return sent

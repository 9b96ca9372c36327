"""One side of the bench `query`: a query over a topic from its beginning to its end, in a process of its own.

Prints JSON: records, emitted, wall and CPU seconds of the whole process, without the time to start it.
"""

import json
import os
import sys
import tempfile
import time


def main(bootstrap: str, definition: str, statement: str) -> None:
    import django

    django.setup()
    from controlcenter.kafka.feeding import Feed
    from controlcenter.kafka.model import Connection
    from controlcenter.query import running
    from controlcenter.query.job import Job

    job = Job("bench", "bench", statement, ((definition, {}, None, False),), {}, {})
    ready = running.make(job, is_cached=True)
    feed = Feed(Connection(bootstrap), ready.topics)
    feed.begin("earliest")
    emitted = 0

    def out(*_: object, **__: object) -> None:
        nonlocal emitted
        emitted += 1

    wall, cpu, read, due = time.perf_counter(), time.process_time(), 0, 0
    while not feed.is_at_end():
        batch = feed.take(0.2)
        ready.task.run(batch, out)
        read += len(batch)
        if read - due > 100_000:  # about what two seconds bring: the cache leaves at each commit
            due = read
            ready.task.flush(out)
    ready.task.flush(out)
    told = {"records": read, "emitted": emitted, "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    print(json.dumps(told), flush=True)
    feed.close()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "controlcenter.settings"
    with tempfile.TemporaryDirectory() as directory:
        os.environ["CC_DATA_DIR"] = directory
        main(*sys.argv[1:])

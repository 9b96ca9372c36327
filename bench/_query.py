"""One side of the bench `query`: a query over a topic from its beginning to its end, in a process of its own, made of the
parts of a persistent query: its results are written to a topic and confirmed, its place is committed every two seconds.

Prints JSON: records, emitted, the different counts that groups without windows ended with, wall and CPU seconds of the whole process,
without the time to start it.
"""

import json
import os
import sys
import tempfile
import time


def main(bootstrap: str, definition: str, statement: str, most: str) -> None:
    import django

    django.setup()
    from controlcenter.kafka.feeding import Feed
    from controlcenter.kafka.model import Connection
    from controlcenter.kafka.sinking import Sink
    from controlcenter.query import running
    from controlcenter.query.commit import AtLeastOnce
    from controlcenter.query.job import Job
    from controlcenter.sql.operators.tables import Table

    job = Job("bench", "bench", statement, ((definition, {}, None, False),), {}, {}, number=1)
    ready = running.make(job, is_cached=True)
    connection = Connection(bootstrap)
    feed = Feed(connection, ready.topics, group=f"bench-{os.getpid()}")
    feed.begin("earliest")
    commit = AtLeastOnce(ready.task, feed, Sink(connection))

    wall, cpu, read = time.perf_counter(), time.process_time(), 0
    while read < int(most) and not feed.is_at_end():
        batch = feed.take(0.2)
        ready.task.run(batch, commit.out)
        read += len(batch)
        if commit.is_due():
            commit.commit()
    commit.commit()
    told = {"records": read, "emitted": commit.written, "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    told["counts"] = sorted({row[1] for row in ready.task.state.rows.values()}) if isinstance(ready.task.state, Table) else []
    print(json.dumps(told), flush=True)
    feed.close()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "controlcenter.settings"
    with tempfile.TemporaryDirectory() as directory:
        os.environ["CC_DATA_DIR"] = directory
        main(*sys.argv[1:])

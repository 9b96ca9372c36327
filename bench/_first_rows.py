"""What a user of SQL waits for: from Run to the first row of a push query, as often as asked, and a statement of 1 MB.

A real query worker beside a real Valkey; the row is seen in the stream the page reads. Prints JSON.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bench._server import ROOT, until, web


def main(bootstrap: str, topic: str, runs: str) -> None:
    with web(Path(os.environ["CC_DATA_DIR"])):
        from django.contrib.auth import get_user_model

        from controlcenter.access import principals
        from controlcenter.fleet.models import Cluster
        from controlcenter.observe import store
        from controlcenter.query import push, statements
        from controlcenter.query.scripts import Wish

        Cluster.objects.create(slug="bench", name="Bench", bootstrap_servers=bootstrap)
        me = principals.of_user(get_user_model().objects.get())
        worker = subprocess.Popen([sys.executable, "manage.py", "query_worker"], cwd=ROOT, env=os.environ)
        redis = store.default().redis

        def run(text: str) -> list:
            return statements.run(Wish(me, "bench", text, "earliest"), None)

        try:
            until(lambda: redis.exists(push.ALIVE), 30, "the query worker")
            run(f"CREATE STREAM RIDES (ID STRING KEY, ZONE STRING, FARE DOUBLE) WITH (KAFKA_TOPIC='{topic}', VALUE_FORMAT='JSON');")
            first = []
            for _ in range(int(runs)):
                began = time.perf_counter()
                query = run("SELECT ZONE, FARE FROM RIDES WHERE FARE > 40 EMIT CHANGES;")[0].told["query"]
                while not redis.exists(push.key(query, "rows")):
                    time.sleep(0.001)
                first.append((time.perf_counter() - began) * 1000)
                push.stop(me, "bench", query)
                until(lambda query=query: push.state(query)["state"] in push.ENDED, 5, "the end of a query")
            began = time.perf_counter()
            run("SELECT ZONE FROM RIDES WHERE ZONE = '" + "x" * 1_000_000 + "' AND;")
            print(json.dumps({"first_ms": first, "megabyte_s": time.perf_counter() - began}), flush=True)
        finally:
            worker.terminate()
            worker.wait(20)


if __name__ == "__main__":
    main(*sys.argv[1:])

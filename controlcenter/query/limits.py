"""How much a query may take; each limit ends a query with a sentence or drops a record into its log, never silently.

What one record may make is limited where it is made: rows of table functions in `sql.codegen.query`, nesting in `sql.wire.json`,
the state of one key in `sql.operators.sizes`.
"""

PUSH_A_USER = 8
PUSH_S = 30 * 60
PUSH_BYTES = 1 << 30
ROWS_KEPT = 10_000  # of one push query; the oldest leave
KEPT_S = 24 * 3600  # results, under their link
FRAMES_PER_S = 20
FRAME_ROWS = 500
RECORD_BYTES = 8 << 20  # larger ones are dropped
STATE_REFUSED = 1_000  # so many records in a row that a key's state had no room for: the query stops
COLLECTED = {f"ksql.functions.collect_{what}.limit": "1000" for what in ("list", "set")}  # unless SET says otherwise
CHILD_BYTES = 2 << 30  # of address space
BATCH_S = 10.0  # without a sign of life a child is killed
SILENT_S = 15.0  # a push query that told nothing for longer has no process any more
TAKEN_S = 60.0  # for a worker to start and take a query up
WANTED_MS = 5000  # a push query whose followers told nothing for so long ends: the web process is gone
LEFT_MS = 500  # one whose last follower said that it goes
GRACE_S = 10.0  # for the first follower to come
CELL_CHARS = 4096  # shown of one value
STATEMENT_CHARS = 1 << 20
COMMIT_S = 2.0
RIGHTS_S = 10.0  # between two looks whether a query's owner may still do what it does
SCHEMAS = 10_000  # ids looked up by one process; one more ends it, as records may name any: the next begins to count anew
DEATHS = 3  # at the same place: the query fails and names it

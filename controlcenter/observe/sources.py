"""How the parts of a snapshot were read, as somebody may know it. Pure."""

from controlcenter.observe.attention import MaySee
from controlcenter.observe.snapshot import Rows, Snapshot

NAMED = (("topics", "name", "topic.view"), ("groups", "group", "group.view"))  # table, column that names, the right on it
UNNAMED = "Something you may not see could not be read."


def seen(snapshot: Snapshot, may_see: MaySee) -> Rows:
    """Return the table `sources`, without the failures' words where these name a topic or group that may not be seen."""
    rows = snapshot.table("sources")
    if not any(row["failure"] for row in rows.values()):
        return rows
    hidden = [name for place in NAMED for name in _hidden(snapshot, *place, may_see)]
    if not hidden:
        return rows
    return {
        place: {**row, "failure": UNNAMED} if row["failure"] and any(name in row["failure"] for name in hidden) else row
        for place, row in rows.items()
    }


def _hidden(snapshot: Snapshot, table: str, column: str, operation: str, may_see: MaySee) -> set[str]:
    names = {row[column] for row in snapshot.table(table).values()}
    return names.difference(may_see(operation, names))

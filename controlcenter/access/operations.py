"""Every operation the product knows. A door names one of these, or it does not open.

`ALL` holds what this version can do. `VOCABULARY` is wider: the resources and actions grants may name, so that roles
written today also cover pages that come later.
"""

from dataclasses import dataclass

VOCABULARY: dict[str, tuple[str, ...]] = {
    "cluster": ("view", "configure", "features.edit"),
    "broker": ("view", "config.view", "config.edit", "logdirs.view", "logdirs.move"),
    "topic": (
        "view",
        "create",
        "config.view",
        "config.edit",
        "partitions.add",
        "records.delete",
        "delete",
        "reassign",
        "elect",
        "annotate",
    ),
    "message": ("read", "export", "produce", "unmask"),
    "group": ("view", "offsets.reset", "offsets.delete", "members.remove", "delete"),
    "schema": ("view", "register", "compat.edit", "delete"),
    "connect": ("view", "operate"),
    "connector": ("view", "create", "edit", "operate", "offsets.edit", "delete"),
    "query": ("view", "run", "persist", "terminate"),
    "acl": ("view", "edit"),
    "quota": ("view", "edit"),
    "scram": ("view", "edit"),
    "delegation": ("view", "edit"),
    "transaction": ("view", "abort"),
    "alert": ("view", "edit", "ack"),
    "saved": ("view", "share"),
    "app": ("audit.view", "users.edit", "roles.edit", "masking.edit", "settings.edit", "tokens.create", "health.view"),
}

# Resources whose objects carry names people choose: a binding's name pattern narrows these. The others are one a cluster.
NAMED = frozenset({"topic", "message", "group", "schema", "connect", "connector", "query", "transaction", "alert", "saved"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done.

    seen_by  the operation whose holder may know that the object exists: without it, a refusal reads "does not exist"
    args     names of arguments the audit trail may hold in clear; a new argument is hidden until it stands here
    level    how much confirmation it takes: 0 none, 1 a preview, 2 the name typed, 3 a reason too
    """

    name: str
    seen_by: str = ""
    alters: bool = False
    is_destructive: bool = False
    args: tuple[str, ...] = ()
    level: int = 0

    @property
    def resource(self) -> str:
        return self.name.partition(".")[0]

    @property
    def action(self) -> str:
        return self.name.partition(".")[2]


ALL: tuple[Operation, ...] = (
    Operation("cluster.view"),
    Operation("cluster.configure", seen_by="cluster.view", alters=True, args=("cluster", "mode", "environment", "name"), level=2),
    Operation("broker.view"),
    Operation("broker.config.view"),
    Operation("broker.logdirs.view"),
    Operation("topic.view"),
    Operation("topic.config.view"),
    Operation(
        "topic.create",
        seen_by="cluster.view",
        alters=True,
        args=("verb", "cluster", "name", "partitions", "replication_factor", "placement", "configs"),
        level=1,
    ),
    Operation("topic.delete", seen_by="topic.view", alters=True, is_destructive=True, args=("verb", "cluster", "name"), level=3),
    Operation("message.read", seen_by="topic.view", args=("partitions", "from", "limit", "count")),
    Operation("message.export", seen_by="topic.view", args=("partitions", "from", "limit", "count", "format", "filter")),
    Operation(
        "message.produce",
        seen_by="topic.view",
        alters=True,
        args=(
            "verb",
            "cluster",
            "name",
            "sha256",
            "records",
            "size_bytes",
            "count",
            "rate_per_s",
            "seconds",
            "codec",
            "partitions",
            "kinds",
        ),
        level=1,
    ),
    Operation("group.view"),
    Operation("query.view", seen_by="cluster.view"),
    Operation("query.run", seen_by="cluster.view", args=("statement",)),
    Operation("query.persist", seen_by="cluster.view", alters=True, args=("statement",), level=1),
    Operation("query.terminate", seen_by="cluster.view", alters=True, args=("statement", "record"), level=2),
    Operation("app.audit.view"),
    Operation("app.health.view"),
    Operation("app.tokens.create", args=("owner", "prefix", "expires_at", "roles", "cidrs")),
)

BY_NAME: dict[str, Operation] = {operation.name: operation for operation in ALL}

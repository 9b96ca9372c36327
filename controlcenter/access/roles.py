"""The built-in roles. `install` makes the database say exactly this; it runs after each migration."""

from collections.abc import Iterable

from django.db import connection

from controlcenter.access.models import Grant, Role
from controlcenter.access.operations import VOCABULARY

Actions = dict[str, tuple[str, ...]]  # resource → actions


def _and(*parts: Actions) -> Actions:
    joined: dict[str, list[str]] = {}
    for part in parts:
        for resource, actions in part.items():
            joined.setdefault(resource, []).extend(action for action in actions if action not in joined.get(resource, []))
    return {resource: tuple(actions) for resource, actions in joined.items()}


def _views(resources: Iterable[str]) -> Actions:
    looking = ("view", "config.view", "logdirs.view")
    return {resource: tuple(action for action in VOCABULARY[resource] if action in looking) for resource in resources}


VIEWER = _views(resource for resource in VOCABULARY if resource not in ("acl", "scram", "delegation", "app", "message"))
READER = _and(VIEWER, {"message": ("read",), "query": ("run",), "saved": ("share",)})
DEVELOPER = _and(
    READER,
    {
        "topic": ("create", "config.edit", "partitions.add", "annotate"),
        "message": ("produce", "export"),
        "group": ("offsets.reset",),
        "schema": ("register",),
        "connector": ("create", "edit", "operate"),
        "query": ("persist", "terminate"),
        "alert": ("edit",),
    },
)
OPERATOR = _and(
    VIEWER,
    {
        "group": VOCABULARY["group"],
        "connector": ("operate", "offsets.edit"),
        "connect": ("operate",),
        "topic": ("reassign", "elect", "config.edit", "partitions.add"),
        "broker": ("config.edit", "logdirs.move"),
        "quota": ("edit",),
        "transaction": ("abort",),
        "query": ("terminate",),
        "alert": VOCABULARY["alert"],
    },
)
AUDITOR = _and(VIEWER, {"app": ("audit.view",)}, _views(("acl", "scram", "delegation")))

BUILT_IN: tuple[tuple[str, str, Actions], ...] = (
    ("viewer", "Sees clusters, brokers, topics and groups; no messages.", VIEWER),
    ("reader", "A viewer who also reads messages.", READER),
    ("developer", "A reader who makes topics and works on what bears the team's names: bind it with a name pattern.", DEVELOPER),
    ("operator", "Runs the cluster; reads no messages.", OPERATOR),
    ("admin", "Everything.", VOCABULARY),
    ("auditor", "A viewer who also sees the audit trail and who holds which right.", AUDITOR),
)


def after_migration() -> None:
    """Install, unless the migration just took the tables away."""
    if Grant._meta.db_table in connection.introspection.table_names():
        install()


def install() -> None:
    """Write the built-in roles; rows that already say so are left alone, so that grant ids in the trail stay true."""
    for name, description, actions in BUILT_IN:
        role, _ = Role.objects.get_or_create(name=name, defaults={"is_builtin": True, "description": description})
        if (role.is_builtin, role.description) != (True, description):
            role.is_builtin, role.description = True, description
            role.save()
        kept = {grant.resource: grant for grant in role.grants.all()}
        for resource, wanted in actions.items():
            grant = kept.pop(resource, None) or Grant(role=role, resource=resource)
            if grant.pk is None or tuple(grant.actions) != wanted:
                grant.actions = list(wanted)
                grant.save()
        for surplus in kept.values():
            surplus.delete()

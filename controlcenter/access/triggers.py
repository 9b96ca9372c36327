"""The database's own refusal to change or remove an audit row, whoever asks."""

from typing import Any

TABLE = "access_auditevent"
SQLITE = tuple(
    f"CREATE TRIGGER IF NOT EXISTS audit_no_{verb} BEFORE {verb.upper()} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END"
    for verb in ("update", "delete")
)
POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger AS $$ "
    "BEGIN RAISE EXCEPTION 'audit rows are never changed'; END $$ LANGUAGE plpgsql",
    f"CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
)


def install(connection: Any) -> None:
    """Put the refusal into a database; twice is once."""
    with connection.cursor() as cursor:
        for statement in SQLITE if connection.vendor == "sqlite" else POSTGRESQL:
            cursor.execute(statement)


def remove(connection: Any) -> None:
    """Take it out again: for undoing the migration, and for tests that empty their tables."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_update")
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
        else:
            cursor.execute(f"DROP TRIGGER IF EXISTS audit_no_change ON {TABLE}")

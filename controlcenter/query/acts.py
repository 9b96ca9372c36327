"""What each statement does, one function a kind, after the whole script was found right.

Changes outside (a topic made, a record written) go through the hands that the door gives: the flow `operate`, with its
preview, permission and audit.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from django.db import transaction

from controlcenter import access
from controlcenter.access import audit
from controlcenter.access.principals import Principal
from controlcenter.errors import Kind, Problem
from controlcenter.observe.snapshot import Snapshot
from controlcenter.query import asked, catalog, persistent, push, rights, shown
from controlcenter.query.answers import Answer
from controlcenter.query.job import Job
from controlcenter.query.models import Definition
from controlcenter.query.scripts import Hands, Step, Wish, analyzed, snapshot
from controlcenter.sql import ast, typed
from controlcenter.sql.catalog import Catalog, Source
from controlcenter.sql.codegen import insert
from controlcenter.sql.faults import invalid
from controlcenter.sql.wire.formats import FORMATS


def do(wish: Wish, step: Step, hands: Hands) -> Answer:
    """Do one statement, with its trail when it changes something; raises Problem."""
    act = _ACTS.get(type(step.found), _plain)
    if type(step.found) not in _CHANGES:
        return act(wish, step, hands)
    operation, name = next(rights.needed(step.found), (rights.PERSIST, ""))
    event = audit.intent(wish.principal, operation, wish.slug, name, args={"statement": step.text}, via=wish.via)
    try:
        answer = act(wish, step, hands)
    except Problem as problem:
        audit.outcome(event, "error", error=str(problem))
        raise
    audit.outcome(event, "ok")
    return answer


def _create_source(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    source: Source = found.source
    if found.exists:
        return _status(f"{source.name} exists already.")
    now = snapshot(wish.slug)
    if now is not None and now.row("topics", source.topic) is None:
        hands.create_topic(source.topic, source.partitions, source.replicas, {})
    catalog.keep(wish.slug, Definition.Kind.SOURCE, source.name, step.text, wish.principal.name, dict(step.settings.properties))
    return _status(f"{source.kind.title()} {source.name} reads topic {source.topic}.", source=source.name)


def _create_as(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    sink: Source = found.sink
    if found.exists:
        return _status(f"{sink.name} exists already.")
    now = snapshot(wish.slug)
    if now is None:
        raise Problem(Kind.UNREACHABLE, "This cluster has not been read yet.", "Try again in a few seconds.")
    if now.row("topics", sink.topic) is None:
        configs = {"cleanup.policy": "compact"} if sink.kind == "TABLE" and sink.window is None else {}
        hands.create_topic(sink.topic, sink.partitions or _partitions(now, found.query), sink.replicas, configs)
    with transaction.atomic():
        catalog.keep(
            wish.slug,
            Definition.Kind.SOURCE,
            sink.name,
            step.text,
            wish.principal.name,
            dict(step.settings.properties),
            _number(found.query_id),
        )
        if found.replaced is not None:
            persistent.end(wish.slug, found.query_id)
        _wish(wish, step, found.query_id, found.query, sink)
    persistent.hurry()
    return Answer("persistent", told={"query": found.query_id, "text": f"{found.query_id} writes {sink.name}. {persistent.GUARANTEE}"})


def _insert_into(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    with transaction.atomic():
        catalog.keep(
            wish.slug, Definition.Kind.QUERY, found.query_id, step.text, wish.principal.name, dict(step.settings.properties),
            _number(found.query_id),
        )  # fmt: skip
        _wish(wish, step, found.query_id, found.query, found.sink)
    persistent.hurry()
    return Answer(
        "persistent", told={"query": found.query_id, "text": f"{found.query_id} writes {found.sink.name}. {persistent.GUARANTEE}"}
    )


def _wish(wish: Wish, step: Step, query_id: str, query: typed.Query, sink: Source) -> None:
    topics = [one.source.topic for one in query.inputs]
    properties = {**step.settings.properties, "auto.offset.reset": step.settings.get("auto.offset.reset") or "latest"}
    about = {"sink": sink.name, "sink_topic": sink.topic, "topics": topics, "properties": properties, "start": _start(step, wish)}
    persistent.wish(wish.principal, wish.slug, query_id, step.text, about)


def _insert_values(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    if any(_may_run_away(value) for value in found.values):
        raise Problem(
            Kind.UNSUPPORTED,
            "INSERT VALUES runs no regular expressions: they may take for ever.",
            "Write the text itself, or use INSERT INTO … SELECT.",
        )
    key, value, timestamp = insert.record(found, FORMATS, push.now_ms())
    hands.write(found.source.topic, key, value, timestamp)
    return _status(f"One record was written to {found.source.topic}.")


def _may_run_away(expression: Any) -> bool:
    """Whether an expression calls a function that belongs into a process that can be killed; this one answers pages."""
    if isinstance(expression, tuple):
        return any(map(_may_run_away, expression))
    if not isinstance(expression, typed.NODES):
        return False
    is_slow = isinstance(expression, typed.Call) and expression.bound.is_slow
    return is_slow or any(_may_run_away(getattr(expression, each.name)) for each in fields(expression))


def _select(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    query: typed.Query = found.query
    topics = [one.source.topic for one in query.inputs]
    columns = [{"name": c.name, "type": str(c.type), "is_key": c.place == "KEY"} for c in query.schema]
    keys = [item.name for item in query.items if isinstance(item.expression, typed.GroupRef)]
    about = {"statement": step.text, "columns": columns, "is_table": query.kind == "TABLE", "key": keys, "topics": topics}
    start = _start(step, wish)
    return _pushed(wish, step, topics, start, about)


def _print(wish: Wish, step: Step, node: ast.Print) -> Answer:
    from_start = "earliest" if node.from_beginning else "latest"
    now = snapshot(wish.slug)
    rights.check_topic(wish.principal, wish.slug, node.topic)
    if now is None or now.row("topics", node.topic) is None:
        raise Problem(Kind.ABSENT, f"Could not find topic '{node.topic}', or the KSQL user does not have permissions to list the topic.")
    columns = [{"name": name, "type": kind, "is_key": False} for name, kind in _PRINTED]
    about = {"statement": step.text, "columns": columns, "is_table": False, "key": [], "topics": [node.topic]}
    return _pushed(wish, step, [node.topic], from_start, about)


def _pushed(wish: Wish, step: Step, topics: list[str], start: Any, about: Mapping[str, Any]) -> Answer:
    now = snapshot(wish.slug)
    partitions = {topic: row["partitions"] for topic in topics if now is not None and (row := now.row("topics", topic))}
    job = Job(push.new_id(), wish.slug, step.text, catalog.rows_of(wish.slug), dict(step.settings.properties), partitions, start,
              limits=wish.limits)  # fmt: skip
    push.start(wish.principal, job, about)
    audit.record(wish.principal, rights.RUN, wish.slug, topics, args={"statement": step.text}, via=wish.via)
    return Answer("push", told={"query": job.id, **about})


def _start(step: Step, wish: Wish) -> Any:
    """Return where a query starts: SET auto.offset.reset goes before what the page asks. A group's place is for those who may see it."""
    start = step.settings.get("auto.offset.reset") or wish.start
    if (group := asked.group_of(start)) is not None:
        access.check(wish.principal, "group.view", wish.slug, group)
    return start


def _drop(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    if found.source is None:
        return _status("There was nothing to drop.")
    for query_id in found.ends:
        persistent.end(wish.slug, query_id)
    catalog.forget(wish.slug, Definition.Kind.SOURCE, found.source.name)
    if found.delete_topic:
        hands.delete_topic(found.source.topic)
    return _status(f"Source {found.source.name} (topic: {found.source.topic}) was dropped.")


def _alter(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    catalog.alter(wish.slug, found.source.name, step.text, wish.principal.name)
    return _status(f"{found.source.name} has its new columns.", source=found.source.name)


def _create_type(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    if not found.exists:
        catalog.keep(wish.slug, Definition.Kind.TYPE, found.name, step.text, wish.principal.name)
    return _status(f"Type {found.name} is {found.type}.")


def _drop_type(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    catalog.forget(wish.slug, Definition.Kind.TYPE, found.name)
    return _status(f"Type {found.name} was dropped.")


def _describe(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    return Answer("description", told=shown.described(found.source, wish.slug, _known(wish)))


def _explain(wish: Wish, step: Step, hands: Hands) -> Answer:
    found: Any = step.found
    inner = found.statement
    if found.query_id is not None:
        if found.query_id not in _known(wish).queries:
            raise invalid(f"Query with id:{found.query_id} does not exist, use SHOW QUERIES to view the full set of queries.")
        row = persistent.get(wish.slug, found.query_id)
        _, (only,), _ = analyzed(replace(wish, text=row.statement.replace("CREATE ", "CREATE OR REPLACE ", 1)))
        inner = only.found
    match inner:
        case typed.CreateAs(query_id=query_id, query=query, sink=sink) | typed.InsertInto(query_id=query_id, query=query, sink=sink):
            return Answer("plan", told=shown.explained(query_id, query, sink, step.settings.properties, with_code=True))
        case typed.Select(query=query):
            return Answer("plan", told=shown.explained("push", query, None, step.settings.properties, with_code=True))
    raise Problem(Kind.INVALID, "Only a query can be explained.", "Write EXPLAIN SELECT …, or the id of a running query.")


def _plain(wish: Wish, step: Step, hands: Hands) -> Answer:
    node: Any = step.node
    match node:
        case ast.Show(what=what):
            return Answer(
                "table", told=shown.listed(what, wish.slug, wish.principal, _known(wish), snapshot(wish.slug), step.settings.properties)
            )
        case ast.Describe(what="FUNCTION", name=name):
            return Answer("table", told=shown.function(name))
        case ast.Describe(what=("STREAMS" | "TABLES") as what):
            return Answer("table", told=shown.listed(what, wish.slug, wish.principal, _known(wish), snapshot(wish.slug), {}))
        case ast.SetProperty(name, value):
            return _status(f"{name} is '{value}' from here on.", properties={name: value})
        case ast.UnsetProperty(name):
            return _status(f"{name} is unset.", properties={name: None})
        case ast.Define(name, value):
            catalog.keep(wish.slug, Definition.Kind.VARIABLE, name, value, wish.principal.name)
            return _status(f"${{{name}}} is {value}.")
        case ast.Undefine(name):
            catalog.forget(wish.slug, Definition.Kind.VARIABLE, name)
            return _status(f"${{{name}}} is gone.")
        case ast.Print():
            return _print(wish, step, node)
        case ast.Control(action, query_id):
            return _control(wish, action, query_id)
    raise Problem(Kind.UNSUPPORTED, "This statement is not in this version.", "")


def _control(wish: Wish, action: str, query_id: str | None) -> Answer:
    known = _known(wish).queries
    mine = [query_id] if query_id is not None else list(known)
    for each in mine:
        if each not in known:
            raise invalid(f"Unknown queryId: {each}")
        act_on(wish.principal, wish.slug, each, action, via=wish.via)
    said = {"TERMINATE": "terminated", "PAUSE": "paused", "RESUME": "resumed"}[action]
    return _status(f"{', '.join(mine) or 'No query'} {'is' if len(mine) == 1 else 'are'} {said}.")


def act_on(principal: Principal, slug: str, query_id: str, action: str, *, via: str = "page") -> None:
    """TERMINATE, PAUSE or RESUME a persistent query, or SKIP the record it cannot pass, with right and trail; raises Problem."""
    row = persistent.get(slug, query_id)
    rights.check_query(principal, slug, row)
    args = {"statement": action, "record": row.stuck} if action == "SKIP" else {"statement": action}
    event = audit.intent(principal, rights.TERMINATE, slug, query_id, args=args, via=via)
    if action == "SKIP":
        try:
            persistent.skip(slug, query_id)
        except Problem as problem:
            audit.outcome(event, "error", error=str(problem))
            raise
    elif action == "TERMINATE":
        persistent.end(slug, query_id)
        catalog.end_query(slug, query_id)
    else:
        persistent.want(slug, query_id, "PAUSED" if action == "PAUSE" else "RUNNING")
    audit.outcome(event, "ok")


def _known(wish: Wish) -> Catalog:
    return rights.visible(wish.principal, wish.slug, catalog.read(wish.slug))


def _partitions(now: Snapshot, query: typed.Query) -> int | None:
    row = now.row("topics", query.inputs[0].source.topic)
    return row["partitions"] if row else None


def _number(query_id: str) -> int:
    return int(query_id.rpartition("_")[2])


def _status(text: str, **more: Any) -> Answer:
    return Answer("status", told={"text": text, **more})


_PRINTED = (
    ("ROWTIME", "TIMESTAMP"),
    ("PARTITION", "INTEGER"),
    ("OFFSET", "BIGINT"),
    ("KEY", "VARCHAR(STRING)"),
    ("VALUE", "VARCHAR(STRING)"),
)
_CHANGES = (
    typed.CreateSource, typed.CreateAs, typed.InsertInto, typed.InsertValues, typed.DropSource, typed.AlterSource, typed.CreateType,
    typed.DropType,
)  # fmt: skip
_ACTS: dict[type, Callable[[Wish, Step, Hands], Answer]] = {
    typed.CreateSource: _create_source, typed.CreateAs: _create_as, typed.InsertInto: _insert_into, typed.InsertValues: _insert_values,
    typed.Select: _select, typed.DropSource: _drop, typed.AlterSource: _alter, typed.CreateType: _create_type,
    typed.DropType: _drop_type, typed.Describe: _describe, typed.Explain: _explain,
}  # fmt: skip

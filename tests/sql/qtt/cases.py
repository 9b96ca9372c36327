"""Run one case: its statements in a fresh engine, its records through its queries at some cuts, its outputs compared."""

import base64
import json
import random
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from controlcenter.errors import Problem
from controlcenter.query import inferred, wires
from controlcenter.schemas.model import Schema
from controlcenter.sql import parser
from controlcenter.sql import plan as plans
from controlcenter.sql.analyze_settings import Settings
from controlcenter.sql.engine import Engine, collector
from controlcenter.sql.records import Record
from tests.sql.qtt import comparing, topics, udfs

JOINS = frozenset(("stream-stream-join", "stream-table-join", "table-table-join", "fk-join", "nway-join"))


@dataclass
class Verdict:
    """What came of a case. `why` is "" when it passed; `law` names a cut whose list differs."""

    name: str
    tier: str
    group: str
    kind: str
    why: str = ""
    law: str = ""
    raised: bool = False
    said: bool = False
    crash: bool = False


def load(folder, prefix="qtt_"):
    """Give the cases of all files of a folder."""
    for path in sorted(Path(folder).glob(prefix + "*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line, parse_float=Decimal)


def engine_of(case):
    declared = {topic["name"]: topic.get("partitions", 1) for topic in case["topics"] or []}
    base = {"auto.offset.reset": "earliest"}
    settings = Settings(functions=udfs.REGISTRY, partitions=lambda name: declared.get(name, 1), infer=registered(case))
    return Engine({**base, **{k: v if isinstance(v, str) else json.dumps(v) for k, v in case["properties"].items()}}, settings, topics.ALL)


def registered(case):
    """Return the columns that the schemas of a case tell, by the product's own mapping."""

    def infer(topic, is_key, form):
        side, kept = ("keySchema", "keySchemaId") if is_key else ("valueSchema", "valueSchemaId"), case["topics"] or []
        number = form.setting("schemaId")
        wanted = [t for t in kept if t.get(side[0]) is not None and (str(t.get(side[1])) == number if number else t["name"] == topic)]
        wanted = wanted or [t for t in kept if number and t.get(side[0]) is not None and t["name"] == topic]
        if not wanted:
            return None
        told = wanted[0][side[0]]
        text = told if isinstance(told, str) and form.name == "PROTOBUF" else json.dumps(told, default=float)
        schema = Schema(1, wires.TYPES[form.name], text)
        return inferred.columns(schema, is_key=is_key, is_by_id=number is not None, name=form.setting("fullSchemaName") or "")

    return infer


def judge(case):
    verdict = Verdict(case["name"], case["tier"], case["class"], case["kind"])
    try:
        {"negative": judge_negative, "negative_runtime": judge_at_run_time}.get(case["kind"], judge_positive)(case, verdict)
    except Problem as problem:
        verdict.why = f"refused: {problem}"
    except Exception as error:
        verdict.why, verdict.crash = f"crash: {type(error).__name__}: {error}", True
    return verdict


def judge_negative(case, verdict):
    engine = engine_of(case)
    for statement in case["statements"][:-1]:
        engine.execute(statement)
    wanted = (case["expectedException"] or {}).get("message")
    try:
        engine.apply(parser.parse("\n".join(case["statements"]))[-1:])  # as one script: places count from its first line
    except Problem as problem:
        verdict.raised = True
        text = str(problem)
        verdict.said = wanted is None or wanted in text
        verdict.why = "" if verdict.said else f"said {text!r}, expected {wanted!r}"
    else:
        verdict.why = f"accepted, expected {wanted!r}"


def judge_at_run_time(case, verdict):
    engine = engine_of(case)
    for statement in case["statements"]:
        engine.execute(statement)
    try:
        produced(case, engine, lambda n: [n])
    except Problem as problem:
        verdict.raised = True
        verdict.said = case["expectedException"]["message"] in str(problem)
        verdict.why = "" if verdict.said else f"said {problem}"
    else:
        verdict.why = "nothing failed while records flowed"


def judge_positive(case, verdict):
    engine = engine_of(case)
    for statement in case["statements"]:
        engine.execute(statement)
    whole = produced(case, engine, lambda n: [n])
    verdict.why = comparing.problem(case, decoded(engine, whole)) or post_problem(case, engine) or ""
    for name, cut in (("one by one", lambda n: [1] * n), ("random cuts, saved and loaded", random_cuts(case["name"]))):
        other = produced(case, engine, cut, reloads=name.startswith("random"))
        if comparable(other) != comparable(whole):
            verdict.law = name


def comparable(by_topic):
    return {topic: [(r.key_, r.value_, r.timestamp_ms, r.headers_) for r in records] for topic, records in by_topic.items()}


def random_cuts(name):
    source = random.Random(name)

    def cut(count):
        sizes = []
        while sum(sizes) < count:
            sizes.append(source.randint(1, 4))
        return sizes

    return cut


def produced(case, engine, cut, reloads=False):
    """Return topic → records, running the queries one after another, each to the end of its input."""
    udfs.restart()
    fed = [in_bytes(record, engine) for record in case["inputs"]] if case["inputs"] else []
    numbered = numbered_offsets([record for record in fed if record is not None])
    occurring = {record["topic"] for record in case["inputs"]}
    written = {}
    for record in engine.inserted:
        written.setdefault(record.topic_, []).append(record)
    sent = {topic: list(records) for topic, records in written.items()}
    for running in engine.queries.values():
        if any(topic in occurring for topic in running.topics):
            batch = [record for record in numbered if record.topic_ in running.topics]
        else:
            batch = numbered_offsets([record for topic in running.topics for record in written.get(topic, [])])
        made = []
        out, task = collector(made), running.fresh()
        start = 0
        for size in cut(len(batch)):
            task.run(batch[start : start + size], out)
            start += size
            if reloads:
                saved = task.save()
                task = running.fresh()
                task.load(saved)
        for record in made:
            written.setdefault(record.topic_, []).append(record)
            sent.setdefault(record.topic_, []).append(record)
    return sent


def in_bytes(record, engine):
    source = next((s for s in engine.catalog.sources.values() if s.topic == record["topic"]), None)
    if source is None:
        return None
    key, value = topics.input_record(record, source)
    headers = [(h["KEY"], None if h.get("VALUE") is None else base64.b64decode(h["VALUE"])) for h in record.get("headers") or []]
    return Record(record["topic"], key, value, record.get("timestamp", 0), headers_=headers or None)


def numbered_offsets(records):
    counts, numbered = {}, []
    for r in records:
        at = counts[r.topic_] = counts.get(r.topic_, -1) + 1
        numbered.append(Record(r.topic_, r.key_, r.value_, r.timestamp_ms, 0, at, r.headers_))
    return numbered


def decoded(engine, by_topic):
    sinks = {running.sink.topic: running.sink for running in engine.queries.values() if running.sink is not None}
    sources = {source.topic: source for source in engine.catalog.sources.values()}
    found = {}
    for topic, records in by_topic.items():
        source = sinks.get(topic) or sources[topic]
        found[topic] = [topics.output_record(record, source) for record in records]
    return found


# — what must hold afterwards ———————————————————————————————————————————————————


def post_problem(case, engine):
    post = case["post"] or {}
    for wanted in post.get("sources") or []:
        wrong = source_problem(wanted, engine)
        if wrong:
            return f"source {wanted['name']}: {wrong}"
    blacklist = (post.get("topics") or {}).get("blacklist")
    if blacklist:
        names = [f"{running.id}-repartition" for running in engine.queries.values() if repartitions(running.plan)]
        if any(re.search(blacklist, name) for name in names):
            return f"topics {names} match {blacklist}"
    return None


def repartitions(plan):
    """Tell whether records would have to move: re-keying alone writes straight to the sink."""
    group = plans.find(plan, plans.GroupBy)
    return group is not None and group.repartitions


def source_problem(wanted, engine):
    source = engine.catalog.source(wanted["name"])
    if source is None:
        return "missing"
    if source.kind.lower() != wanted["type"].lower():
        return f"is a {source.kind}"
    if wanted.get("schema") is not None and columns_of(wanted["schema"]) != columns_of(str(source.schema)):
        return f"schema {source.schema}, expected {wanted['schema']}"
    for side in ("key", "value"):
        form = wanted.get(f"{side}Format")
        if form and getattr(source, f"{side}_format").name != (form["format"] if isinstance(form, dict) else form):
            return f"{side} format {getattr(source, f'{side}_format').name}, expected {form}"
    form = wanted.get("keyFormat")
    if isinstance(form, dict) and form.get("windowType"):
        if source.window is None or source.window.kind != form["windowType"]:
            return f"window {source.window}, expected {form}"
        if form.get("windowSize") is not None and source.window.size_ms != int(form["windowSize"]):
            return f"window {source.window}, expected {form}"
    if wanted.get("isSource") is not None and source.is_read_only != wanted["isSource"]:
        return f"read only: {source.is_read_only}"
    return None


def columns_of(text):
    (node,) = parser.parse(f"CREATE STREAM X ({text.replace('PRIMARY KEY', 'KEY')}) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='JSON');")
    return [(c.name, c.type, c.place, c.header) for c in node.columns]

"""Queries that keep groups: aggregates of a stream, in windows or without, and of a table.

Law: run(a + b) sends what run(a) and then run(b) send; with a cache, the last of it per key, at `flush`.

`emit` sends the row of a group, `erase` says that it is gone; both stand inline where they are the last of the loop.
"""

from typing import Any

from controlcenter.sql.codegen.groups import Groups
from controlcenter.sql.codegen.sending import Writer
from controlcenter.sql.codegen.source import Block, sure


def write(writer: Writer) -> tuple[Block, Any]:
    """Return `run`, `emit` and `flush` of a query that keeps groups, and its state."""
    groups = Groups(writer)
    module = Block()
    inline = not (writer.settings.is_cached or writer.is_final or groups.is_session or writer.is_table)
    if not inline:
        module.add(groups.functions())
        writer.sends_headers = False  # in the loop itself nothing leaves
    body = Block(1)
    writer.prelude(body)
    _locals(groups, body, inline)
    loop = body.sub()
    writer.read(loop)
    if writer.is_table:
        _table(groups, loop)
    else:
        _stream(groups, loop, inline)
    body.under("for m in batch:", loop)
    module.under("def run(batch, out):", body)
    if writer.settings.is_cached:
        module.add(_flush(groups))
    return module, groups.state


def _locals(groups: Groups, body: Block, inline: bool) -> None:
    if not groups.writer.is_table and (groups.window is None):
        body.line("rows = state.rows")
    if groups.window is not None:
        body.line("times = state.times")
    if groups.window is not None and not groups.is_session:
        body.line("last = None")
    if groups.writer.settings.is_cached:
        body.line("dirty = state.dirty")
    if inline and groups.writer.having is not None:
        body.line("shown = state.shown")


def _stream(groups: Groups, loop: Block, inline: bool) -> None:
    writer = groups.writer
    loop.line("if r is None:")
    loop.line("    continue")
    writer.values(loop)
    writer.event_time(loop)
    if writer.where is not None:
        test = writer.condition(loop, writer.where, "Error evaluating predicate WHERE")
        loop.line(f"if not {test}:")
        loop.line("    continue")
    groups.group(loop, "continue")
    arguments = groups.arguments(loop)
    decodes = groups.writer.passes_group()  # then the values of the grouping are not locals yet
    if groups.window is None:
        _unwindowed(groups, loop, arguments, decodes, inline)
    elif groups.is_session:
        _session(groups, loop, arguments)
    else:
        _timed(groups, loop, arguments, decodes, inline)


def _clock(groups: Groups, block: Block) -> None:
    block.line("if ts > state.stream_time:")
    block.line("    state.stream_time = ts")


def _partition_clock(groups: Groups, loop: Block) -> None:
    """Write the stream time of the record's partition, which the record itself may move."""
    if "part" not in groups.writer.used:
        loop.line("part = m.partition()")
    loop.line("clock = times.get(part, -1)")
    loop.line("moved = ts > clock")
    loop.line("if moved:")
    loop.line("    times[part] = clock = ts")


def _unwindowed(groups: Groups, loop: Block, arguments: list[list[str]], decodes: bool, inline: bool) -> None:
    if groups.writer.sink is not None and groups.writer.sink.timestamp is not None:
        _clock(groups, loop)
    loop.line("s = rows.get(g)")
    loop.line("if s is None:")
    loop.line(f"    s = rows[g] = [ts, {groups.fresh()}]")
    loop.line("elif ts > s[0]:")
    loop.line("    s[0] = ts")
    groups.add(loop, arguments, "continue")
    if inline:
        groups.emission(loop, "continue", decodes=decodes)
    else:
        loop.line("dirty[g] = s")


def _timed(groups: Groups, loop: Block, arguments: list[list[str]], decodes: bool, inline: bool) -> None:
    """Write tumbling and hopping windows. Of the newest one the bucket is kept at hand."""
    window = sure(groups.window)
    _partition_clock(groups, loop)
    inner = loop
    if window.kind == "TUMBLING":
        loop.line(f"ws = ts - ts % {window.size_ms}")
    else:
        inner = loop.sub()
    inner.line(f"if ws + {window.size_ms} <= clock - {window.grace_ms}:")
    inner.line("    late(ws, m)")
    inner.line("    continue")
    inner.line("if ws != last:")
    inner.line("    bucket = state.bucket(ws)")
    inner.line("    last = ws")
    inner.line("s = bucket.get(g)")
    inner.line("if s is None:")
    inner.line(f"    s = bucket[g] = [ts, {groups.fresh()}]")
    inner.line("elif ts > s[0]:")
    inner.line("    s[0] = ts")
    groups.add(inner, arguments, "continue")
    if inline:
        if groups.asks_end():
            inner.line(f"we = ws + {window.size_ms}")
        groups.emission(inner, "continue", decodes=decodes)
    elif groups.writer.settings.is_cached and not groups.writer.is_final:
        inner.line("dirty[(ws, g)] = s")
    if inner is not loop:
        first = f"max(0, ((ts - {window.size_ms}) // {window.advance_ms} + 1) * {window.advance_ms})"
        loop.under(f"for ws in range({first}, ts + 1, {window.advance_ms}):", inner)
    if groups.writer.is_final:
        loop.line("if moved:")
        loop.line("    for start, g, s in state.advance():")
        loop.line(f"        emit(out, g, start, start + {window.size_ms}, s, m)")


def _session(groups: Groups, loop: Block, arguments: list[list[str]]) -> None:
    """Write sessions: the old ones leave first, in order of start, then the one that joins them."""
    cached, final = groups.writer.settings.is_cached, groups.writer.is_final
    _partition_clock(groups, loop)
    loop.line(f"found = state.join(g, ts, clock, [{groups.fresh()}])")
    loop.line("if found is None:")
    loop.line("    late(ts, m)")
    loop.line("    continue")
    loop.line("old, s = found")
    groups.add(loop, arguments, "continue")
    if final:
        loop.line("state.keep(g, old, s)")
        loop.line("if moved:")
        loop.line("    for g, s in state.advance():")
        loop.line("        emit(out, g, s[0], s[1], s, m)")
        return
    loop.line("if s[0] != ts or s[1] != ts:")
    loop.line("    for r in old:")
    loop.line("        " + ("dirty[(r[0], r[1], g)] = None" if cached else "erase(out, g, r[0], r[1], m)"))
    loop.line("state.keep(g, old, s)")
    loop.line("dirty[(s[0], s[1], g)] = s" if cached else "emit(out, g, s[0], s[1], s, m)")


def _table(groups: Groups, loop: Block) -> None:
    """Write the change of one source row: what it contributes now, and the groups that change by it."""
    writer = groups.writer
    loop.line("i = None")
    present = loop.sub()
    writer.values(present)
    writer.event_time(present)
    wanted = present
    if writer.where is not None:
        test = writer.condition(present, writer.where, "Error evaluating predicate WHERE")
        wanted = present.sub()
    for at, part in enumerate(groups.parts):
        writer.expressions.assign(f"g{at}", part.expression, wanted, part.text or part.name)
    grouped = wanted.sub()
    codes = ", ".join(f"g{at}" for at in groups.order)
    arguments = groups.arguments(grouped)
    key = f"{writer.constant(groups.encode)}([{codes}])" if groups.parts else writer.constant(b"")
    grouped.line(f"i = [{key}, {', '.join('[' + ', '.join(c) + ']' for c in arguments)}]")
    tests = " and ".join(f"g{at} is not None" for at in range(len(groups.parts)))
    wanted.under(f"if {tests or 'True'}:", grouped)
    if tests:
        text = "A group-by column resolved to null. The source row will be excluded from the table."
        wanted.line("else:")
        wanted.line(f"    fail({writer.constant(text)}, None, m)")
    if wanted is not present:
        present.under(f"if {test}:", wanted)
    loop.under("if r is not None:", present)
    if writer.sink is not None and writer.sink.timestamp is not None:
        _clock(groups, loop)
    loop.line("try:")
    loop.line("    found = state.change(kb, i, ts)")
    loop.line("except Exception as error:")
    loop.line(f"    fail({writer.constant('Error aggregating')}, error, m)")
    loop.line("    continue")
    loop.line("for g, s in found:")
    loop.line("    " + ("dirty[g] = s" if writer.settings.is_cached else "emit(out, g, None, None, s, m)"))


def _flush(groups: Groups) -> Block:
    """Return `flush(out)`: the last change of each key leaves, in the order in which the keys first changed."""
    body, module = Block(1), Block()
    body.line("dirty = state.dirty")
    if groups.window is None:
        body.line("for g, s in dirty.items():")
        body.line("    emit(out, g, None, None, s, None)")
    elif groups.is_session:
        body.line("for key, s in dirty.items():")
        body.line("    ws, we, g = key")
        body.line("    if s is None:")
        body.line("        erase(out, g, ws, we, None)")
        body.line("    else:")
        body.line("        emit(out, g, ws, we, s, None)")
    else:
        body.line("for key, s in dirty.items():")
        body.line("    ws, g = key")
        body.line(f"    emit(out, g, ws, ws + {sure(groups.window).size_ms}, s, None)")
    body.line("dirty.clear()")
    module.under("def flush(out):", body)
    return module

"""Queries without aggregation: filter, re-key, multiply, project.

Law: what leaves depends on the record alone, and over a filtered table on whether its key was shown before.
"""

from functools import partial

from controlcenter.sql import typed
from controlcenter.sql.codegen.query import ROW_LIMIT, walk
from controlcenter.sql.codegen.sending import Writer
from controlcenter.sql.codegen.source import Block, sure
from controlcenter.sql.operators import keys


def write(writer: Writer) -> Block:
    """Return `run(batch, out)` of a query that keeps no groups."""
    body = Block(1)
    writer.prelude(body)
    if writer.is_table and writer.where is not None:
        body.line("shown = state.shown")
    loop = body.sub()
    is_filter = _is_filter(writer)
    writer.read(loop, is_filter=is_filter)
    _null(writer, loop)
    writer.values(loop)
    writer.event_time(loop)
    _clock(writer, loop)
    if writer.where is not None:
        test = writer.condition(loop, writer.where, "Error evaluating predicate WHERE")
        refused = loop.sub()
        if writer.is_table:
            _hide(writer, refused)
        refused.line("continue")
        loop.under(f"if not {test}:", refused)
        if writer.is_table:
            loop.line("shown.add(kb)")
    if is_filter:
        writer.rest(loop)
    _rekey(writer, loop)
    if writer.flat is None:
        _send(writer, loop)
    else:
        _multiply(writer, loop)
    loop.drop_unread("kb")
    body.under("for m in batch:", loop)
    run = Block()
    run.under("def run(batch, out):", body)
    return run


def _is_filter(writer: Writer) -> bool:
    """Tell whether WHERE can be decided before a record's time is known."""
    timed = "ts" in writer.used or writer.source.timestamp is not None or (writer.sink is not None and writer.sink.timestamp is not None)
    return writer.where is not None and not writer.is_table and not timed


def _clock(writer: Writer, block: Block) -> None:
    """Write the task's stream time where it is asked for: a tombstone's time under WITH (TIMESTAMP)."""
    if writer.sink is not None and writer.sink.timestamp is not None:
        block.line("if ts > state.stream_time:")
        block.line("    state.stream_time = ts")


def _null(writer: Writer, loop: Block) -> None:
    """Write what a record without a value does."""
    inside = loop.sub()
    if writer.is_table:
        writer.event_time(inside, is_null=True)
        _clock(writer, inside)
        if writer.where is not None:
            _hide(writer, inside)
        else:
            _tombstone(writer, inside)
    elif writer.where is None and writer.flat is None and writer.sink is not None:  # nobody is shown a stream's null
        writer.event_time(inside, is_null=True)
        _clock(writer, inside)
        writer.values(inside, is_null=True)
        _null_key(writer, inside)
    inside.line("continue")
    loop.under("if r is None:", inside)


def _hide(writer: Writer, block: Block) -> None:
    inside = block.sub()
    inside.line("shown.discard(kb)")
    _tombstone(writer, inside)
    block.under("if kb in shown:", inside)


def _tombstone(writer: Writer, block: Block) -> None:
    key = _key(writer, block)
    writer.tombstone(block, key)


def _null_key(writer: Writer, block: Block) -> None:
    """Write a stream's null: a part of a new key that needs the value is null."""
    for i, part in enumerate(writer.rekey.parts if writer.rekey else ()):
        if any(isinstance(e, typed.ColumnRef) and e.place != "KEY" for e in walk(part)):
            block.line(f"n{i} = None")
        else:
            writer.expressions.assign(f"n{i}", part.expression, block, part.text or part.name)
    writer.produce(block, "None", _key(writer, block), "ts")


def _rekey(writer: Writer, block: Block) -> None:
    if writer.rekey is None:
        return
    for i, part in enumerate(writer.rekey.parts):
        writer.expressions.assign(f"n{i}", part.expression, block, part.text or part.name)


def _key(writer: Writer, block: Block) -> str:
    """Write the key of the output and return code for it."""
    if writer.sink is None or not writer.sink.schema.key:
        return "None"
    if writer.passes_key():
        return "kb"
    target = writer.names.temporary()
    inside = block.sub()
    codes = [_key_part(writer, item.expression, inside) for _, item in writer.sides()[0]]
    code = writer.sink_key(codes)
    if writer.source.window is not None:
        code += " + suffix"
    if writer.rekey is None:
        code = f"None if kb is None else {code}"
    inside.line(f"{target} = {code}")
    block.under("try:", inside)
    block.line("except Exception as error:")
    block.line(f"    fail({writer.constant('Error serializing key')}, error, m)")
    block.line("    continue")
    return target


def _key_part(writer: Writer, e: typed.Expr, block: Block) -> str:
    """Return code for one key column; what PARTITION BY has computed is not computed again."""
    parts = writer.rekey.parts if writer.rekey is not None else ()
    known = next((f"n{i}" for i, part in enumerate(parts) if part.expression == e), None)
    return known or writer.expressions.value(e, block)


def _send(writer: Writer, block: Block) -> None:
    writer.send(block, _key(writer, block), "continue")


def _multiply(writer: Writer, loop: Block) -> None:
    """Write the table functions and the inner loop over their rows."""
    lists = []
    for call in sure(writer.flat).calls:
        target, inside = writer.names.temporary(), loop.sub()
        args = [writer.expressions.guarded(arg, loop) for arg in call.args]
        inside.line(f"{target} = {writer.constant(call.bound.call)}({', '.join(args)})")
        loop.under("try:", inside)
        loop.line("except Exception as error:")
        loop.line(f"    fail({writer.constant(call.text or call.bound.name)}, error, m)")
        loop.line(f"    {target} = None")
        lists.append(target)
    rows = writer.names.temporary()
    loop.line("try:")
    loop.line(f"    {rows} = {writer.constant(partial(keys.padded, ROW_LIMIT))}([{', '.join(lists)}])")
    loop.line("except Exception as error:")
    loop.line("    fail(None, error, m)")
    loop.line("    continue")
    inner = loop.sub()
    _send(writer, inner)
    names = ", ".join(f"f{i}" for i in range(len(lists)))
    loop.under(f"for {names}{',' if len(lists) == 1 else ''} in {rows}:", inner)

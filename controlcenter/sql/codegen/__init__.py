"""Steps → one Python function a query: `run(batch, out)`.

source       lines, names and the table of constants: no text of a user ever becomes source
expressions  a typed expression → Python, with its null rules and small errors
query        the parts of a plan, names of locals, conditions
reading      from a message to locals
sending      from locals to the sink
rows         the loop without groups: filter, re-key, multiply, project
groups       the key, the states and the row of a group
windows      the loop that keeps groups
insert       INSERT … VALUES
check        the walk over the tree before anything runs
build        all of it: a plan → a `Task`
"""

"""Steps → one Python function a query: `run(batch, out)`.

source       lines, names and the table of constants: no text of a user ever becomes source
expressions  a typed expression → Python, with its null rules and small errors
query        the loop over records: decode, filter, re-key, project, encode
windows      the parts of the loop that keep state
check        the walk over the tree before anything runs
build        all of it: a plan → a `Task`
"""

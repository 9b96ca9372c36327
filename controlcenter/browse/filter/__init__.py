"""The message filter language: text → tokens → tree → checked tree → closures. One evaluator for filters, masks and alerts.

filters     what a Filter is: may_match on raw bytes, matches on a record, pick from many; compiler: compile(text) → Filter
expression  the one kind: an expression, its products in the order of their price; plaintext: a text, looked for everywhere
lexer parser tree      the text's grammar, CEL's; tree says what a filter can be
check       names, limits, kinds that can never meet; constants computed; errors that know the fix. kinds: what is known of a node
functions   everything a filter may call
evaluate    the closure tree, the only meaning of an expression; quick: short closures for the usual conditions
sums        + - * / %; meter: what a record may cost
values      kinds, exact numbers, comparison
prefilter   bytes that must occur; projection: only the named fields of a JSON document
record      what a filter needs of a record, decoded at most once
paths       paths as text and steps, completion from samples; builder: a form's three fields → expression
errors      FilterError: column, caret, fix
"""

from controlcenter.browse.filter.builder import build as build
from controlcenter.browse.filter.compiler import compile as compile
from controlcenter.browse.filter.errors import FilterError as FilterError
from controlcenter.browse.filter.filters import Filter as Filter
from controlcenter.browse.filter.record import Record as Record

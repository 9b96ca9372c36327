"""The language of questions: ksqlDB's SQL from text to rows, knowing nothing of Kafka.

The way of a statement, one module a station:

    lexer     text → tokens; joined they are the text again
    parser    tokens → ast, every node with its span; a fault names line, column and what was expected
    format    ast → text; `parse(format(t)) == t`
    analyze   ast + catalog → typed: names resolved, every expression typed, keys and formats decided
    plan      typed → steps in ksqlDB's words
    codegen   steps → one Python function a query, checked before it may run

Beside the way: `types` (what a column may hold), `catalog` (streams, tables, named types, as values),
`functions` (what may be called), `java` (Java's ways with numbers, dates and patterns), `operators`, `state`,
`wire` (bytes), `complete` (what may stand at the cursor).
"""

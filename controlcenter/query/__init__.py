"""Questions in SQL over the topics of a cluster: text → catalog → running queries → rows or topics.

catalog     streams, tables, types and variables of a cluster: DDL as rows, a `sql.catalog.Catalog` as value
statements  a script: analysed whole against a copy (scripts), then done statement by statement (acts)
answers     what a statement answers with
rights      what a statement needs, and what its writer may know of
shown       SHOW, DESCRIBE, EXPLAIN as answers
push        SELECT … : started, followed, stopped; its rows are kept a day
persistent  CREATE … AS and INSERT INTO: wished here, run by the worker, watched
worker      `manage.py query_worker`: one process that forks a killable child for each query
child       what a child does: feed → task → rows or topic; writer: that of a persistent query; restore: its state, after a restart
running     one query made ready from its text, and the values it gives as text; looking: which record it is at, for who finds it dead
wires       records with schemas: AVRO, PROTOBUF, JSON_SR; inferring, inferred: a stream's columns from its registry's schema
asked       how a run is wished: where it starts (starts), what it may take at most; limits: how much any query may
wizard      columns and a statement from samples of a topic
"""

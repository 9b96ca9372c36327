"""Benches: what the product promises in figures, measured against the real thing. `python -m bench.run [names]`.

A bench is one file here with `run() -> Iterable[Row]` (see `bench/row.py`); its name is the file's. It starts what it needs,
ends it, and gives a row for each figure with the limit it is held to.
"""

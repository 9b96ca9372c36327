"""Where a task's state lies between two commits: one interface, one module a driver.

base    the six methods, and what every driver promises
memory  a dict: push queries, tests, and persistent queries that are rebuilt from their topic
"""

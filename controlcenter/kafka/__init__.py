"""Kafka, as plain functions over values: the only package that speaks to a broker.

model     what Kafka tells us
cluster   `connect(connection)` gives the one handle every read and change goes through
fake      the same handle in memory: every test body that runs on it runs on real Kafka too
lag       how far a group is behind, pure
"""

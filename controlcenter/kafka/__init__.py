"""Kafka, as plain functions over values: the only package that speaks to a broker.

model     what Kafka tells us
cluster   `connect(connection)` gives the one handle every read and change goes through; behind it, one module a concern:
          metadata quorum offsets groups members logdirs configs topics
wire      one connection to every broker, and questions asked of all at once; messages: those the client does not know
client    how clients may be configured, and why a cluster cannot be reached
errors    the one table from Kafka's codes to sentences
browsing  reading records, in killable children only
fake      the same handle in memory: every test body that runs on it runs on real Kafka too
lag       how far a group is behind, pure
"""

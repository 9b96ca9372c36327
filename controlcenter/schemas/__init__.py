"""Schema registries that speak Confluent's API: Confluent's own, Karapace, Apicurio at /apis/ccompat/v7.

model     values: how to reach one, a schema with all it refers to, and both as frames that cross a pipe
http      one bounded request: short deadlines, no redirect, small bodies, no address inside the machine's own network gear
client    what is asked of a registry; every answer checked before it is believed
subjects  pure: which subject a topic's records use, by each naming strategy
book      schemas by id for one child: what it was handed, what it fetched, and what failed already
cache     the parent's bounded memory of schemas by id; an id never changes its schema, so nothing expires
"""

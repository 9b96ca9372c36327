"""Bytes of a record as something to read: one format a file, tried in the order of `detect.CHAIN`. And back: `encode`.

detect    decode(bytes) → Decoded, with how it was found and the reasons of every format that declined
values    Decoded and what it is asked with; Declined (not mine), Unreadable (mine, and broken), Wrong, Unfit
encode    text → bytes for producing, with the place of a fault; sample: a document that fits a schema

null empty json text uuid integers floats msgpack cbor hex base64        formats that need nothing but the bytes
avro protobuf jsonschema              by a schema id: `framed` is what they share; avro_schema, proto_file read the schemas
consumer_offsets transaction_state share_group_state    Kafka's own topics, by tables that `coordinator` reads
render    decoded values as JSON that loses nothing; json keeps a document's text as it came

No Django and no Kafka here; schemas come by id from whoever is handed in.
"""

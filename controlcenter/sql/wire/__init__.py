"""Bytes of a record ↔ values of its columns, one format a module.

    base       what every format offers, and `Malformed`, the one way to decline
    json       the exact way: ksqlDB's coercions, every digit kept
    encode     values → JSON
    plain      numbers from text, shared by JSON and DELIMITED
    fast       the quick way for JSON: what it answers, the exact way answers too, or it declines
    delimited  one line of CSV
    kafka      one bare value
    none       no bytes at all
    tree       values of columns from what a schema's reader gives
    formats    the open table by name; AVRO, PROTOBUF and JSON_SR enter it from outside

A reader takes bytes and gives the values in the order of its columns; null bytes never reach it.
"""

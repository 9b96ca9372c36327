"""Bytes of a record as something to read: one format a file, tried in the order of `detect.CHAIN`.

detect    decode(bytes) → Decoded, with the reasons of every format that declined
values    Decoded, Declined, and how much is shown
null empty json text integers hex   the formats
json      keeps the document's text as it came: nothing is parsed and printed again, so nothing can change
"""

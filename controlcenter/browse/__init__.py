"""Reading messages: topic → ranges → records → serde → rows. A conversation, never one blind answer.

request   what is asked, from a form or an address, checked
ranges    pure: which offsets to read, and how far a read must go on
session   the parent's side: children, deadlines, deaths, accounting; `read` gives a page
look      the same with right, connection and audit: what doors call
sandbox   the pool of killable children; nursery is the small process they are forked from
child     what runs in one: consumer, decoding, frames; the only place where record bytes are touched
rows      a record as a frame
tail      the child of a live tail
frames    length-prefixed msgpack over a socket, bounded on both sides
"""

from controlcenter.browse.session import read as read

"""Reading messages: topic → ranges → records → serde → filter → rows. A conversation, never one blind answer.

request     what is asked, from a form or an address, checked; instants: times as people write them
look        reading with right, connection, cursor and audit: what doors call
cursor      a place in a read, signed and bound to its reader and question
session     the parent's side: children, deadlines, deaths, accounting; `read` gives a page, `converse` all events; page: what a read
            brings; heard: what a child says, checked
search      reads that outlive their tab, kept in Redis; background: run to their end, kept in the database; progress: their numbers
sandbox     the pool of killable children; nursery is the small process they are forked from; marks: what one is about to look into
child       what runs in one: the only place where record bytes are touched
plan        its questions to the brokers; ranges, pure: which offsets a request means
scan        one read, forward or backward; parts: partitions on their way, and what may go out
source      where its records come from, and around what
sieve       which of them are wanted; criterion: a request's filter; filter/: its language
exports     all that matches as a file, in the background; files: on the disk; writing: its lines, inside a child; written: seen from its
            parent; archive: ZIP in pieces; export: forms, and the rows a page shows
rows        a record as a frame; shown: as browsers and programs get it
tail        the child of a live tail
saved       filters kept for later
frames      length-prefixed msgpack over a socket, bounded on both sides
"""

from controlcenter.browse.session import read as read

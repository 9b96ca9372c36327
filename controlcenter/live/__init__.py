"""The live door: one websocket a tab, one Redis subscription a process. Translates, never decides.

feed      what Redis says: the newest snapshot of each cluster somebody looks at, and every change of it
views     pure: which tables, rows and columns a view shows to somebody
hub       one stream for each (cluster, view, rights): filtered once, encoded once, sent to all its sockets
outbox    what waits for one socket: merged while it waits, bounded, given up when nobody reads
sockets   who is connected, and asking again every few seconds whether they still may be
entry     who may open a socket: origin, ticket, token
limits    how much a client may send
consumer  the conversation: a closed table of what a client can say
tail      records of a topic as they arrive

Law: whatever is lost, doubled or late on the way, after a resync the browser's tables equal a fresh snapshot's.
"""

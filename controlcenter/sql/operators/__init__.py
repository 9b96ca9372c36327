"""What generated code calls where a loop is not hot, and the state that it keeps. Sans I/O: records in, changes out.

numbers   Java's arithmetic        compare   order, equality, LIKE        casts   CAST
tables    state by key             windows   state by window and key, pruned by a time index
sessions  merging spans            undo      taking a table's old row back
"""

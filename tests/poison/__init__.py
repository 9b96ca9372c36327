"""Bytes that broke readers elsewhere, made by scripts: `python -m tests.poison.corpus DIRECTORY` writes them as files.

corpus     the list of all, and the writing of files
texts documents framed binary      payloads by kind
batches    record batches for a broker's own Produce request: bombs of each codec, wrong checksums, times at the edges of the world
child      what a sandboxed child does with a file: the product's decoder, nothing else

Law (test_corpus): each is one row that says what is odd, or one dead child; the parent's memory does not move; the next read works.
"""

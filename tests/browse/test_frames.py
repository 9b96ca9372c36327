"""Frames over a socket: whole however they are cut, one after another however many came at once."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlcenter.browse import frames


@given(st.lists(st.lists(st.text(max_size=20), max_size=3), max_size=8), st.data())
def test_frames_come_whole_wherever_they_are_cut(sent: list[list[str]], data: st.DataObject) -> None:
    whole = b"".join(map(frames.pack, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        incoming, came, at = frames.Incoming(ours), [], 0
        for cut in (*cuts, len(whole)):
            theirs.sendall(whole[at:cut])
            at = cut
            ours.setblocking(False)
            try:
                while (frame := incoming.receive()) is not None:
                    came.append(frame)
            except BlockingIOError:
                assert not incoming.is_ready
        assert came == sent


def test_what_came_together_is_ready_one_after_another_and_then_the_end() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(frames.pack(["a"]) + frames.pack(["b"]) + frames.pack(["c"])[:-1])
        theirs.close()
        incoming = frames.Incoming(ours)
        assert [incoming.receive(), incoming.is_ready, incoming.receive(), incoming.is_ready] == [["a"], True, ["b"], False]
        assert incoming.receive() is None


def test_a_frame_that_is_too_long_is_refused_before_it_is_taken() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(frames.HEAD.pack(frames.LARGEST + 1))
        with pytest.raises(frames.Broken):
            frames.Incoming(ours).receive()

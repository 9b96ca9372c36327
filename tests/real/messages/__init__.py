"""Messages that only a test sends: a member of a streams group, of which there is no client in Python."""

import sys

from kafka.protocol.api_message import ApiMessage

_here = sys.modules[__name__]


class StreamsGroupHeartbeatRequest(ApiMessage, load_json=_here):
    """KIP-1071: how a member joins with its topology, stays, and leaves (epoch -1)."""


class StreamsGroupHeartbeatResponse(ApiMessage, load_json=_here):
    """Its epoch, and the tasks it is to run."""

"""Messages of Kafka's protocol that kafka-python does not know: their fields stand beside this file, one JSON each."""

import sys

from kafka.protocol.api_message import ApiMessage

_here = sys.modules[__name__]


class ConsumerGroupDescribeRequest(ApiMessage, load_json=_here):  # type: ignore[call-arg, misc]
    """KIP-848: a group of the new consumer protocol."""


class ConsumerGroupDescribeResponse(ApiMessage, load_json=_here):  # type: ignore[call-arg, misc]
    """Members with current and target assignment."""


class ShareGroupDescribeRequest(ApiMessage, load_json=_here):  # type: ignore[call-arg, misc]
    """KIP-932: a share group."""


class ShareGroupDescribeResponse(ApiMessage, load_json=_here):  # type: ignore[call-arg, misc]
    """Members with their assignment; there is no target."""


class DescribeShareGroupOffsetsRequest(ApiMessage, load_json=_here):  # type: ignore[call-arg, misc]
    """KIP-932: where a share group stands."""


class DescribeShareGroupOffsetsResponse(ApiMessage, load_json=_here):  # type: ignore[call-arg, misc]
    """The first offset still in flight of each partition; from version 1 (KIP-1226) also the records not yet taken."""


class StreamsGroupDescribeRequest(ApiMessage, load_json=_here):  # type: ignore[call-arg, misc]
    """KIP-1071: a group of the streams protocol."""


class StreamsGroupDescribeResponse(ApiMessage, load_json=_here):  # type: ignore[call-arg, misc]
    """Its topology, and members with their tasks: a task is a subtopology and a partition number."""

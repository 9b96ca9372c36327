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

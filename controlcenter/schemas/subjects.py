"""Which subject a topic's records use. Three strategies are usual; only two of them name the topic.

TopicName         orders-value            the default
TopicRecordName   orders-com.shop.Order
RecordName        com.shop.Order          tells nothing of the topic
"""

from collections.abc import Iterable

from controlcenter.schemas.model import Schema


def of_topic(topic: str, part: str, subjects: Iterable[str]) -> tuple[str, ...]:
    """Return the subjects that belong to a topic by their name, the likeliest first. part: key or value."""
    subjects = set(subjects)
    own, other = f"{topic}-{part}", f"{topic}-{'key' if part == 'value' else 'value'}"
    named = sorted(name for name in subjects if name.startswith(f"{topic}-") and name not in (own, other))
    return ((own,) if own in subjects else ()) + tuple(named)


def is_of_topic(schema: Schema, topic: str, part: str) -> bool | None:
    """Return whether a schema stands in a subject of this topic; None where names cannot tell: RecordName, or none told."""
    names = [each.subject for each in schema.versions]
    if not names or not topic:
        return None
    if any(name == f"{topic}-{part}" or name.startswith(f"{topic}-") for name in names):
        return True
    if any(not name.endswith(("-key", "-value")) for name in names):
        return None
    return False

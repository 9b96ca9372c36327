"""Records that were written are there byte for byte, as another client reads them."""

import pytest
from confluent_kafka import Consumer, TopicPartition
from kafka import KafkaConsumer
from kafka import TopicPartition as Where

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import CODECS, Message, NewTopic
from tests.real.worlds import leaders

pytestmark = pytest.mark.real
SHAPES = [
    Message(None, None),
    Message(b"", b""),
    Message(b"k", b"\x00\xff\xfe"),
    Message("ключ".encode(), b'{"a": 1}', (("h", b"1"), ("h", None), ("h", b""), ("ü", b"\xff"))),
    Message(b"k", b"x" * 500_000),
    Message(b"k", b"late", timestamp_ms=1_000),
]


def read(bootstrap, topic):
    """Read with kafka-python, whose code is not ours nor the producer's."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, consumer_timeout_ms=15_000, max_partition_fetch_bytes=4 << 20)
    where = Where(topic, 0)
    consumer.assign([where])
    consumer.seek_to_beginning(where)
    end = consumer.end_offsets([where])[where]
    found = []
    while consumer.position(where) < end:
        found += [record for batch in consumer.poll(1000).values() for record in batch]
    consumer.close()
    return [(record.key, record.value, tuple(record.headers), record.timestamp) for record in found]


def read_compressed(bootstrap, topic):
    """Read with librdkafka: kafka-python has no snappy, lz4 or zstd of its own."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "nobody", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = []
    while len(found) < len(SHAPES):
        found += consumer.consume(len(SHAPES) - len(found), 15)
    consumer.close()
    return [(m.key(), m.value(), tuple(m.headers() or ()), m.timestamp()[1]) for m in found]


@pytest.mark.parametrize("codec", CODECS)
def test_every_shape_and_codec_comes_back_as_it_was_given(real, kafka, codec):
    name = real.topic(1, 1)
    told = []
    real.cluster.produce(name, SHAPES, told.append, codec=codec)
    assert [(delivery.state, delivery.offset) for delivery in told] == [("ok", place) for place in range(len(SHAPES))]
    found = (read if codec in ("none", "gzip") else read_compressed)(kafka.bootstrap, name)
    assert [record[:3] for record in found] == [(m.key, m.value, m.headers) for m in SHAPES]
    assert found[-1][3] == 1_000


def test_a_key_goes_where_javas_producer_puts_it(real):
    name = real.topic(7, 1)
    told = []
    real.cluster.produce(name, [Message(key, b"") for key in (b"foobar", b"21", b"a-little-bit-long-string")], told.append)
    # Utils.murmur2 of Kafka's own tests: -790332482, -973932308, -985981536; toPositive % 7
    assert [d.partition for d in sorted(told, key=lambda d: d.index)] == [
        (number & 0x7FFFFFFF) % 7 for number in (-790332482, -973932308, -985981536)
    ]


def test_too_large_a_record_is_refused_in_the_brokers_words(real):
    name = real.topic(1, 1)
    told = []
    real.cluster.produce(name, [Message(None, b"x" * 2_000_000), Message(None, b"fits")], told.append)
    assert sorted(d.state for d in told) == ["error", "ok"]
    refused = next(d for d in told if d.problem)
    assert "max.message.bytes" in refused.problem.hint


def test_a_missing_topic_is_told_and_not_made(real):
    with pytest.raises(Problem) as caught:
        real.cluster.produce("nobody-made-this", [Message(None, b"x")], lambda _: None)
    assert caught.value.kind is Kind.ABSENT
    assert "nobody-made-this" not in {topic.name for topic in real.cluster.metadata().result.topics}


def test_a_compacted_topic_refuses_a_record_without_a_key(real):
    real.cluster.create_topic(NewTopic("compacted-only", 1, 1, (), {"cleanup.policy": "compact"}))
    leaders(real.cluster, "compacted-only")
    told = []
    real.cluster.produce("compacted-only", [Message(None, b"x")], told.append)
    assert [d.state for d in told] == ["error"]
    assert "key" in told[0].problem.hint

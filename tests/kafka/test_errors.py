"""The table from Kafka's codes to sentences."""

import pytest
from confluent_kafka import KafkaError, KafkaException
from kafka import errors as wire_errors

from controlcenter.errors import Kind, Problem
from controlcenter.kafka import errors


@pytest.mark.parametrize("code", sorted(errors.CODES))
def test_every_code_is_a_sentence_and_carries_kafkas_own_name(code):
    problem = errors.by_code(code, "topic rides")
    assert problem.what[0].isupper()
    assert problem.what.endswith(".")
    assert "{" not in problem.what
    assert problem.hint == "" or problem.hint.endswith(".")
    assert errors.name(code) == errors.CODES[code][0]


OLDER_NAMES = {6: "NOT_LEADER_FOR_PARTITION", 3: "UNKNOWN_TOPIC_OR_PART", 17: "TOPIC_EXCEPTION"}  # as librdkafka spells them


@pytest.mark.parametrize("code", sorted(code for code in errors.CODES if code >= 0))
def test_names_and_codes_belong_together(code):
    assert KafkaError(code).name() == OLDER_NAMES.get(code, errors.name(code))


@pytest.mark.parametrize(
    ("code", "field"), [(36, "name"), (17, "name"), (37, "partitions"), (38, "replication_factor"), (39, "placement"), (40, "configs")]
)
def test_a_refused_topic_points_at_its_field(code, field):
    assert errors.by_code(code, "a topic rides", "Because.").field == field


def test_the_brokers_own_words_stand_where_they_tell_more_than_the_code():
    assert errors.by_code(40, "a topic rides", "Unknown topic config name: a.b").hint == "Unknown topic config name: a.b."
    assert errors.by_code(44, "a topic rides", "no dots please").hint == "no dots please."
    assert errors.by_code(3, "topic rides", "This server does not host this topic-partition.").hint == ""


def test_a_code_nobody_knows_keeps_its_number_or_name():
    problem = errors.by_code(32000, "topic rides", "Something new.")
    assert (problem.kind, problem.hint) == (Kind.BROKEN, "Something new.")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (KafkaException(KafkaError(KafkaError._AUTHENTICATION)), Kind.DENIED),
        (KafkaException(KafkaError(KafkaError._TRANSPORT)), Kind.UNREACHABLE),
        (KafkaException(KafkaError(KafkaError._TIMED_OUT)), Kind.TIMEOUT),
        (KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)), Kind.DENIED),
        (KafkaException(KafkaError(KafkaError._FATAL)), Kind.BROKEN),
        (wire_errors.KafkaTimeoutError(), Kind.TIMEOUT),
        (wire_errors.RequestTimedOutError(), Kind.TIMEOUT),
        (wire_errors.NodeNotReadyError(), Kind.UNREACHABLE),
        (wire_errors.KafkaConnectionError(), Kind.UNREACHABLE),
        (wire_errors.UnknownBrokerIdError(), Kind.UNREACHABLE),
        (wire_errors.IncompatibleBrokerVersion(), Kind.UNSUPPORTED),
        (wire_errors.SaslAuthenticationFailedError(), Kind.DENIED),
        (wire_errors.ClusterAuthorizationFailedError(), Kind.DENIED),
        (ConnectionRefusedError(), Kind.UNREACHABLE),
        (ValueError("33 is not an array"), Kind.BROKEN),
    ],
)
def test_every_exception_of_a_client_becomes_a_problem(error, kind):
    problem = errors.of(error, "broker 2")
    assert problem.kind is kind
    assert problem.what.endswith(".")


def test_a_problem_stays_what_it_is():
    problem = Problem(Kind.ABSENT, "There is no topic rides.")
    assert errors.of(problem) is problem


def test_a_failed_part_names_its_broker():
    failure = errors.failure("groups", 2, 31)
    assert (failure.call, failure.broker, failure.kind) == ("groups", 2, Kind.DENIED)
    assert errors.failure("groups", 2, TimeoutError()).what == "There is no connection to broker 2."

"""The one table from Kafka's error codes to sentences an operator can act on.

`by_code` turns a code in a response into a Problem, `of` an exception of either client, `failure` either into the part
of a Partial that failed. A code not in the table keeps Kafka's own name.
"""

from typing import Any

from confluent_kafka import KafkaError, KafkaException
from kafka import errors as wire_errors

from controlcenter.errors import Kind, Problem
from controlcenter.kafka.model import Failure

RIGHT = "Ask the administrator of the cluster for the right."
RETRY = "Try again in a moment."
REACH = "Check the address, and that the brokers run."

# code → (Kafka's name, kind, sentence, hint, form field). {} is what it is about.
CODES: dict[int, tuple[str, Kind, str, str, str]] = {
    -1: ("UNKNOWN_SERVER_ERROR", Kind.BROKEN, "The broker failed unexpectedly on {}.", "Its log says why.", ""),
    3: ("UNKNOWN_TOPIC_OR_PARTITION", Kind.ABSENT, "There is no {}.", "", ""),
    5: ("LEADER_NOT_AVAILABLE", Kind.CONFLICT, "There is no leader for {} now.", RETRY, ""),
    6: ("NOT_LEADER_OR_FOLLOWER", Kind.CONFLICT, "The leader of {} has just moved.", RETRY, ""),
    7: ("REQUEST_TIMED_OUT", Kind.TIMEOUT, "The broker gave up waiting on {}; the outcome is unknown.", "Look before you try again.", ""),
    8: ("BROKER_NOT_AVAILABLE", Kind.UNREACHABLE, "The broker for {} is not available.", RETRY, ""),
    10: ("MSG_SIZE_TOO_LARGE", Kind.INVALID, "The record is larger than {} allows.", "Its limit is max.message.bytes.", "value"),
    14: ("COORDINATOR_LOAD_IN_PROGRESS", Kind.CONFLICT, "The coordinator of {} is still loading.", RETRY, ""),
    15: ("COORDINATOR_NOT_AVAILABLE", Kind.UNREACHABLE, "There is no coordinator for {} now.", RETRY, ""),
    16: ("NOT_COORDINATOR", Kind.CONFLICT, "The coordinator of {} has just moved.", RETRY, ""),
    17: ("INVALID_TOPIC_EXCEPTION", Kind.INVALID, "Kafka does not allow the name of {}.", "Use letters, digits, dots, _ and -.", "name"),
    18: ("RECORD_LIST_TOO_LARGE", Kind.INVALID, "The batch is larger than {} allows.", "Its limit is segment.bytes.", "value"),
    19: ("NOT_ENOUGH_REPLICAS", Kind.CONFLICT, "Too few replicas of {} are in sync.",
         "min.insync.replicas asks for more: wait for the brokers to catch up.", ""),
    20: ("NOT_ENOUGH_REPLICAS_AFTER_APPEND", Kind.TIMEOUT, "The record was written, but too few replicas of {} have it: it may be lost.",
         "Wait for the brokers to catch up, then look for it.", ""),
    29: ("TOPIC_AUTHORIZATION_FAILED", Kind.DENIED, "Kafka does not permit this on {}.", RIGHT, ""),
    30: ("GROUP_AUTHORIZATION_FAILED", Kind.DENIED, "Kafka does not permit looking at {}.", RIGHT, ""),
    31: ("CLUSTER_AUTHORIZATION_FAILED", Kind.DENIED, "Kafka does not permit this on the cluster.", RIGHT, ""),
    32: ("INVALID_TIMESTAMP", Kind.INVALID, "The broker refuses the timestamp.",
         "See message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic.", "timestamp"),
    33: ("UNSUPPORTED_SASL_MECHANISM", Kind.INVALID, "The broker does not offer this way to sign in.",
         "Choose another SASL mechanism.", ""),
    35: ("UNSUPPORTED_VERSION", Kind.UNSUPPORTED, "This broker is too old (or too new) for {}.", "", ""),
    36: ("TOPIC_ALREADY_EXISTS", Kind.CONFLICT, "There is already {}.", "Choose another name.", "name"),
    37: ("INVALID_PARTITIONS", Kind.INVALID, "The number of partitions is not possible.", "Use 1 or more.", "partitions"),
    38: ("INVALID_REPLICATION_FACTOR", Kind.INVALID, "The replication factor is not possible.",
         "It cannot exceed the number of brokers.", "replication_factor"),
    39: ("INVALID_REPLICA_ASSIGNMENT", Kind.INVALID, "The placement of replicas is not possible.", "", "placement"),
    40: ("INVALID_CONFIG", Kind.INVALID, "A config is not valid.", "", "configs"),
    41: ("NOT_CONTROLLER", Kind.CONFLICT, "The controller has just moved.", RETRY, ""),
    42: ("INVALID_REQUEST", Kind.INVALID, "The broker refuses the request for {}.", "", ""),
    44: ("POLICY_VIOLATION", Kind.DENIED, "A policy of the cluster forbids it.", "", ""),
    58: ("SASL_AUTHENTICATION_FAILED", Kind.DENIED, "The broker refuses the name or the password.", "Check both.", ""),
    68: ("NON_EMPTY_GROUP", Kind.CONFLICT, "{} still has members.", "Stop its consumers first.", ""),
    69: ("GROUP_ID_NOT_FOUND", Kind.ABSENT, "There is no {}.", "", ""),
    73: ("TOPIC_DELETION_DISABLED", Kind.UNSUPPORTED, "This cluster does not allow topics to be deleted.",
         "Set delete.topic.enable on its brokers.", ""),
    76: ("UNSUPPORTED_COMPRESSION_TYPE", Kind.UNSUPPORTED, "The broker does not know this compression.", "Choose another.", "codec"),
    87: ("INVALID_RECORD", Kind.INVALID, "The broker refuses the record.", "A compacted topic needs a key on every record.", "key"),
    88: ("UNSTABLE_OFFSET_COMMIT", Kind.CONFLICT, "{} has a transactional commit pending.", RETRY, ""),
    89: ("THROTTLING_QUOTA_EXCEEDED", Kind.CONFLICT, "A quota of the cluster is used up.", RETRY, ""),
}  # fmt: skip

# Where the broker's own words say what exactly is wrong; elsewhere they only repeat the code.
TELLING = frozenset({17, 37, 38, 39, 40, 42, 44})

# librdkafka's own codes, which no broker sends.
LOCAL = {
    KafkaError._AUTHENTICATION: (Kind.DENIED, "The broker refuses the name or the password.", "Check both."),
    KafkaError._SSL: (Kind.UNREACHABLE, "The secure connection to {} fails.", "Check the certificates and the security protocol."),
    KafkaError._RESOLVE: (Kind.UNREACHABLE, "The address of {} cannot be found.", "Check the name of the host."),
    KafkaError._TRANSPORT: (Kind.UNREACHABLE, "Nobody answers at the address of {}.", REACH),
    KafkaError._ALL_BROKERS_DOWN: (
        Kind.UNREACHABLE,
        "Nobody answers at the address of {}.",
        "Check the address, and that the brokers run.",
    ),
    KafkaError._TIMED_OUT: (Kind.TIMEOUT, "No answer from {} in time.", RETRY),
    KafkaError._UNKNOWN_TOPIC: (Kind.ABSENT, "There is no {}.", ""),
    KafkaError._UNKNOWN_PARTITION: (Kind.ABSENT, "There is no {}.", ""),
}

DENIED = (wire_errors.SaslAuthenticationFailedError, wire_errors.AuthorizationError)
SILENT = (wire_errors.KafkaTimeoutError, wire_errors.RequestTimedOutError)
GONE = (
    wire_errors.NodeNotReadyError,
    wire_errors.KafkaConnectionError,
    wire_errors.UnknownBrokerIdError,
    OSError,
)


def name(code: int) -> str:
    """Return Kafka's own name of a code."""
    return CODES[code][0] if code in CODES else str(wire_errors.for_code(code).__name__)


def by_code(code: int, subject: str, detail: str | None = None) -> Problem:
    """Return the Problem of a code in a response. detail: the broker's own words, kept where they say more than the code."""
    if code not in CODES:
        return Problem(Kind.BROKEN, f"Kafka answers {name(code)} on {subject}.", detail or "")
    _, kind, what, hint, field = CODES[code]
    what = what.format(subject)
    what = what[0].upper() + what[1:]
    return Problem(kind, what, (_sentence(detail) if code in TELLING else "") or hint, field)


def of(error: Exception, subject: str = "the cluster") -> Problem:
    """Return the Problem of an exception raised by either client; a Problem stays what it is."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, KafkaException):
        return _of_librdkafka(error.args[0], subject)
    if isinstance(error, DENIED):
        return Problem(Kind.DENIED, "The broker refuses the name or the password.", "Check both.")
    if isinstance(error, wire_errors.IncompatibleBrokerVersion):
        return Problem(Kind.UNSUPPORTED, f"This version of Kafka cannot answer that about {subject}.")
    if isinstance(error, SILENT):
        return Problem(Kind.TIMEOUT, f"No answer from {subject} in time.", RETRY)
    if isinstance(error, GONE):
        return Problem(Kind.UNREACHABLE, f"There is no connection to {subject}.", RETRY)
    if isinstance(error, wire_errors.BrokerResponseError):
        return by_code(error.errno, subject)
    return Problem(Kind.BROKEN, f"The answer of {subject} makes no sense: {type(error).__name__}.")


def _of_librdkafka(error: Any, subject: str) -> Problem:
    code = error.code()
    if code >= -1:
        return by_code(code, subject, error.str())
    if code in LOCAL:
        kind, what, hint = LOCAL[code]
        return Problem(kind, what.format(subject), hint)
    return Problem(Kind.BROKEN, f"The client reports {error.name()} on {subject}.", error.str())


def failure(call: str, broker: int | None, cause: Exception | int, subject: str = "") -> Failure:
    """Return the failed part of a read. cause: an exception, or a code from the response."""
    subject = subject or (f"broker {broker}" if broker is not None else "the cluster")
    problem = by_code(cause, subject) if isinstance(cause, int) else of(cause, subject)
    return Failure(call, broker, problem.kind, problem.what)


def _sentence(detail: str | None) -> str:
    detail = (detail or "").strip()
    if not detail:
        return ""
    return detail if detail.endswith((".", "!", "?")) else f"{detail}."

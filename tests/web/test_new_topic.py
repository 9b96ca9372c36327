"""The form that creates a topic: what it copies, and how much disk it foretells."""

import pytest

from controlcenter.access.models import Binding, Grant, Role
from controlcenter.web import projection
from tests.web.test_topics import publish, row, topic

pytestmark = pytest.mark.django_db
FORM = "/clusters/demo/new-topic/"
KIB, GIB, DAY = 1024, 2**30, "86400000"


def words(free=None, **values):
    typed = {"partitions": "2", "replication_factor": "3", "retention.ms": DAY, "retention.bytes": "-1", "cleanup.policy": "delete"}
    found = projection.project(typed | {"expected_kib_per_s": "10"} | {k.replace("__", "."): v for k, v in values.items()}, free)
    return (found.size_bytes, found.words) if found else None


def test_disk_is_rate_by_retention_by_replicas():
    size, said = words(free=10 * GIB)
    assert size == 10 * KIB * 86_400 * 3
    assert said == "About 2.5 GiB on all replicas, after 1 day; 10.0 GiB are free."


def test_more_than_is_free_says_so():
    assert words(free=GIB)[1].endswith("1.0 GiB are free, which is too little.")
    assert projection.project({"replication_factor": "1", "retention.ms": DAY, "expected_kib_per_s": "1e9"}, 1).is_too_much


def test_a_limit_of_size_holds_when_it_is_reached_first():
    assert words(retention__bytes=str(KIB * KIB)) == (
        6 * KIB * KIB,
        "About 6.0 MiB on all replicas, then its limit of size holds; how much disk is free is not known.",
    )
    assert words(retention__bytes=str(GIB * 100))[1].startswith("About 2.5 GiB on all replicas, after 1 day")
    assert words(retention__bytes=str(KIB * KIB), expected_kib_per_s="")[1].startswith("At most 6.0 MiB")


def test_what_is_kept_for_ever_grows_without_end():
    assert words(retention__ms="-1") == (None, "Without end: it grows by 2.5 GiB a day on all replicas.")
    assert words(retention__ms="-1", retention__bytes=str(KIB * KIB))[0] == 6 * KIB * KIB


def test_what_cannot_be_known_is_not_foretold():
    assert words(expected_kib_per_s="") is None
    assert words(expected_kib_per_s="many") is None
    assert words(expected_kib_per_s="nan") is None
    assert words(retention__ms="") is None  # the broker's default, which was not read
    assert words(replication_factor="") is None
    assert words(cleanup__policy="compact")[0] is None


def test_the_rate_of_a_source_is_its_records_by_their_mean_size():
    assert projection.rate_of(topic("a", records=100, size_bytes=5000, records_per_s=2.0)) == 100
    assert projection.rate_of(topic("a", records=0)) is None
    assert projection.rate_of(topic("a", records_per_s=None)) is None
    assert projection.rate_of(None) is None


def test_a_copy_foretells_by_the_rate_of_what_it_copies(store, demo, alice, client_of):
    source = topic("rides", records=100, size_bytes=102_400, records_per_s=10.0, min_insync_replicas=2)
    publish(store, source, cluster={"cluster": row("cluster", state="healthy", disk_usable_bytes=100 * GIB)})
    answer = client_of(alice).get(f"{FORM}?from=rides")
    assert answer.context["values"]["expected_kib_per_s"] == "10.00"
    assert "About 2.5 GiB on all replicas, after 1 day; 100 GiB are free." in answer.content.decode()
    assert "? Tell the expected rate" in client_of(alice).get(FORM).content.decode()


def test_a_topic_that_may_not_be_seen_is_not_copied(store, demo, alice, charlie, client_of):
    role = Role.objects.create(name="makers")
    Grant.objects.create(role=role, resource="topic", actions=["view", "create"], name_pattern="own-*")
    Binding.objects.create(user=charlie, role=role)
    publish(store, topic("secret", partitions=77), topic("own-1", partitions=55))
    assert client_of(charlie).get(f"{FORM}?from=secret").context["values"]["partitions"] == "3"
    assert client_of(charlie).get(f"{FORM}?from=own-1").context["values"]["partitions"] == "55"


def test_the_preview_says_how_much_disk(store, demo, alice, client_of):
    brokers = {str(n): row("brokers", broker=n, is_reachable=True, is_registered=True, is_fenced=False) for n in (1, 2, 3)}
    publish(store, topic("rides"), brokers=brokers)
    typed = {"do": "preview", "name": "new-one", "partitions": "3", "replication_factor": "3", "min.insync.replicas": "2"}
    answer = client_of(alice).post(FORM, typed | {"retention.ms": DAY, "cleanup.policy": "delete", "expected_kib_per_s": "10"})
    assert answer.status_code == 200
    assert answer.content.decode().count("About 2.5 GiB on all replicas, after 1 day") == 2

"""The trail: chained, never changed, and every meddling found at its row."""

import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from controlcenter.access import audit, principals, triggers
from controlcenter.access.models import AuditEvent, AuditHead, Intent
from controlcenter.access.policy import Decision
from controlcenter.errors import Kind, Problem

pytestmark = pytest.mark.django_db


def some_rows(principal, count=3):
    for number in range(count):
        said = audit.intent(principal, "topic.create", "demo", f"t{number}", args={"name": f"t{number}", "configs": {"a": "b"}})
        audit.outcome(said, "ok", after={"partitions": 3}, duration_ms=12)


@pytest.fixture
def alices(alice, demo):
    return principals.of_user(alice, address="10.1.2.3", credential="7")


def test_an_intent_and_its_outcome_are_two_linked_rows(alices):
    decision = Decision("allow", (4,), "granted")
    said = audit.intent(alices, "topic.delete", "demo", "rides", args={"name": "rides"}, plan_hash="h", decision=decision, reason="old")
    done = audit.outcome(said.id, "error", error="not there")
    assert (said.phase, said.seq, said.actor, said.address, said.credential, said.names) == (
        "intent",
        1,
        "alice",
        "10.1.2.3",
        "7",
        ["rides"],
    )
    assert (said.effect, said.grant_ids, said.plan_hash, said.reason, said.resource) == ("allow", [4], "h", "old", "topic")
    assert (done.phase, done.seq, done.intent, done.outcome, done.error, done.actor) == (
        "outcome",
        2,
        said.id,
        "error",
        "not there",
        "alice",
    )
    assert done.prev_hash == said.hash
    assert audit.head() == (2, done.hash)
    assert audit.verify() is None


def test_a_refusal_is_a_row_too(alices):
    row = audit.denied(alices, "topic.delete", "demo", "rides", via="api", reason="no grant")
    assert (row.outcome, row.effect, row.via, row.phase) == ("denied", "deny", "api", "event")


def test_arguments_an_operation_does_not_list_are_hidden(alices):
    said = audit.intent(alices, "cluster.configure", "demo", "demo", args={"mode": "normal", "sasl_password": "hush"})
    assert said.args == {"mode": "normal", "sasl_password": "•••"}
    assert audit.redacted("no.such.operation", {"a": 1}) == {"a": "•••"}


def test_a_change_on_its_way_is_claimed_once(alices):
    said = audit.intent(alices, "topic.create", "demo", "t", args={"name": "t"})
    assert audit.claim(said.id, "running")
    assert not audit.claim(str(said.id), "withdrawn")
    assert audit.intent_of(str(said.id)).args == {"name": "t"}
    audit.outcome(str(said.id), "ok")
    assert Intent.objects.get().state == "done"
    with pytest.raises(Problem) as met:
        audit.intent_of("01890a5d-ac96-774b-bcce-b302099a8057")
    assert met.value.kind is Kind.ABSENT


def test_a_withdrawn_change_is_never_taken(alices):
    said = audit.intent(alices, "topic.create", "demo", "t")
    assert audit.claim(said.id, "withdrawn")
    audit.outcome(said.id, "error", error="nothing was sent")
    assert not audit.claim(said.id, "running")
    assert Intent.objects.get().state == "withdrawn"


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "mallory"},
        {"names": ["other"]},
        {"args": {}},
        {"outcome": "ok"},
        {"at": F("at") + timedelta(seconds=1)},
        {"hash": "0" * 64},
        {"reason": "x"},
    ],
)
def test_an_edited_row_is_found(alices, change):
    some_rows(alices)
    AuditEvent.objects.filter(seq=3).update(**change)
    assert audit.verify().seq == 3


def test_every_column_is_under_the_hash(alices):
    row = audit.record(alices, "message.read", "demo", "rides")
    for field in AuditEvent._meta.concrete_fields:
        if field.attname in ("hash", "at"):
            continue
        kept = getattr(row, field.attname)
        setattr(row, field.attname, "changed")
        assert audit.chained(row) != row.hash, field.attname
        setattr(row, field.attname, kept)
    assert audit.chained(row) == row.hash


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_removed_row_is_found(alices, seq):
    some_rows(alices)
    AuditEvent.objects.filter(seq=seq).delete()
    assert audit.verify().seq == seq


def test_rows_put_in_another_order_are_found(alices):
    some_rows(alices)
    AuditEvent.objects.filter(seq=2).update(seq=99)
    AuditEvent.objects.filter(seq=3).update(seq=2)
    AuditEvent.objects.filter(seq=99).update(seq=3)
    assert audit.verify().seq == 2


def test_a_trail_cut_short_is_found(alices):
    some_rows(alices)
    AuditEvent.objects.filter(seq__gt=4).delete()
    assert audit.verify().seq == 5


def test_a_trail_cut_short_together_with_its_head_is_found_by_a_head_kept_elsewhere(alices):
    some_rows(alices)
    seen = audit.head()
    AuditEvent.objects.filter(seq__gt=4).delete()
    AuditHead.objects.update(seq=4, hash=AuditEvent.objects.get(seq=4).hash)
    assert audit.verify() is None
    assert audit.verify(seen).seq == 5
    AuditEvent.objects.all().delete()
    AuditHead.objects.all().delete()
    assert audit.verify() is None
    assert audit.verify(seen).seq == 1


def test_a_trail_written_anew_is_found_by_a_head_kept_elsewhere(alices):
    some_rows(alices, 1)
    seen = audit.head()
    AuditEvent.objects.all().delete()
    AuditHead.objects.all().delete()
    some_rows(alices, 2)
    assert audit.verify() is None
    assert audit.verify(seen).seq == 2


def test_the_newest_rows_can_be_checked_alone(alices):
    some_rows(alices)
    AuditEvent.objects.filter(seq=1).update(actor="mallory")
    assert audit.verify(newest=3) is None
    assert audit.verify(newest=6).seq == 1


def test_the_trail_is_filtered_and_paged(alices):
    some_rows(alices)
    audit.denied(alices, "topic.delete", "demo", "zones")
    assert [row.seq for row in audit.read(limit=2)] == [7, 6]
    assert [row.seq for row in audit.read(before=3)] == [2, 1]
    assert [row.outcome for row in audit.read(text="zones")] == ["denied"]
    assert [row.seq for row in audit.read(text="T1 create", outcome="intent")] == [3]


def test_the_command_says_whether_the_chain_holds(alices, capsys):
    some_rows(alices)
    call_command("audit", "verify")
    assert "holds: 6 rows" in capsys.readouterr().out
    call_command("audit", "head")
    seen = capsys.readouterr().out.strip()
    call_command("audit", "verify", "--head", seen)
    AuditEvent.objects.filter(seq=2).update(actor="mallory")
    with pytest.raises(CommandError, match="row 2"):
        call_command("audit", "verify")
    with pytest.raises(CommandError, match="SEQ:HASH"):
        call_command("audit", "verify", "--head", "nonsense")


def test_the_database_refuses_to_change_or_remove_a_row(alices):
    some_rows(alices, 1)
    triggers.install(connection)
    try:
        for change in (lambda: AuditEvent.objects.update(actor="mallory"), lambda: AuditEvent.objects.all().delete()):
            with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                change()
        some_rows(alices, 1)
    finally:
        triggers.remove(connection)
    assert audit.verify() is None


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_no_gap(alices):
    def write():
        try:
            some_rows(alices, 5)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert audit.head()[0] == AuditEvent.objects.count() == 40
    assert audit.verify() is None


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_performs_a_change(alices):
    said = audit.intent(alices, "topic.create", "demo", "t")
    won = []

    def take():
        try:
            won.append(audit.claim(said.id, "running"))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(won) == [False] * 5 + [True]
